// The other installers of agent skills beside ours (P14), over the same server at 40 ms: 50 cold repositories and one cold repository, on a
// free line and on one of 100 Mbit/s; the same again, and an update of one. EDEN_REPOSITORIES=3 makes a short run.
import { contestants, type Contestant } from "./contestants.js";
import { interleave, row, type Run } from "./rounds.js";
import { ballast, Scene, skill, text } from "./scene.js";

const COUNT = Number(process.env["EDEN_REPOSITORIES"] ?? 50);
const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const names = Array.from({ length: COUNT }, (_, n) => `team-${n}`);
const scene = await Scene.make(
  Object.fromEntries(
    names.map((name) => [name, { skills: { [name]: skill(name) }, beside: ballast(name, 298, 3700) }]),
  ),
  40,
);
const all = contestants(scene);
let commits = 0;

async function compare(what: string, bar: string, work: (one: Contestant) => Promise<Run>): Promise<void> {
  const runs = all.map((one) => [one.name, async () => await work(one)] as const);
  const rounds = await interleave(ROUNDS, Object.fromEntries(runs));
  rounds.print();
  for (const { name } of all.slice(1))
    row(`P14: ${what}, ${name} against ours`, rounds.ratios(name, "eden-skills"), bar);
}

try {
  for (const one of all) await one.cold();
  await scene.onEachLine(async (line) => {
    await compare(`one cold repository, ${line}`, "≥ 1.3", async (one) => await one.cold(["team-0"]));
    await compare(`${COUNT} cold repositories, ${line}`, "≥ 7", async (one) => await one.cold());
  });
  await compare("again", "≥ 100", async (one) => await one.again());
  await compare("update of one", "≥ 10", async (one) => {
    await scene.commit("team-0", { "skills/team-0/examples/one.md": text(`commit ${commits++}`, 4_000) });
    return await one.update();
  });
} finally {
  for (const one of all) await one.dispose();
  await scene.close();
}
