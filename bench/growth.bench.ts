// What one skill more costs (P15): cold applies of 10, 100 and 1,000 skills of one repository. The cost of a skill between 100 and 1,000
// against that between 10 and 100.
import { skillText } from "../test/helpers/manifest-of.js";
import { interleave, median } from "./rounds.js";
import { Scene } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 11);
const scenes = new Map<string, Scene>();
for (const count of [10, 100, 1000]) {
  const ids = Array.from({ length: count }, (_, n) => `skill-${n}`);
  const skills = Object.fromEntries(ids.map((id) => [id, { "SKILL.md": skillText(id) }]));
  scenes.set(`${count} skills`, await Scene.make({ all: { skills } }, 0));
}
try {
  const runs = [...scenes].map(([name, scene]) => [name, async () => await scene.cold()] as const);
  await interleave(1, Object.fromEntries(runs));
  const rounds = await interleave(ROUNDS, Object.fromEntries(runs));
  rounds.print();
  // The difference between 10 and 100 is small beside the noise of one run: of the medians, not of each round.
  const [ten = 0, hundred = 0, thousand = 0] = [...scenes.keys()].map((name) => median(rounds.values(name)));
  const ratio = (thousand - hundred) / 900 / ((hundred - ten) / 90);
  console.log(
    `P15: a skill from 100 to 1,000 against one from 10 to 100: ${ratio.toFixed(2)} (of medians), bar ≤ 1.15`,
  );
} finally {
  for (const scene of scenes.values()) await scene.close();
}
