// The other installers of agent skills beside ours: each on a machine of its own, with its own way to say what is wanted. They come from the
// npm registry, with the Node that the newer of them needs.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSandbox, removeTree, type Sandbox } from "../test/helpers/sandbox.js";
import { childrenCpuMs } from "./cpu.js";
import type { Run } from "./rounds.js";
import type { Scene } from "./scene.js";

/** An installer; every run is checked. `only` are the ids of the wanted skills, default all of the scene. */
export interface Contestant {
  name: string;
  /** Installs on an empty machine. */
  cold(only?: readonly string[]): Promise<Run>;
  /** Installs the same once more. */
  again(only?: readonly string[]): Promise<Run>;
  /** Brings all of it to what is upstream now. */
  update(): Promise<Run>;
  dispose(): Promise<void>;
}

const peers = fileURLToPath(new URL("../../node_modules/.cache/bench/peers", import.meta.url));
const node22 = join(peers, "node_modules/node22/bin/node");

/** dotagents takes only https: git itself leads that to the server. */
const ELSEWHERE = "https://bench.example/";

/** Ours and the others. */
export function contestants(scene: Scene): Contestant[] {
  if (!existsSync(node22)) fetchPeers();
  return [
    {
      name: "eden-skills",
      cold: async (only) => await scene.cold([], only),
      again: async (only = []) => await scene.run("apply", ...only),
      async update() {
        const run = await scene.run("update");
        await scene.check();
        return run;
      },
      dispose: async () => {},
    },
    peer(scene, "skills", async (machine, wanted) => {
      for (const url of new Set(wanted.map((one) => one.url))) {
        const ids = wanted.filter((one) => one.url === url).flatMap(({ id }) => ["--skill", id]);
        const flags = ["--global", "--agent", "claude-code", ...ids, "--yes"];
        await execute(machine, [node22, join(peers, "node_modules/skills/bin/cli.mjs"), "add", url, ...flags]);
      }
      return join(machine.home, ".claude/skills");
    }),
    peer(scene, "@sentry/dotagents", async (machine, wanted) => {
      const tables = wanted.map(
        ({ id, repository }) =>
          `[[skills]]\nname = "${id}"\nsource = "git:${ELSEWHERE}${repository}.git"\npath = "skills/${id}"\n`,
      );
      const text = `version = 1\nagents = ["claude"]\n\n${tables.join("\n")}`;
      writeFileSync(join(machine.project, "agents.toml"), text);
      await execute(machine, [process.execPath, join(peers, "node_modules/.bin/dotagents"), "install"]);
      return join(machine.project, ".agents/skills");
    }),
  ];

  async function execute({ project, environment }: Sandbox, command: readonly string[]): Promise<void> {
    const rewrite = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${scene.remote.url}/.insteadOf`,
      GIT_CONFIG_VALUE_0: ELSEWHERE,
    };
    const env = environment({ DISABLE_TELEMETRY: "1", DO_NOT_TRACK: "1", CI: "1", ...rewrite });
    const [file = "", ...args] = command;
    const child = spawn(file, args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`${command.slice(0, 9).join(" ")}: exit ${code}\n${output.slice(-2000)}`);
  }
}

/** An installer for which an update is one more installation; `install` returns the directory of the skills. */
function peer(
  scene: Scene,
  name: string,
  install: (machine: Sandbox, wanted: Scene["skills"]) => Promise<string>,
): Contestant {
  const machine = createSandbox();
  const measured = async (only?: readonly string[]): Promise<Run> => {
    const wanted = scene.skills.filter(({ id }) => only?.includes(id) ?? true);
    const before = childrenCpuMs();
    scene.remote.traffic.reset();
    const began = performance.now();
    const directory = await install(machine, wanted);
    const run = { ms: performance.now() - began, cpuMs: childrenCpuMs() - before, ...scene.traffic() };
    await scene.check(only, directory);
    return run;
  };
  return {
    name,
    async cold(only) {
      for (const directory of [machine.home, machine.project]) {
        await removeTree(directory);
        mkdirSync(directory);
      }
      return await measured(only);
    },
    again: measured,
    update: async () => await measured(),
    dispose: async () => await machine.dispose(),
  };
}

function fetchPeers(): void {
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, "package.json"), '{"private":true}');
  const packages = ["skills@latest", "@sentry/dotagents@latest", "node22@npm:node@22"];
  execFileSync("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: peers, stdio: "ignore" });
}
