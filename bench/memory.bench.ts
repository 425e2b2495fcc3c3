// The most memory that an apply holds (P13): 1,000 skills from 200 cold repositories, and what one skill of 60 MB adds to one of 20 KB.
import { interleave, row } from "./rounds.js";
import { ballast, Scene, smallSkill, text } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const many = Array.from({ length: 200 }, (_, n) => {
  const ids = Array.from({ length: 5 }, (__, m) => `skill-${n}-${m}`);
  const skills = Object.fromEntries(ids.map((id) => [id, smallSkill(id)]));
  return [`team-${n}`, { skills, beside: ballast(`team-${n}`, 5, 1000) }] as const;
});
const parts = Array.from({ length: 12 }, (_, n) => [`part-${n}.bin`, text(`part ${n}`, 5_000_000)]);
const scenes = {
  crowd: await Scene.make(Object.fromEntries(many), 0),
  small: await Scene.make({ one: { skills: { one: smallSkill("one") } } }, 0),
  large: await Scene.make({ one: { skills: { one: { ...smallSkill("one"), ...Object.fromEntries(parts) } } } }, 0),
};
try {
  const runs = Object.entries(scenes).map(([name, scene]) => [name, async () => await scene.cold()] as const);
  const rounds = await interleave(ROUNDS, Object.fromEntries(runs));
  rounds.print();
  const [crowd, small, large] = ["crowd", "small", "large"].map((name) => rounds.values(name, "peakMib"));
  row("P13: peak MiB with 1,000 skills of 200 repositories", crowd ?? [], "≤ 120");
  row("P13: MiB that a skill of 60 MB adds", large?.map((mib, round) => mib - (small?.[round] ?? 0)) ?? [], "< 30");
} finally {
  for (const scene of Object.values(scenes)) await scene.close();
}
