// A fleet of machines with empty stores: one registry against git. First one machine on a line of 40 ms and 100 Mbit/s, from the registry and from
// git in turn. Then 10, 100 and 500 machines, eight at a time, from the registry, and as a comparison 10 and 100 from git.
// Git server and registry are processes of their own, so that their processor time is known.
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository } from "../test/helpers/git-repository.js";
import { startHttpRemote } from "../test/helpers/http-remote.js";
import { manifestOf } from "../test/helpers/manifest-of.js";
import { startRegistry } from "../test/helpers/oci-registry.js";
import { startRegistryProxy } from "../test/helpers/registry-proxy.js";
import { startRunners } from "../test/helpers/runners.js";
import { createSandbox } from "../test/helpers/sandbox.js";
import { interleave, median, row, type Run } from "./rounds.js";
import { smallSkill } from "./scene.js";

const FLEETS = (process.env["EDEN_FLEETS"] ?? "10,100,500").split(",").map(Number);
const ROUNDS = 7;
const REPOSITORIES = 10;
const SKILLS = 3;
const AT_ONCE = 8;
const LATENCY_MS = 40;
const BYTES_PER_SECOND = 12_500_000;

/** What the git server says when it is asked. */
interface Served {
  port?: number;
  requests: number;
  bytes: number;
}

/** The git server of this measurement, which counts since the last question. */
async function serveGit(root: string): Promise<void> {
  const remote = await startHttpRemote({ root, latencyMs: LATENCY_MS, bytesPerSecond: BYTES_PER_SECOND });
  process.on("message", () => {
    process.send?.({ requests: remote.traffic.count(), bytes: remote.traffic.bytesSent() } satisfies Served);
    remote.traffic.reset();
  });
  process.send?.({ port: Number(new URL(remote.url).port), requests: 0, bytes: 0 } satisfies Served);
}

/** Milliseconds of processor time of a process and its ended children; a step is 10 ms. */
function cpuMsOf(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ");
  return (
    10 *
    fields
      .split(" ")
      .slice(11, 15)
      .map(Number)
      .reduce((sum, one) => sum + one, 0)
  );
}

async function answerOf(server: ChildProcess): Promise<Served> {
  return await new Promise((resolve) => server.once("message", (message) => resolve(message as Served)));
}

async function measure(): Promise<void> {
  const sandbox = createSandbox();
  const root = join(sandbox.root, "served");
  const names = Array.from({ length: REPOSITORIES }, (_, n) => `repo-${n}`);
  const ids = names.flatMap((name) => Array.from({ length: SKILLS }, (_, n) => ({ id: `${name}-${n}`, name })));
  for (const name of names) {
    const own = ids
      .filter((one) => one.name === name)
      .flatMap(({ id }) =>
        Object.entries(smallSkill(id)).map(([path, content]) => [`skills/${id}/${path}`, content] as const),
      );
    await createRepository(join(root, `${name}.git`), { files: Object.fromEntries(own) });
  }
  const server = fork(join(import.meta.dirname, "fleet.bench.ts.mjs"), {
    env: { ...process.env, EDEN_BENCH_GIT_ROOT: root },
  });
  const { port } = await answerOf(server);
  const registry = await startRegistry();
  const proxy = await startRegistryProxy(registry.host);
  const skills = ids.map(({ id, name }) => ({
    id,
    repo: `http://127.0.0.1:${port}/${name}.git`,
    subpath: `skills/${id}`,
  }));
  const withStore = manifestOf(
    skills,
    `scope = "global"\n\n[store]\nremote = "oci://${proxy.host}/bench/fleet"\ntimeout = "60s"`,
  );
  const withoutStore = manifestOf(skills);
  const write = (manifest: string) => sandbox.writeManifest(manifest);
  write(withStore);
  for (const args of [["apply"], ["warm", "--push"]]) {
    const { code, stdout } = await sandbox.run(args);
    if (code !== 0) throw new Error(stdout);
  }
  proxy.latencyMs = LATENCY_MS;
  proxy.line.bytesPerSecond = BYTES_PER_SECOND;

  /** Runs a fleet. @throws Error when a machine fails, or not all came from where it should. */
  const fleet = async (count: number, from: "registry" | "git"): Promise<Run & { wallMs: number }> => {
    write(from === "registry" ? withStore : withoutStore);
    proxy.log.length = 0;
    proxy.bytes = 0;
    server.send("reset");
    await answerOf(server);
    const [gitBefore, registryBefore] = [cpuMsOf(server.pid ?? 0), cpuMsOf(registry.pid)];
    const times: number[] = [];
    const began = performance.now();
    await startRunners({
      project: sandbox,
      count,
      atOnce: AT_ONCE,
      args: ["apply", "--frozen", "--json"],
      ended: async (_, result) => {
        const report = result.code === 0 ? result.json() : null;
        const stored = report?.skills.filter(({ sync }: any) => sync.from_remote_store === true).length;
        if (stored !== (from === "registry" ? ids.length : 0)) throw new Error(result.stdout.slice(0, 2000));
        times.push(result.elapsedMs);
        return await Promise.resolve();
      },
    });
    const wallMs = performance.now() - began;
    server.send("count");
    const served = await answerOf(server);
    const cpu = { git: cpuMsOf(server.pid ?? 0) - gitBefore, registry: cpuMsOf(registry.pid) - registryBefore };
    if (from === "registry" && served.requests > 0) throw new Error(`the git server got ${served.requests} requests`);
    const bytes = from === "registry" ? proxy.bytes : served.bytes;
    if (count > 1)
      console.log(
        `  ${count} machines from ${from}: ${(wallMs / 1000).toFixed(1)} s; median of a machine ${median(times).toFixed(0)} ms; ` +
          `requests: registry ${proxy.log.length}, git ${served.requests}; ${(bytes / 1e6).toFixed(1)} MB; ` +
          `CPU: registry ${(cpu.registry / 1000).toFixed(2)} s, git server ${(cpu.git / 1000).toFixed(2)} s`,
      );
    return { ms: median(times), bytes, wallMs };
  };
  try {
    await fleet(1, "registry");
    const one = async (from: "registry" | "git") => {
      const { ms, bytes = 0 } = await fleet(1, from);
      return { ms, bytes };
    };
    const rounds = await interleave(ROUNDS, {
      registry: async () => await one("registry"),
      git: async () => await one("git"),
    });
    rounds.print();
    const what = `${ids.length} skills of ${REPOSITORIES} repositories, ${LATENCY_MS} ms, 100 Mbit/s`;
    row(`one machine, ${what}: registry against git`, rounds.ratios("registry", "git"), "none");
    for (const count of FLEETS) await fleet(count, "registry");
    for (const count of FLEETS.slice(0, 2)) await fleet(count, "git");
  } finally {
    server.kill();
    await proxy.close();
    await registry.close();
    await sandbox.dispose();
  }
}

const served = process.env["EDEN_BENCH_GIT_ROOT"];
await (served === undefined ? measure() : serveGit(served));
