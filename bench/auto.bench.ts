// `--concurrency auto` against every fixed limit: 100 cold repositories in four regimes. The ratio is the throughput of auto divided by that
// of the best fixed limit of the same round; the limits take turns within a round, so that what disturbs the machine disturbs all.
import { join } from "node:path";
import { makeCollection, manifestFor } from "../test/helpers/collection.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { createSandbox, removeTree } from "../test/helpers/sandbox.js";
import { machine, median } from "./rounds.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const LIMITS = ["auto", "1", "2", "4", "8", "16", "32", "64"];
const REGIMES = [
  { name: "0 ms", latencyMs: 0 },
  { name: "40 ms", latencyMs: 40 },
  { name: "150 ms", latencyMs: 150 },
  { name: "100 ms, 429 above 4", latencyMs: 100, throttle: { above: 4 } },
].filter(({ name }) => name.startsWith(process.env["EDEN_REGIME"] ?? ""));

const sandbox = createSandbox();
const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 100, skills: 100 });
console.log(machine());
try {
  for (const { name, ...options } of REGIMES) {
    const remote = await startHttpRemote({ root: collection.root, record: true, ...options });
    sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
    const phaseA = async (limit: string): Promise<number> => {
      await removeTree(sandbox.storage);
      await removeTree(join(sandbox.home, ".claude"));
      const result = await sandbox.run(["apply", "--json", "--concurrency", limit], { timeoutMs: 300_000 });
      if (result.code !== 0) throw new Error(`${name}, ${limit}: ${result.stdout.slice(0, 2000)}`);
      const { phases, concurrency } = result.json();
      if (limit === "auto" && process.env["EDEN_VERBOSE"] === "1") console.log(JSON.stringify(concurrency.adjustments));
      return phases.sync.ended_ms - phases.sync.started_ms;
    };
    await phaseA("16");
    const times = new Map<string, number[]>();
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // 1 and 2 are hopeless where there is latency: once is enough to show it.
      const limits = LIMITS.filter((limit) => round === 0 || options.latencyMs === 0 || Number(limit) !== 1);
      const took = new Map<string, number>();
      for (const limit of limits) took.set(limit, await phaseA(limit));
      for (const [limit, ms] of took) times.set(limit, [...(times.get(limit) ?? []), ms]);
      const best = Math.min(...[...took].filter(([limit]) => limit !== "auto").map(([, ms]) => ms));
      shares.push(best / (took.get("auto") ?? Number.NaN));
    }
    const all = [...times].map(([limit, ms]) => `${limit}: ${median(ms).toFixed(0)}`).join("  ");
    const spread = `${Math.min(...shares).toFixed(2)}–${Math.max(...shares).toFixed(2)}`;
    console.log(
      `${name}: auto has ${median(shares).toFixed(3)} of the best fixed limit's throughput (${spread}, ${ROUNDS} rounds), bar ≥ 0.9`,
    );
    console.log(`  medians in ms: ${all}`);
    await remote.close();
  }
} finally {
  await sandbox.dispose();
}
