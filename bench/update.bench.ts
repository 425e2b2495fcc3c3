// 50 repositories at 40 ms: an update after one upstream commit in one of them (P9), and a look at what is behind (P10). Both against
// `git ls-remote` of the 50 under xargs -P16.
import { interleave, row } from "./rounds.js";
import { Scene, smallSkill, text } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 7);
const names = Array.from({ length: 50 }, (_, n) => `team-${n}`);
const scene = await Scene.make(
  Object.fromEntries(names.map((name) => [name, { skills: { [name]: smallSkill(name) } }])),
  40,
);
let commits = 0;
const lsRemote = async () => await scene.raw("lsRemote", 16);
const outdated = async () => await scene.run("outdated");
const update = async () => {
  await scene.commit("team-7", { "skills/team-7/examples/one.md": text(`commit ${commits++}`, 4_000) });
  // The server records what either side asks for.
  await lsRemote();
  await outdated();
  const run = await scene.run("update");
  await scene.check();
  return run;
};
try {
  await scene.cold();
  const rounds = await interleave(ROUNDS, { update, outdated, lsRemote });
  rounds.print();
  row("P9: update of one of 50 against xargs -P16 git ls-remote", rounds.ratios("update", "lsRemote"), "≤ 0.9");
  row("P10: outdated, 50 repositories, against the same", rounds.ratios("outdated", "lsRemote"), "≤ 0.6");
} finally {
  await scene.close();
}
