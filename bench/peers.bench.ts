// The other installers of agent skills beside ours (P14): 50 cold repositories, the same again, an update of one, one repository cold; over the
// same server at 40 ms. EDEN_REPOSITORIES=3 makes a short run, EDEN_ROUNDS more rounds than one.
import { Contest, Costs, type Wanted } from "./contestants.js";
import { machine } from "./rounds.js";
import { ballast, makeScene, noise, skillFiles } from "./scene.js";

const COUNT = Number(process.env["EDEN_REPOSITORIES"] ?? 50);
const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 1);
const all = Array.from({ length: COUNT }, (_, n): Wanted => ({
  id: `team-${n}`,
  repository: `team-${n}`,
  subpath: `skills/team-${n}`,
}));
const one = all.slice(0, 1);
const scene = await makeScene(
  Object.fromEntries(
    all.map(({ id, subpath }) => [
      id,
      { files: { ...ballast(id, 298, 3700), ...skillFiles(subpath, id) }, skills: { [id]: subpath } },
    ]),
  ),
  40,
);
const contest = new Contest(scene, all);
let commits = 0;

/** One more commit in one repository; the server answers from memory again for all the others. */
async function moveOne(): Promise<void> {
  const text = noise(`commit ${commits++}`, 4_000);
  await scene.repositories.get("team-0")?.commit({ files: { "skills/team-0/examples/one.md": text } });
  scene.remote.forget();
}

try {
  console.log(machine());
  const costs = new Costs();
  for (const { prepare, install } of contest.contestants) {
    // Once untimed: the server records its answers.
    prepare(one);
    await contest.clear();
    await install(one);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, prepare, install, update } of contest.contestants) {
      const keep = async (what: string, work: () => Promise<void>) => costs.add(what, name, await contest.timed(work));
      await contest.clear();
      prepare(all);
      await keep("cold", async () => await install(all));
      await keep("again", async () => await install(all));
      await moveOne();
      await keep("update of one", async () => await update(all));
      await contest.clear();
      prepare(one);
      await keep("one repository", async () => await install(one));
    }
  }
  const bars = { cold: "≥ 7", again: "≥ 100", "update of one": "≥ 10", "one repository": "≥ 1.3" };
  for (const line of costs.lines(bars)) console.log(`P14: ${line}`);
  for (const { name, prepare, install } of contest.contestants) {
    await contest.clear();
    prepare(all);
    contest.meter.begin();
    await install(all);
    console.log(`P14: cold, ${name}: ${contest.meter.end()}`);
  }
} finally {
  await scene.close();
}
