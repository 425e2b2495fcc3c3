// The other installers of agent skills beside ours, each with its own way to say what is wanted. They come from the npm registry, with the Node
// that the newer of them needs.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeTree } from "../test/helpers/sandbox.js";
import { Meter } from "./meter.js";
import { median } from "./rounds.js";
import type { Scene } from "./scene.js";

export interface Wanted {
  id: string;
  repository: string;
  subpath: string;
}

export interface Contestant {
  name: string;
  /** Writes down what is wanted, for those who read it from a file. */
  prepare(wanted: readonly Wanted[]): void;
  install(wanted: readonly Wanted[]): Promise<void>;
  /** Brings all of it to what is upstream now. */
  update(wanted: readonly Wanted[]): Promise<void>;
}

export interface Cost {
  ms: number;
  /** Of the program and all its children. */
  cpuMs: number;
  bytes: number;
}

const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
const peers = fileURLToPath(new URL("../../node_modules/.cache/bench/peers", import.meta.url));
const node22 = join(peers, "node_modules/node22/bin/node");
const skills = join(peers, "node_modules/skills/bin/cli.mjs");
const dotagents = join(peers, "node_modules/.bin/dotagents");

/** dotagents takes only https: git itself is told where that leads. */
const ELSEWHERE = "https://bench.example/";

/** Everybody, on one machine with one server. */
export class Contest {
  readonly meter: Meter;
  readonly contestants: readonly Contestant[];

  /** @param all everything that the manifest of the scene wants. */
  constructor(
    private readonly scene: Scene,
    all: readonly Wanted[],
  ) {
    if (!existsSync(skills)) fetchPeers();
    this.meter = new Meter(scene.sandbox.root);
    const run = async (command: readonly string[]) => await this.#run(command);
    const urlOf = (repository: string) => `${scene.remote.url}/${repository}.git`;
    const addAll = async (wanted: readonly Wanted[]) => {
      for (const repository of new Set(wanted.map((one) => one.repository))) {
        const ids = wanted.filter((one) => one.repository === repository).flatMap(({ id }) => ["--skill", id]);
        await run([node22, skills, "add", urlOf(repository), "--global", "--agent", "claude-code", ...ids, "--yes"]);
      }
    };
    this.contestants = [
      {
        name: "eden-skills",
        prepare() {},
        install: async (wanted) =>
          await run([
            process.execPath,
            program,
            "apply",
            "--quiet",
            ...(wanted.length === all.length ? [] : wanted.map(({ id }) => id)),
          ]),
        update: async () => await run([process.execPath, program, "update", "--quiet"]),
      },
      // Its own `update` leaves skills of plain git addresses alone: they are added once more.
      { name: "skills", prepare() {}, install: addAll, update: addAll },
      {
        name: "@sentry/dotagents",
        prepare(wanted) {
          const tables = wanted.map(
            ({ id, repository, subpath }) =>
              `[[skills]]\nname = "${id}"\nsource = "git:${ELSEWHERE}${repository}.git"\npath = "${subpath}"\n`,
          );
          const text = `version = 1\nagents = ["claude"]\n\n${tables.join("\n")}`;
          writeFileSync(join(scene.sandbox.project, "agents.toml"), text);
        },
        install: async () => await run([process.execPath, dotagents, "install"]),
        // Its lockfile pins nothing that an install would not look up again.
        update: async () => await run([process.execPath, dotagents, "install"]),
      },
    ];
  }

  /** Makes everything cold, for everybody. */
  async clear(): Promise<void> {
    const { sandbox } = this.scene;
    await this.scene.clear();
    for (const path of [".agents", ".claude", "agents.lock", ".local", ".cache", "skills-lock.json"])
      for (const root of [sandbox.home, sandbox.project]) await removeTree(join(root, path));
  }

  async timed(work: () => Promise<void>): Promise<Cost> {
    const { log } = this.scene.remote.traffic;
    const before = log.length;
    this.meter.cpuMs = 0;
    const began = performance.now();
    await work();
    const ms = performance.now() - began;
    return { ms, cpuMs: this.meter.cpuMs, bytes: log.slice(before).reduce((sum, record) => sum + record.bytes, 0) };
  }

  /** Runs a program to its end. @throws Error with the end of its output when it fails. */
  async #run(command: readonly string[]): Promise<void> {
    const { sandbox, remote } = this.scene;
    const rewrite = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${remote.url}/.insteadOf`,
      GIT_CONFIG_VALUE_0: ELSEWHERE,
    };
    const own = { DISABLE_TELEMETRY: "1", DO_NOT_TRACK: "1", CI: "1" };
    const child = spawn("bash", ["-c", '"$@"; code=$?; times >&3; exit $code', "bash", ...command], {
      cwd: sandbox.project,
      env: sandbox.environment({ ...own, ...rewrite, ...this.meter.env }),
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    let output = "";
    let times = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stdio[3]?.on("data", (chunk: Buffer) => (times += chunk.toString()));
    const stop = this.meter.watch(child.pid ?? 0);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    stop();
    for (const [, minutes, seconds] of times.split("\n")[1]?.matchAll(/(\d+)m([\d.]+)s/gu) ?? [])
      this.meter.cpuMs += Number(minutes) * 60_000 + Number(seconds) * 1000;
    if (code !== 0) throw new Error(`${command.slice(0, 9).join(" ")}: exit ${code}\n${output.slice(-2000)}`);
  }
}

/** Costs by what was done and by whom, as lines; `bars` by what was done. */
export class Costs {
  readonly #all = new Map<string, Map<string, Cost[]>>();

  add(what: string, name: string, cost: Cost): void {
    const rows = this.#all.get(what) ?? new Map<string, Cost[]>();
    this.#all.set(what, rows.set(name, [...(rows.get(name) ?? []), cost]));
  }

  lines(bars: Readonly<Record<string, string>>): string[] {
    return [...this.#all].flatMap(([what, rows]) => {
      const ours = rows.get("eden-skills") ?? [];
      return [...rows].map(([name, values]) => {
        const of = (pick: (cost: Cost) => number) => median(values.map((value) => pick(value)));
        const ratio = median(values.map(({ ms }, n) => ms / (ours[n]?.ms ?? Number.NaN)));
        const bar = name === "eden-skills" || bars[what] === undefined ? "" : ` (bar ${bars[what]})`;
        const raw = `${of(({ ms }) => ms).toFixed(0)} ms, CPU ${of(({ cpuMs }) => cpuMs).toFixed(0)} ms`;
        return `${what}, ${name}: ${ratio.toFixed(1)} times ours${bar}; ${raw}, ${(of(({ bytes }) => bytes) / 1e6).toFixed(2)} MB`;
      });
    });
  }
}

function fetchPeers(): void {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, "package.json"), '{"private":true}');
  const packages = ["skills@latest", "@sentry/dotagents@latest", "node22@npm:node@22"];
  execFileSync("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: peers, stdio: "ignore" });
}
