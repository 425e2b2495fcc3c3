// Phase A at --concurrency 20 against --concurrency 1 (ARC-002): 50 cold repositories, 60 ms added to every request. The server answers
// from memory, so that it does not compete for the cores.
import { join } from "node:path";
import { makeCollection, manifestFor } from "../test/helpers/collection.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { createSandbox, removeTree } from "../test/helpers/sandbox.js";
import { interleave, row, type Run } from "./rounds.js";

const sandbox = createSandbox();
const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 50, skills: 50 });
const remote = await startHttpRemote({ root: collection.root, latencyMs: 60, record: true });
sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
const phaseA = (concurrency: number) => async (): Promise<Run> => {
  await removeTree(sandbox.storage);
  await removeTree(join(sandbox.home, ".claude"));
  const result = await sandbox.run(["apply", "--json", "--concurrency", String(concurrency)], { timeoutMs: 300_000 });
  if (result.code !== 0) throw new Error(result.stdout);
  const { sync } = result.json().phases;
  return { ms: sync.ended_ms - sync.started_ms };
};
try {
  await phaseA(20)();
  const rounds = await interleave(5, { "20 at once": phaseA(20), "1 at once": phaseA(1) });
  rounds.print();
  row("P6: 50 repositories at 60 ms, concurrency 20 against 1", rounds.ratios("20 at once", "1 at once"), "≤ 0.20");
} finally {
  await remote.close();
  await sandbox.dispose();
}
