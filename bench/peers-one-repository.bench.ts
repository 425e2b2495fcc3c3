// The other installers beside ours on one repository at 40 ms: 50, 20 and 1,000 skills of it, cold and again; a 20 KB skill of a 100 MB
// monorepo. EDEN_CASE=monorepo chooses by name.
import { contestants } from "./contestants.js";
import { interleave, row } from "./rounds.js";
import { monorepo, Scene, skill, type RepositorySpec } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 1);
const many = (count: number): RepositorySpec => ({
  skills: Object.fromEntries(Array.from({ length: count }, (_, n) => [`skill-${n}`, skill(`skill-${n}`)])),
});
const cases = {
  "50 skills of one repository": many(50),
  "20 skills": many(20),
  "1,000 skills": many(1000),
  "a skill of a monorepo": monorepo(),
};
for (const [name, repository] of Object.entries(cases)) {
  if (!name.includes(process.env["EDEN_CASE"] ?? "")) continue;
  const scene = await Scene.make({ all: repository }, 40);
  // dotagents asks for each skill by itself: three minutes a run of 1,000.
  const all = contestants(scene).filter((one) => name !== "1,000 skills" || one.name !== "@sentry/dotagents");
  try {
    for (const one of all) await one.cold();
    for (const what of ["cold", "again"] as const) {
      const runs = all.map((one) => [one.name, async () => await one[what]()] as const);
      const rounds = await interleave(ROUNDS, Object.fromEntries(runs));
      rounds.print();
      for (const one of all.slice(1))
        row(`${name}: ${what}, ${one.name} against ours`, rounds.ratios(one.name, "eden-skills"), "none");
    }
  } finally {
    for (const one of all) await one.dispose();
    await scene.close();
  }
}
