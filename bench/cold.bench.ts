// 50 cold repositories of 302 files and 1.1 MB, one skill of each, 40 ms added to every request (P4, P5). The raw recipes are tried at several
// numbers in flight first; the best of them is what we are measured against, at its number and at our default.
import { ballast, makeScene, skillFiles } from "./scene.js";
import { rawGit, type RECIPES } from "./raw-git.js";
import { line, machine, ratios } from "./rounds.js";

const ROUNDS = 5;
const names = Array.from({ length: 50 }, (_, n) => `team-${n}`);
const scene = await makeScene(
  Object.fromEntries(
    names.map((name) => [
      name,
      {
        files: { ...ballast(name, 298, 3700), ...skillFiles(`skills/${name}`, name) },
        skills: { [name]: `skills/${name}` },
      },
    ]),
  ),
  40,
);
const lines = names.map((name) => ({ url: `${scene.remote.url}/${name}.git`, subpath: `skills/${name}` }));
const raw = (recipe: keyof typeof RECIPES, inFlight: number) => async () => {
  await scene.clear();
  return await rawGit(scene.sandbox, recipe, inFlight, lines);
};
const ours = (concurrency: number) => async () => {
  await scene.clear();
  return await scene.apply("--concurrency", String(concurrency));
};
try {
  console.log(machine());
  await ours(8)();
  const tried: { recipe: keyof typeof RECIPES; inFlight: number; ms: number }[] = [];
  for (const recipe of ["depth1", "blobless"] as const)
    for (const inFlight of [4, 8, 16]) tried.push({ recipe, inFlight, ms: await raw(recipe, inFlight)() });
  console.log(tried.map(({ recipe, inFlight, ms }) => `${recipe} -P${inFlight}: ${ms.toFixed(0)} ms`).join("  "));
  const best = tried.toSorted((a, b) => a.ms - b.ms)[0] ?? { recipe: "blobless", inFlight: 8 };
  const against = `raw ${best.recipe} under xargs -P${best.inFlight}`;
  const rival = raw(best.recipe, best.inFlight);
  console.log(
    line(
      `P4: apply at ${best.inFlight} against ${against}`,
      await ratios(ROUNDS, ours(best.inFlight), rival),
      "≤ 1.10",
    ),
  );
  console.log(line(`P4: apply at 10 against ${against}`, await ratios(ROUNDS, ours(10), rival), "≤ 1.40"));
  console.log(
    line(
      "P5: apply at 16 against xargs -P16 git clone --depth 1",
      await ratios(ROUNDS, ours(16), raw("clone", 16)),
      "≤ 0.22",
    ),
  );
  const floor = await ratios(ROUNDS, rival, raw("clone", 16));
  console.log(line(`P5, for comparison: ${against} against the same`, floor, "none"));
} finally {
  await scene.close();
}
