// The repositories, the server and the machine that a measurement of cold runs needs.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { createRepository, type Repository } from "../test/helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../test/helpers/http-remote.js";
import { manifestOf, skillText } from "../test/helpers/manifest-of.js";
import { createSandbox, removeTree, type Sandbox } from "../test/helpers/sandbox.js";

export interface Scene {
  sandbox: Sandbox;
  remote: HttpRemote;
  /** By name. */
  repositories: ReadonlyMap<string, Repository>;
  /** Makes everything cold: no store, no mirrors, no targets, no lockfile. */
  clear(): Promise<void>;
  /** Milliseconds of one whole run of the program. @throws Error when it fails. */
  run(...args: string[]): Promise<number>;
  apply(...flags: string[]): Promise<number>;
  close(): Promise<void>;
}

/** Text that hardly compresses, the same on every machine. */
export function noise(seed: string, bytes: number): string {
  let text = "";
  for (let n = 0; text.length < bytes; n++) text += createHash("sha512").update(`${seed} ${n}`).digest("base64");
  return text.slice(0, bytes);
}

/** Files beside the skills of a repository. */
export function ballast(seed: string, files: number, bytesEach: number): Record<string, string> {
  const names = Array.from({ length: files }, (_, n) => `src/part-${n % 40}/file-${n}.txt`);
  return Object.fromEntries(names.map((name) => [name, noise(seed + name, bytesEach)]));
}

/** A skill of four files and about 20 KB. */
export function skillFiles(directory: string, id: string): Record<string, string> {
  return {
    [`${directory}/SKILL.md`]: skillText(id),
    [`${directory}/reference.md`]: noise(`${id} reference`, 12_000),
    [`${directory}/examples/one.md`]: noise(`${id} one`, 4_000),
    [`${directory}/examples/two.md`]: noise(`${id} two`, 4_000),
  };
}

/** Repositories by name, each with its files and the skills (id → subpath) that the manifest wants of it. */
export async function makeScene(
  repositories: Record<string, { files: Record<string, string>; skills: Record<string, string> }>,
  latencyMs: number,
): Promise<Scene> {
  const sandbox = createSandbox();
  const made = new Map<string, Repository>();
  for (const [name, { files }] of Object.entries(repositories))
    made.set(name, await createRepository(join(sandbox.root, `served/${name}.git`), { files }));
  const remote = await startHttpRemote({ root: join(sandbox.root, "served"), latencyMs, record: true });
  const skills = Object.entries(repositories).flatMap(([name, one]) =>
    Object.entries(one.skills).map(([id, subpath]) => ({ id, repo: `${remote.url}/${name}.git`, subpath })),
  );
  sandbox.writeManifest(manifestOf(skills));
  const run = async (...args: string[]) => {
    const result = await sandbox.run(args, { timeoutMs: 300_000 });
    if (result.code !== 0) throw new Error(result.stdout + result.stderr);
    return result.elapsedMs;
  };
  return {
    sandbox,
    remote,
    repositories: made,
    async clear() {
      for (const path of [
        sandbox.storage,
        join(sandbox.home, ".claude"),
        sandbox.lockfilePath,
        join(sandbox.root, "raw"),
      ])
        await removeTree(path);
    },
    run,
    apply: async (...flags) => await run("apply", "--quiet", ...flags),
    async close() {
      await remote.close();
      await sandbox.dispose();
    },
  };
}
