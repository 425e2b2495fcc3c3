// What a host that answers 429 does to another one: ten repositories of a healthy host (300 ms a request, so that the wire counts and not our two
// cores), alone and beside sixty of a host that refuses more than four requests at once.
import { join } from "node:path";
import { makeCollection, manifestFor } from "../test/helpers/collection.js";
import { createRepository } from "../test/helpers/git-repository.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { manifestOf, skillText } from "../test/helpers/manifest-of.js";
import { createSandbox, removeTree } from "../test/helpers/sandbox.js";
import { interleave, row, type Run } from "./rounds.js";

const sandbox = createSandbox();
const busy = await makeCollection({ root: join(sandbox.root, "busy"), repositories: 60, skills: 60 });
const names = Array.from({ length: 10 }, (_, n) => `well-${n}`);
for (const name of names)
  await createRepository(join(sandbox.root, `well/${name}.git`), { files: { "SKILL.md": skillText(name) } });
const refusing = await startHttpRemote({ root: busy.root, latencyMs: 100, record: true, throttle: { above: 4 } });
const healthy = await startHttpRemote({ root: join(sandbox.root, "well"), latencyMs: 300, record: true });
// Another host by name: both lead to this machine.
const url = healthy.url.replace("127.0.0.1", "localhost");
const well = manifestOf(names.map((id) => ({ id, repo: `${url}/${id}.git` })));
const both = `${well}${manifestFor(busy, { baseUrl: refusing.url }).replace(/^version = 1\n.*\n/u, "")}`;
const settled: number[] = [];

const lastHealthy = (manifest: string) => async (): Promise<Run> => {
  await removeTree(sandbox.storage);
  await removeTree(join(sandbox.home, ".claude"));
  await removeTree(sandbox.lockfilePath);
  sandbox.writeManifest(manifest);
  const result = await sandbox.run(["apply", "--json", "--concurrency", "40"], { timeoutMs: 300_000 });
  if (result.code !== 0) throw new Error(result.stdout.slice(0, 2000));
  const { skills, concurrency, phases } = result.json();
  const cuts = concurrency.adjustments.filter(({ governor }: { governor: string }) => governor === "throttle");
  if (cuts.length > 0) settled.push(cuts.at(-1).to);
  const ends = skills.filter(({ id }: any) => names.includes(id)).map(({ sync }: any) => sync.ended_ms);
  return { ms: Math.max(...ends) - phases.sync.started_ms };
};
try {
  await lastHealthy(both)();
  const rounds = await interleave(5, { beside: lastHealthy(both), alone: lastHealthy(well) });
  rounds.print();
  const title = "the healthy host's last repository, beside a refusing host against alone";
  row(title, rounds.ratios("beside", "alone"), "≤ 1.10, the noise of this machine");
  console.log(`  the refusing host allows 4; its limit settled at ${settled.join(", ")}`);
} finally {
  await refusing.close();
  await healthy.close();
  await sandbox.dispose();
}
