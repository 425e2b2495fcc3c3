// 50 skills of one repository, cold, at 40 ms (P7): the whole repository, and a fifth of it; and a 20 KB skill of a 100 MB monorepo (P8).
// Each against one `git clone --depth 1`.
import { ballast, makeScene, skillFiles } from "./scene.js";
import { rawGit, type RECIPES } from "./raw-git.js";
import { line, machine, median, ratios } from "./rounds.js";

const ROUNDS = 5;
const ids = Array.from({ length: 50 }, (_, n) => `skill-${n}`);
const files = Object.assign({}, ...ids.map((id) => skillFiles(`skills/${id}`, id))) as Record<string, string>;
const skills = Object.fromEntries(ids.map((id) => [id, `skills/${id}`]));
interface Case {
  name: string;
  files: Record<string, string>;
  skills: Record<string, string>;
  bar: string;
  recipe: keyof typeof RECIPES;
}
const cases: Case[] = [
  { name: "P7: 50 skills that are the whole repository", files, skills, bar: "≤ 1.15", recipe: "depth1" },
  {
    name: "P7: 50 skills that are a fifth of it",
    files: { ...files, ...ballast("rest", 400, 10_000) },
    skills,
    bar: "≤ 0.60",
    recipe: "depth1",
  },
  {
    name: "P8: a 20 KB skill of a 100 MB monorepo",
    files: { ...ballast("mono", 4000, 25_000), ...skillFiles("skills/one", "one") },
    skills: { one: "skills/one" },
    bar: "≤ 0.06",
    recipe: "blobless",
  },
];
console.log(machine());
for (const { name, bar, recipe, ...repository } of cases) {
  const scene = await makeScene({ all: repository }, 40);
  const received = { ours: [] as number[], raw: [] as number[] };
  const counted = async (into: number[], run: () => Promise<number>) => {
    await scene.clear();
    const before = scene.remote.traffic.log.length;
    const took = await run();
    into.push(scene.remote.traffic.log.slice(before).reduce((sum, { bytes }) => sum + bytes, 0));
    return took;
  };
  const lines = [{ url: `${scene.remote.url}/all.git`, subpath: recipe === "blobless" ? "skills/one" : "skills" }];
  const ours = async () => await counted(received.ours, async () => await scene.apply());
  const raw = async () => await counted(received.raw, async () => await rawGit(scene.sandbox, "clone", 1, lines));
  try {
    await ours();
    await raw();
    console.log(line(`${name} against git clone --depth 1`, await ratios(ROUNDS, ours, raw), bar));
    // What git by itself needs with the better of its recipes: a shell that knows beforehand which one that is.
    const best = async () => await counted([], async () => await rawGit(scene.sandbox, recipe, 1, lines));
    console.log(line(`  for comparison: raw ${recipe} against the same`, await ratios(ROUNDS, best, raw), "none"));
    console.log(`  bytes: ${(median(received.ours) / median(received.raw)).toFixed(4)} of the clone's`);
  } finally {
    await scene.close();
  }
}
