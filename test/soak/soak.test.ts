import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { SEED, seeded } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";
import { brokenTargets, problemsAfterRest, sizesOf, type Sizes } from "./checkpoint.js";
import { soakMachine } from "./machine.js";
import { runSomething, type Tally } from "./operations.js";
import { ProcessWatch, type Peaks } from "./process-watch.js";

/** Minutes of work; `npm run soak` takes 30. */
const MINUTES = Number(process.env["EDEN_MINUTES"] ?? 0.1);
const WORK_MS = MINUTES * 60_000;
/** Work between two rests. */
const SPELL_MS = Math.min(60_000, WORK_MS / 2);
const PROCESSES = 12;
const use = useSandbox();

it(
  `${PROCESSES} processes at once for ${MINUTES} minutes, killed at random: every target is one version, nothing is left, nothing grows [R-SOAK-01] [R-SOAK-02]`,
  async () => {
    const sandbox = use.sandbox();
    const remote = await use.remote(sandbox);
    const machine = await soakMachine(sandbox, { projects: MINUTES < 1 ? 3 : 6, baseUrl: remote.url });
    const tally: Tally = { runs: new Map(), ends: new Map(), killed: 0, violations: [] };
    const watch = new ProcessWatch();
    const random = seeded("soak");
    const series: { sizes: Sizes; peaks: Peaks }[] = [];
    const started = performance.now();
    let published = 0;
    for (let spell = 1; performance.now() - started < WORK_MS; spell++) {
      const until = started + Math.min(WORK_MS, spell * SPELL_MS);
      const isOver = () => performance.now() >= until || tally.violations.length > 20;
      const worker = async () => {
        while (!isOver()) await runSomething(machine, { random, watch, tally });
      };
      const publisher = async () => {
        while (!isOver()) {
          await machine.publish(published++);
          await new Promise((resolve) => setTimeout(resolve, 4_000 * random()));
        }
      };
      await Promise.all([...Array.from({ length: PROCESSES }, worker), publisher()]);
      const where = (problem: string) => `after spell ${spell}: ${problem}`;
      if (existsSync(sandbox.storage)) {
        tally.violations.push(...brokenTargets(machine).map(where));
        tally.violations.push(...(await problemsAfterRest(machine)).map(where));
        tally.violations.push(...brokenTargets(machine).map(where));
        series.push({ sizes: sizesOf(machine), peaks: watch.take() });
        console.log(row(spell, series.at(-1)));
      }
      if (tally.violations.length > 20) break;
    }
    watch.stop();
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    const total = [...tally.runs.values()].reduce((sum, one) => sum + one, 0);
    console.log(
      `soak: ${minutes} minutes, ${total} runs, ${tally.killed} signals, ${published} versions, seed ${SEED}`,
    );
    console.log(
      `soak: commands ${shown(tally.runs)}; ends ${shown(tally.ends)}; ${tally.violations.length} violations`,
    );
    expect(tally.violations.map((text) => `${text.slice(0, 600)} … ${text.slice(-1400)}`)).toEqual([]);
    expect(growth(series)).toEqual([]);
  },
  WORK_MS * 4 + 300_000,
);

/** Directories and peaks that are larger in the last third than in the middle third by more than half. */
function growth(series: readonly { sizes: Sizes; peaks: Peaks }[]): string[] {
  const third = Math.floor(series.length / 3);
  if (third < 3) return [];
  const highest = (part: typeof series, of: (one: (typeof series)[number]) => number) => Math.max(...part.map(of));
  const measures: [string, number, (one: (typeof series)[number]) => number][] = [
    ["memory", 20, ({ peaks }) => peaks.memory],
    ["descriptors", 10, ({ peaks }) => peaks.descriptors],
    ...Object.keys(series.at(-1)?.sizes ?? {}).flatMap((name): [string, number, (typeof measures)[0][2]][] => [
      [`files in ${name}`, 20, ({ sizes }) => sizes[name]?.files ?? 0],
      [`bytes in ${name}`, 100_000, ({ sizes }) => sizes[name]?.bytes ?? 0],
    ]),
  ];
  return measures.flatMap(([name, slack, of]) => {
    const [before, after] = [highest(series.slice(third, 2 * third), of), highest(series.slice(2 * third), of)];
    return after > before * 1.5 + slack ? [`${name} grow: ${before}, then ${after}`] : [];
  });
}

function row(spell: number, one: { sizes: Sizes; peaks: Peaks } | undefined): string {
  const sizes = Object.entries(one?.sizes ?? {}).map(
    ([name, { files, bytes }]) => `${name} ${files}/${Math.round(bytes / 1024)}K`,
  );
  return `soak ${spell}: memory ${one?.peaks.memory} MiB, descriptors ${one?.peaks.descriptors}, ${sizes.join(", ")}`;
}

function shown(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, count]) => `${key} ${count}`)
    .join(", ");
}
