// `--concurrency auto` against every fixed limit: 100 cold repositories in four regimes. The ratio is the throughput of auto divided by that
// of the best fixed limit of the same round; the limits take turns within a round, so that what disturbs the machine disturbs all. A limit
// that takes more than half as long again as the best in the first round is out. EDEN_LAWS=1 measures other control laws beside ours;
// EDEN_LIMITS=16,32,64 and EDEN_REGIME=150 make a shorter run.
import { join } from "node:path";
import { makeCollection, manifestFor } from "../test/helpers/collection.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { createSandbox, removeTree } from "../test/helpers/sandbox.js";
import { median, row } from "./rounds.js";
import { programWithLaw } from "./variant.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const LIMITS = ["auto", ...(process.env["EDEN_LIMITS"] ?? "1,2,4,8,16,32,64").split(",")];
const LAWS = process.env["EDEN_LAWS"] === "1" ? ["gradient", "aimd-on-latency", "hill-climbing"] : [];
const REGIMES = [
  { name: "0 ms", latencyMs: 0 },
  { name: "40 ms", latencyMs: 40 },
  { name: "150 ms", latencyMs: 150 },
  { name: "100 ms, 429 above 4", latencyMs: 100, throttle: { above: 4 } },
].filter(({ name }) => name.startsWith(process.env["EDEN_REGIME"] ?? ""));

const sandbox = createSandbox();
const contestants = new Map(LIMITS.map((limit) => [limit, { limit, sandbox }]));
for (const law of LAWS) {
  const other = createSandbox({ program: await programWithLaw(law) });
  contestants.set(`auto by ${law}`, { limit: "auto", sandbox: other });
}
const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 100, skills: 100 });
try {
  for (const { name, ...options } of REGIMES) {
    const remote = await startHttpRemote({ root: collection.root, record: true, ...options });
    for (const one of contestants.values()) one.sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
    const phaseA = async (contestant: string): Promise<number> => {
      const { limit, sandbox: own } = contestants.get(contestant) ?? { limit: contestant, sandbox };
      await removeTree(own.storage);
      await removeTree(join(own.home, ".claude"));
      const result = await own.run(["apply", "--json", "--concurrency", limit], { timeoutMs: 300_000 });
      if (result.code !== 0) throw new Error(`${name}, ${contestant}: ${result.stdout.slice(0, 2000)}`);
      const { phases, concurrency } = result.json();
      if (limit === "auto" && process.env["EDEN_VERBOSE"] === "1") console.log(JSON.stringify(concurrency.adjustments));
      return phases.sync.ended_ms - phases.sync.started_ms;
    };
    await phaseA("16");
    const times = new Map<string, number[]>();
    const shares = new Map<string, number[]>();
    let inRace = [...contestants.keys()];
    for (let round = 0; round < ROUNDS; round++) {
      const took = new Map<string, number>();
      for (const one of inRace) took.set(one, await phaseA(one));
      for (const [one, ms] of took) times.set(one, [...(times.get(one) ?? []), ms]);
      const best = Math.min(...[...took].filter(([one]) => !one.startsWith("auto")).map(([, ms]) => ms));
      for (const [one, ms] of took)
        if (one.startsWith("auto")) shares.set(one, [...(shares.get(one) ?? []), best / ms]);
      if (round === 0) inRace = inRace.filter((one) => one.startsWith("auto") || (took.get(one) ?? 0) <= 1.5 * best);
    }
    const all = [...times].map(([limit, ms]) => `${limit}: ${median(ms).toFixed(0)}`).join("  ");
    for (const [one, values] of shares)
      row(`P11, ${name}: throughput of ${one} against the best fixed limit`, values, "≥ 0.9");
    console.log(`  medians in ms: ${all}`);
    await remote.close();
  }
} finally {
  for (const one of new Set([...contestants.values()].map(({ sandbox: own }) => own))) await one.dispose();
}
