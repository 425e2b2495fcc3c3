// The other installers beside ours on one repository at 40 ms: 50 skills of it, cold and again; 20 and 1,000 skills with nothing to do; a 20 KB
// skill of a 100 MB monorepo. EDEN_ROUNDS makes more rounds than one, EDEN_CASE=monorepo chooses by name.
import { Contest, Costs, type Wanted } from "./contestants.js";
import { machine } from "./rounds.js";
import { ballast, makeScene, skillFiles } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 1);
const many = (count: number): Wanted[] =>
  Array.from({ length: count }, (_, n) => ({ id: `skill-${n}`, repository: "all", subpath: `skills/skill-${n}` }));
const cases: { name: string; wanted: Wanted[]; beside: Record<string, string> }[] = [
  { name: "50 skills of one repository", wanted: many(50), beside: {} },
  { name: "20 skills", wanted: many(20), beside: {} },
  { name: "1,000 skills", wanted: many(1000), beside: {} },
  { name: "a skill of a monorepo", wanted: many(1), beside: ballast("mono", 4000, 25_000) },
];
console.log(machine());
for (const { name, wanted, beside } of cases.filter((one) => one.name.includes(process.env["EDEN_CASE"] ?? ""))) {
  const files = Object.assign({ ...beside }, ...wanted.map(({ id, subpath }) => skillFiles(subpath, id))) as Record<
    string,
    string
  >;
  const skills = Object.fromEntries(wanted.map(({ id, subpath }) => [id, subpath]));
  const scene = await makeScene({ all: { files, skills } }, 40);
  const contest = new Contest(scene, wanted);
  const costs = new Costs();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const one of contest.contestants) {
        // It asks for each skill by itself: three minutes a run.
        if (wanted.length === 1000 && one.name === "@sentry/dotagents") continue;
        await contest.clear();
        one.prepare(wanted);
        // Once untimed: the server records its answers.
        if (round === 0) await one.install(wanted);
        if (round === 0) await contest.clear();
        if (round === 0) one.prepare(wanted);
        costs.add("cold", one.name, await contest.timed(async () => await one.install(wanted)));
        await one.install(wanted);
        costs.add("again", one.name, await contest.timed(async () => await one.install(wanted)));
      }
    }
    for (const line of costs.lines({})) console.log(`${name}: ${line}`);
  } finally {
    await scene.close();
  }
}
