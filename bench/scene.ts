// The repositories, the server and the machine that a measurement needs. Every run of a scene is checked: what it installed is what was committed.
import { deepStrictEqual } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRepository, type Repository } from "../test/helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../test/helpers/http-remote.js";
import { manifestOf, skillText } from "../test/helpers/manifest-of.js";
import { createSandbox, removeTree, type Sandbox } from "../test/helpers/sandbox.js";
import { noise } from "../test/helpers/seeded.js";
import { gitTree, namesIn, readTree, type TreeEntry } from "../test/helpers/tree.js";
import { childrenCpuMs } from "./cpu.js";
import { rawGit, type Recipe } from "./raw-git.js";
import type { Run } from "./rounds.js";

type Files = Record<string, string>;

/** A repository: its skills by id, each in `skills/<id>` with these files, and the files beside them. */
export interface RepositorySpec {
  skills: Record<string, Files>;
  beside?: Files;
}

const usageHook = fileURLToPath(new URL("../../bench/usage.cjs", import.meta.url));

/** The lines on which cold runs are measured, in bytes per second. */
const LINES = { "free line": Infinity, "100 Mbit/s": 12_500_000 };

export class Scene {
  readonly #trees = new Map<string, TreeEntry[]>();

  private constructor(
    readonly sandbox: Sandbox,
    readonly remote: HttpRemote,
    private readonly repositories: ReadonlyMap<string, Repository>,
    private readonly idsOf: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** Makes the repositories (by name), a server that adds `latencyMs` to every request, and the manifest of all skills. */
  static async make(specs: Record<string, RepositorySpec>, latencyMs: number): Promise<Scene> {
    const sandbox = createSandbox();
    const repositories = new Map<string, Repository>();
    for (const [name, { skills, beside }] of Object.entries(specs)) {
      const files = Object.entries(skills).flatMap(([id, one]) =>
        Object.entries(one).map(([path, content]) => [`skills/${id}/${path}`, content]),
      );
      const all = { ...beside, ...Object.fromEntries(files) };
      repositories.set(name, await createRepository(join(sandbox.root, `served/${name}.git`), { files: all }));
    }
    const remote = await startHttpRemote({ root: join(sandbox.root, "served"), latencyMs, record: true });
    const idsOf = new Map(Object.entries(specs).map(([name, { skills }]) => [name, Object.keys(skills)]));
    const scene = new Scene(sandbox, remote, repositories, idsOf);
    sandbox.writeManifest(manifestOf(scene.skills.map(({ id, url }) => ({ id, repo: url, subpath: `skills/${id}` }))));
    for (const name of repositories.keys()) await scene.#learn(name);
    return scene;
  }

  get skills(): { id: string; repository: string; url: string }[] {
    return [...this.idsOf].flatMap(([repository, ids]) =>
      ids.map((id) => ({ id, repository, url: `${this.remote.url}/${repository}.git` })),
    );
  }

  /** Does the work once for each line. */
  async onEachLine(work: (line: string) => Promise<void>): Promise<void> {
    for (const [name, bytesPerSecond] of Object.entries(LINES)) {
      this.remote.line.bytesPerSecond = bytesPerSecond;
      await work(name);
    }
  }

  /** Makes everything cold: no store, no mirrors, no targets, no lockfile. */
  async clear(): Promise<void> {
    const { sandbox } = this;
    for (const path of [sandbox.storage, join(sandbox.home, ".claude"), sandbox.lockfilePath]) await removeTree(path);
  }

  /** One run of the program. @throws Error when it fails. */
  async run(...args: string[]): Promise<Run> {
    const usage = join(this.sandbox.root, "usage");
    rmSync(usage, { force: true });
    this.remote.traffic.reset();
    const env = { NODE_OPTIONS: `--require=${usageHook}`, EDEN_BENCH_USAGE: usage };
    const before = childrenCpuMs();
    const result = await this.sandbox.run([...args, "--quiet"], { env, timeoutMs: 300_000 });
    if (result.code !== 0) throw new Error(result.stdout + result.stderr);
    const processes = readFileSync(usage, "latin1")
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map(Number));
    return {
      ms: result.elapsedMs,
      cpuMs: childrenCpuMs() - before,
      ...this.traffic(),
      nodeCpuMs: processes.reduce((sum, [cpuMs = 0]) => sum + cpuMs, 0),
      peakMib: processes.reduce((sum, [, mib = 0]) => sum + mib, 0),
    };
  }

  /** A cold `apply` of all or of some skills, checked. */
  async cold(flags: readonly string[] = [], only?: readonly string[]): Promise<Run> {
    await this.clear();
    const run = await this.run("apply", ...(only ?? []), ...flags);
    await this.check(only);
    return run;
  }

  /** The same by git alone, each repository by itself, so many at once, checked if the recipe installs. */
  async raw(recipe: Recipe, inFlight: number): Promise<Run> {
    const root = join(this.sandbox.root, "raw");
    await removeTree(root);
    this.remote.traffic.reset();
    const urls = new Map(this.skills.map(({ repository, url }) => [repository, url]));
    const before = childrenCpuMs();
    const ms = await rawGit({ sandbox: this.sandbox, root, recipe, inFlight, urls });
    const run = { ms, cpuMs: childrenCpuMs() - before, ...this.traffic() };
    if (recipe !== "clone" && recipe !== "lsRemote")
      for (const [name, ids] of this.idsOf) await this.check(ids, join(root, name, "skills"));
    return run;
  }

  /** @throws AssertionError unless a directory (default ours) holds exactly these skills (default all), as they were committed. */
  async check(
    ids: readonly string[] = this.skills.map(({ id }) => id),
    directory = join(this.sandbox.home, ".claude/skills"),
  ): Promise<void> {
    deepStrictEqual(await namesIn(directory), ids.toSorted());
    for (const id of ids) deepStrictEqual(await readTree(join(directory, id)), this.#trees.get(id));
  }

  /** One more commit of a repository, with these files. The server answers from memory again for all the others. */
  async commit(name: string, files: Files): Promise<void> {
    await this.repositories.get(name)?.commit({ files });
    this.remote.forget();
    await this.#learn(name);
  }

  async close(): Promise<void> {
    await this.remote.close();
    await this.sandbox.dispose();
  }

  /** What the server has sent since `remote.traffic` was reset. */
  traffic(): Omit<Run, "ms"> {
    const { traffic } = this.remote;
    return {
      bytes: traffic.bytesSent(),
      fetches: traffic.count({ kind: "fetch" }),
      live: traffic.log.filter(({ recorded }) => !recorded).length,
    };
  }

  /** Reads what the repository's skills consist of. */
  async #learn(name: string): Promise<void> {
    const all = await gitTree(this.repositories.get(name)?.dir ?? "", "HEAD", "skills");
    for (const id of this.idsOf.get(name) ?? []) {
      const own = all.filter(({ path }) => path.startsWith(`${id}/`));
      this.#trees.set(
        id,
        own.map((entry) => ({ ...entry, path: entry.path.slice(id.length + 1) })),
      );
    }
  }
}

/** Text that hardly compresses, the same on every machine. */
export function text(seed: string, bytes: number): string {
  return noise(seed, Math.ceil((bytes * 3) / 4))
    .toString("base64")
    .slice(0, bytes);
}

/** Files beside the skills of a repository. */
export function ballast(seed: string, files: number, bytesEach: number): Files {
  const names = Array.from({ length: files }, (_, n) => `src/part-${n % 40}/file-${n}.txt`);
  return Object.fromEntries(names.map((name) => [name, text(seed + name, bytesEach)]));
}

/** A 20 KB skill in a repository of 100 MB of small files. */
export function monorepo(): RepositorySpec {
  return { skills: { one: smallSkill("one") }, beside: ballast("mono", 12_500, 8_000) };
}

/** The files of a skill: four small ones, 20 KB in all. */
export function smallSkill(id: string): Files {
  return {
    "SKILL.md": skillText(id),
    "reference.md": text(`${id} reference`, 12_000),
    "examples/one.md": text(`${id} one`, 4_000),
    "examples/two.md": text(`${id} two`, 4_000),
  };
}

/** The files of a usual skill: small ones and one of 48 KB, so that they are on both sides of any threshold. */
export function skill(id: string): Files {
  return { ...smallSkill(id), "assets/table.txt": text(`${id} table`, 48_000) };
}
