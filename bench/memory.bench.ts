// The most memory that an apply holds (P13): 1,000 skills from 200 cold repositories, and what one skill of 60 MB adds to one of 20 KB.
import { ballast, makeScene, noise, skillFiles, type Scene } from "./scene.js";
import { machine, median } from "./rounds.js";

const ROUNDS = 5;

async function peakMb(scene: Scene): Promise<number> {
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await scene.clear();
    const result = await scene.sandbox.run(["apply", "--json"], { timeoutMs: 300_000 });
    if (result.code !== 0) throw new Error(result.stdout.slice(0, 2000));
    peaks.push(result.json().metrics.peak_rss_mb);
  }
  await scene.close();
  return median(peaks);
}

console.log(machine());
const many = Array.from({ length: 200 }, (_, n) => {
  const ids = Array.from({ length: 5 }, (__, m) => `skill-${n}-${m}`);
  const files = Object.assign(ballast(`team-${n}`, 5, 1000), ...ids.map((id) => skillFiles(id, id)));
  return [`team-${n}`, { files, skills: Object.fromEntries(ids.map((id) => [id, id])) }];
});
const crowd = await peakMb(await makeScene(Object.fromEntries(many), 0));
console.log(
  `P13: 1,000 skills from 200 repositories: at most ${crowd.toFixed(0)} MiB (median of ${ROUNDS}), bar ≤ 120`,
);

const one = (extra: Record<string, string>) =>
  makeScene({ one: { files: { ...skillFiles("one", "one"), ...extra }, skills: { one: "one" } } }, 0);
const small = await peakMb(await one({}));
const parts = Array.from({ length: 12 }, (_, n) => [`one/part-${n}.bin`, noise(`part ${n}`, 5_000_000)]);
const large = await peakMb(await one(Object.fromEntries(parts)));
console.log(
  `P13: a skill of 60 MB adds ${(large - small).toFixed(0)} MiB to ${small.toFixed(0)} (median of ${ROUNDS}), bar < 30`,
);
