// What one skill more costs (P15): cold applies of 10, 100 and 1,000 skills of one repository. The cost of a skill between 100 and 1,000 against
// that between 10 and 100.
import { makeScene } from "./scene.js";
import { machine, median } from "./rounds.js";
import { skillText } from "../test/helpers/manifest-of.js";

const ROUNDS = 11;
const counts = [10, 100, 1000] as const;
const scenes = new Map(
  await Promise.all(
    counts.map(async (count) => {
      const ids = Array.from({ length: count }, (_, n) => `skill-${n}`);
      const files = Object.fromEntries(ids.map((id) => [`${id}/SKILL.md`, skillText(id)]));
      const skills = Object.fromEntries(ids.map((id) => [id, id]));
      return [count, await makeScene({ all: { files, skills } }, 0)] as const;
    }),
  ),
);
const cold = async (count: (typeof counts)[number]): Promise<number> => {
  const scene = scenes.get(count);
  await scene?.clear();
  return (await scene?.apply()) ?? Number.NaN;
};
try {
  console.log(machine());
  const times: number[][] = [[], [], []];
  await cold(10);
  for (let round = 0; round < ROUNDS; round++) {
    const [ten, hundred, thousand] = [await cold(10), await cold(100), await cold(1000)];
    for (const [n, ms] of [ten, hundred, thousand].entries()) times[n]?.push(ms);
  }
  // The difference between 10 and 100 is small beside the noise of one run: of the medians, not of each round.
  const [ten = 0, hundred = 0, thousand = 0] = times.map((values) => median(values));
  const ratio = (thousand - hundred) / 900 / ((hundred - ten) / 90);
  const raw = `${ten.toFixed(0)}, ${hundred.toFixed(0)} and ${thousand.toFixed(0)} ms`;
  console.log(
    `P15: a skill from 100 to 1,000 costs ${ratio.toFixed(2)} of one from 10 to 100 (medians of ${ROUNDS} rounds), bar ≤ 1.15; ${raw}`,
  );
} finally {
  for (const scene of scenes.values()) await scene.close();
}
