// 50 repositories at 40 ms: an update after one upstream commit in one of them (P9), and a look at what is behind (P10). Both against
// `git ls-remote` of the 50 under xargs -P16.
import { makeScene, noise, skillFiles } from "./scene.js";
import { rawGit } from "./raw-git.js";
import { line, machine, ratios } from "./rounds.js";

const ROUNDS = 7;
const names = Array.from({ length: 50 }, (_, n) => `team-${n}`);
const skillOf = (name: string) => ({ files: skillFiles(`skills/${name}`, name), skills: { [name]: `skills/${name}` } });
const scene = await makeScene(Object.fromEntries(names.map((name) => [name, skillOf(name)])), 40);
const lines = names.map((name) => ({ url: `${scene.remote.url}/${name}.git`, subpath: `skills/${name}` }));
let commits = 0;

/** One more commit upstream; the server then knows again what it is asked by either side. */
async function moveOne(): Promise<void> {
  const text = noise(`commit ${commits++}`, 4_000);
  await scene.repositories.get("team-7")?.commit({ files: { "skills/team-7/examples/one.md": text } });
  scene.remote.forget();
  await raw();
  await scene.run("outdated", "--quiet");
}
const raw = async () => await rawGit(scene.sandbox, "lsRemote", 16, lines);
const flags = ["--quiet", "--concurrency", "16"];
try {
  console.log(machine());
  await scene.apply();
  const update = async () => {
    await moveOne();
    return await scene.run("update", ...flags);
  };
  const rival = "xargs -P16 git ls-remote";
  console.log(line(`P9: update of one of 50 against ${rival}`, await ratios(ROUNDS, update, raw), "≤ 0.9"));
  const look = async () => await scene.run("outdated", ...flags);
  console.log(line(`P10: outdated, 50 repositories, against ${rival}`, await ratios(ROUNDS, look, raw), "≤ 0.6"));
} finally {
  await scene.close();
}
