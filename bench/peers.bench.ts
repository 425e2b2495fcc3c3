// The other installers of agent skills beside ours (P14): 50 cold repositories, the same again, one repository cold; over the same server at 40 ms.
// They come from the npm registry, with the Node that the newer of them needs. EDEN_REPOSITORIES=3 makes a short run.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeTree } from "../test/helpers/sandbox.js";
import { Meter } from "./meter.js";
import { machine, median } from "./rounds.js";
import { ballast, makeScene, noise, skillFiles } from "./scene.js";

const COUNT = Number(process.env["EDEN_REPOSITORIES"] ?? 50);
const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 1);
const peers = fileURLToPath(new URL("../../node_modules/.cache/bench/peers", import.meta.url));
if (!existsSync(join(peers, "node_modules/skills"))) {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, "package.json"), '{"private":true}');
  const packages = ["skills@latest", "@sentry/dotagents@latest", "node22@npm:node@22"];
  execFileSync("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: peers, stdio: "ignore" });
}
const node22 = join(peers, "node_modules/node22/bin/node");

const names = Array.from({ length: COUNT }, (_, n) => `team-${n}`);
const repository = (name: string) => ({
  files: { ...ballast(name, 298, 3700), ...skillFiles(`skills/${name}`, name) },
  skills: { [name]: `skills/${name}` },
});
const scene = await makeScene(Object.fromEntries(names.map((name) => [name, repository(name)])), 40);
const { sandbox, remote } = scene;
const urlOf = (name: string) => `${remote.url}/${name}.git`;

const meter = new Meter(sandbox.root);
const ELSEWHERE = "https://bench.example/";

/** Runs a program to its end. `watch` sees it while it runs. @throws Error with the end of its output when it fails. */
async function run(command: readonly string[]): Promise<void> {
  // dotagents takes only https: git itself is told where that leads.
  const rewrite = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `url.${remote.url}/.insteadOf`,
    GIT_CONFIG_VALUE_0: ELSEWHERE,
  };
  const env = sandbox.environment({ DISABLE_TELEMETRY: "1", DO_NOT_TRACK: "1", CI: "1", ...rewrite, ...meter.env });
  const child = spawn("bash", ["-c", '"$@"; code=$?; times >&3; exit $code', "bash", ...command], {
    cwd: sandbox.project,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let output = "";
  let times = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdio[3]?.on("data", (chunk: Buffer) => (times += chunk.toString()));
  const stop = meter.watch(child.pid ?? 0);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  stop();
  for (const [, minutes, seconds] of times.split("\n")[1]?.matchAll(/(\d+)m([\d.]+)s/gu) ?? [])
    meter.cpuMs += Number(minutes) * 60_000 + Number(seconds) * 1000;
  if (code !== 0) throw new Error(`${command.join(" ")}: exit ${code}\n${output.slice(-2000)}`);
}

interface Contestant {
  name: string;
  prepare(wanted: readonly string[]): void;
  install(wanted: readonly string[]): Promise<void>;
  /** Brings everything that is installed to what is upstream now. */
  update(): Promise<void>;
}

const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

const skillsProgram = join(peers, "node_modules/skills/bin/cli.mjs");
const contestants: Contestant[] = [
  {
    name: "eden-skills",
    prepare() {},
    async install(wanted) {
      await run([process.execPath, program, "apply", "--quiet", ...(wanted.length === COUNT ? [] : wanted)]);
    },
    async update() {
      await run([process.execPath, program, "update", "--quiet"]);
    },
  },
  {
    name: "skills",
    prepare() {},
    async install(wanted) {
      for (const name of wanted) {
        const flags = ["--global", "--agent", "claude-code", "--skill", name, "--yes"];
        await run([node22, skillsProgram, "add", urlOf(name), ...flags]);
      }
    },
    // Its own `update` leaves skills of plain git addresses alone: they are added once more.
    async update() {
      await this.install(names);
    },
  },
  {
    name: "@sentry/dotagents",
    prepare(wanted) {
      const skills = wanted.map(
        (name) => `[[skills]]\nname = "${name}"\nsource = "git:${ELSEWHERE}${name}.git"\npath = "skills/${name}"\n`,
      );
      writeFileSync(join(sandbox.project, "agents.toml"), `version = 1\nagents = ["claude"]\n\n${skills.join("\n")}`);
    },
    async install() {
      await run([process.execPath, join(peers, "node_modules/.bin/dotagents"), "install"]);
    },
    // Its lockfile pins nothing that an install would not look up again.
    async update() {
      await run([process.execPath, join(peers, "node_modules/.bin/dotagents"), "install"]);
    },
  },
];

async function clear(): Promise<void> {
  await scene.clear();
  for (const path of [".agents", ".claude", "agents.lock", ".local", ".cache", "skills-lock.json"])
    for (const root of [sandbox.home, sandbox.project]) await removeTree(join(root, path));
}

interface Cost {
  ms: number;
  cpuMs: number;
  bytes: number;
}

async function timed(work: () => Promise<void>): Promise<Cost> {
  const before = remote.traffic.log.length;
  meter.cpuMs = 0;
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const bytes = remote.traffic.log.slice(before).reduce((sum, record) => sum + record.bytes, 0);
  return { ms, cpuMs: meter.cpuMs, bytes };
}

/** One more commit in one repository; the server answers from memory again for all the others. */
async function moveOne(): Promise<void> {
  const text = noise(`commit ${commits++}`, 4_000);
  await scene.repositories.get(names[0] ?? "")?.commit({ files: { [`skills/${names[0]}/examples/one.md`]: text } });
  remote.forget();
}
let commits = 0;

try {
  console.log(machine());
  const results = new Map<string, Cost[]>();
  const keep = (key: string, value: Cost) => results.set(key, [...(results.get(key) ?? []), value]);
  for (const { prepare, install } of contestants) {
    // Once untimed: the server records its answers.
    prepare(names.slice(0, 1));
    await clear();
    await install(names.slice(0, 1)).catch((error: unknown) => console.log(String(error)));
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      const { name, prepare, install } = contestant;
      await clear();
      prepare(names);
      keep(`cold ${name}`, await timed(async () => await install(names)));
      keep(`again ${name}`, await timed(async () => await install(names)));
      await moveOne();
      keep(`update ${name}`, await timed(async () => await contestant.update()));
      await clear();
      prepare(names.slice(0, 1));
      keep(`one ${name}`, await timed(async () => await install(names.slice(0, 1))));
    }
  }
  const bars: Record<string, string> = { cold: "≥ 7", again: "≥ 100", update: "≥ 10", one: "≥ 1.3" };
  for (const [key, values] of results) {
    const [what = ""] = key.split(" ");
    const ours = results.get(`${what} eden-skills`) ?? [];
    const ratio = median(values.map(({ ms }, n) => ms / (ours[n]?.ms ?? Number.NaN)));
    const bytes = median(values.map((value) => value.bytes)) / 1e6;
    const cpu = median(values.map((value) => value.cpuMs));
    console.log(
      `P14: ${key}: ${ratio.toFixed(1)} times ours (bar ${bars[what]}); ${median(values.map(({ ms }) => ms)).toFixed(0)} ms, CPU ${cpu.toFixed(0)} ms, ${bytes.toFixed(2)} MB`,
    );
  }
  for (const { name, prepare, install } of contestants) {
    await clear();
    prepare(names);
    meter.begin();
    await install(names);
    console.log(`P14: cold ${name}: ${meter.end()}`);
  }
} finally {
  await scene.close();
}
