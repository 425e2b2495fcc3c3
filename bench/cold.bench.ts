// 50 cold repositories of 302 files and 1.1 MB, one skill of each, 40 ms added to every request, on a free line and on one of 100 Mbit/s
// (P4, P5, P16). The raw recipes are tried at several numbers in flight first: the fastest of them is what we are measured against.
import { interleave, median, row } from "./rounds.js";
import { ballast, Scene, skill } from "./scene.js";

const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 5);
const names = Array.from({ length: 50 }, (_, n) => `team-${n}`);
const scene = await Scene.make(
  Object.fromEntries(
    names.map((name) => [name, { skills: { [name]: skill(name) }, beside: ballast(name, 298, 3700) }]),
  ),
  40,
);
const ours = (concurrency: number) => async () => await scene.cold(["--concurrency", String(concurrency)]);
const rivals = (["blobless", "depth1"] as const).flatMap((recipe) =>
  [8, 16, 32].map((inFlight) => ({ name: `raw ${recipe} -P${inFlight}`, recipe, inFlight })),
);
const clone = "clone --depth 1 -P16";

try {
  await ours(8)();
  await scene.raw("cloneAndCopy", 16);
  await scene.onEachLine(async (line) => {
    const runs = rivals.map((one) => [one.name, async () => await scene.raw(one.recipe, one.inFlight)] as const);
    const tried = await interleave(Math.min(3, ROUNDS), Object.fromEntries(runs));
    tried.print();
    const [best = rivals[0]!] = rivals.toSorted((a, b) => median(tried.values(a.name)) - median(tried.values(b.name)));
    const rounds = await interleave(ROUNDS, {
      "apply by default": async () => await scene.cold(),
      [`apply at ${best.inFlight}`]: ours(best.inFlight),
      "apply at 16": ours(16),
      [best.name]: async () => await scene.raw(best.recipe, best.inFlight),
      [clone]: async () => await scene.raw("cloneAndCopy", 16),
    });
    rounds.print();
    const p4 = `P4, ${line}: apply`;
    row(
      `${p4} at ${best.inFlight} against ${best.name}`,
      rounds.ratios(`apply at ${best.inFlight}`, best.name),
      "≤ 1.15",
    );
    row(`${p4} by default against ${best.name}`, rounds.ratios("apply by default", best.name), "≤ 1.40");
    const [blobless = Number.NaN] = tried.values("raw blobless -P16", "bytes");
    const bytes = rounds.values("apply by default", "bytes").map((value) => value / blobless);
    row(`P4, ${line}: bytes against raw blobless`, bytes, "≤ 1.2");
    row(`P5, ${line}: apply at 16 against ${clone}`, rounds.ratios("apply at 16", clone), "≤ 0.32");
    row(`  for comparison: ${best.name} against the same`, rounds.ratios(best.name, clone), "none");
    const nodeMs = rounds.values("apply by default", "nodeCpuMs").map((ms) => ms / names.length);
    row(`P16, ${line}: Node's own CPU per cold repository, in ms`, nodeMs, "≤ 12");
  });
} finally {
  await scene.close();
}
