// 50 skills of one repository, cold, at 40 ms (P7): the whole repository, and less than a fifth of it; and a 20 KB skill of a monorepo of
// 100 MB (P8). Each against one `git clone --depth 1`, on a free line and on one of 100 Mbit/s. EDEN_CASE=P8 chooses by name.
import { interleave, row } from "./rounds.js";
import { ballast, monorepo, Scene, skill } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`skill-${n}`, skill(`skill-${n}`)]));
const cases = [
  {
    name: "P7: 50 skills that are the whole repository",
    repository: { skills: fifty },
    bars: { time: "≤ 1.3", bytes: "none" },
    recipe: "depth1",
  },
  {
    name: "P7: 50 skills that are a fifth of it",
    repository: { skills: fifty, beside: ballast("rest", 1400, 10_000) },
    bars: { time: "≤ 0.75", bytes: "none" },
    recipe: "blobless",
  },
  {
    name: "P8: a 20 KB skill of a 100 MB monorepo",
    repository: monorepo(),
    bars: { time: "≤ 0.08", bytes: "≤ 0.005" },
    recipe: "blobless",
  },
] as const;
for (const { name, repository, bars, recipe } of cases.filter((one) =>
  one.name.includes(process.env["EDEN_CASE"] ?? ""),
)) {
  const scene = await Scene.make({ all: repository }, 40);
  const clone = "clone --depth 1";
  const contestants = {
    apply: async () => await scene.cold(),
    [recipe]: async () => await scene.raw(recipe, 1),
    [clone]: async () => await scene.raw("clone", 1),
  };
  try {
    // Once untimed: the server records its answers.
    await interleave(1, contestants);
    await scene.onEachLine(async (line) => {
      const rounds = await interleave(ROUNDS, contestants);
      rounds.print();
      row(`${name}, ${line}: apply against ${clone}`, rounds.ratios("apply", clone), bars.time);
      row(`${name}, ${line}: bytes against ${clone}`, rounds.ratios("apply", clone, "bytes"), bars.bytes);
      row(`  for comparison: raw ${recipe} against the same`, rounds.ratios(recipe, clone), "none");
    });
  } finally {
    await scene.close();
  }
}
