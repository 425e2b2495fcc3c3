import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createRepository, type Repository } from "./git-repository.js";
import type { Files } from "./fast-import.js";
import type { HttpRemote } from "./http-remote.js";
import { manifestOf, skillText } from "./manifest-of.js";
import { removeTree, type Sandbox } from "./sandbox.js";
import type { useSandbox } from "./with-sandbox.js";

/** Repositories with skills, and a manifest of them with a remote store. */
export interface Fleet {
  sandbox: Sandbox;
  git: HttpRemote;
  repositories: Repository[];
  /** Ids of the skills, two in each repository. */
  ids: string[];
  /** Writes the manifest anew. @param store lines of `[store]`. */
  manifest(store: string, head?: string): void;
  /** Makes this machine one that has nothing but manifest and lockfile. */
  forget(): Promise<void>;
  /** Runs a command with `--json`. */
  json(...args: string[]): Promise<any>;
  installed(path: string): string;
}

/** @param files further files of each skill. */
export async function makeFleet(
  use: ReturnType<typeof useSandbox>,
  { repositories = 2, files = {}, remote }: { repositories?: number; files?: Files; remote: string },
): Promise<Fleet> {
  const sandbox = use.sandbox();
  const names = Array.from({ length: repositories }, (_, n) => `repo-${n}`);
  const skills = names.flatMap((name) => [`${name}-a`, `${name}-b`].map((id) => ({ id, name })));
  const made: Repository[] = [];
  for (const name of names) {
    const own = skills.filter((skill) => skill.name === name);
    const entries = own.flatMap(({ id }) => [
      [`skills/${id}/SKILL.md`, skillText(id)] as const,
      ...Object.entries(files).map(([path, file]) => [`skills/${id}/${path}`, file] as const),
    ]);
    made.push(await createRepository(join(sandbox.root, `served/${name}.git`), { files: Object.fromEntries(entries) }));
  }
  const git = await use.remote(sandbox);
  const specs = skills.map(({ id, name }) => ({ id, repo: `${git.url}/${name}.git`, subpath: `skills/${id}` }));
  const manifest = (store: string, head = "") =>
    void sandbox.writeManifest(manifestOf(specs, `scope = "global"\n${head}\n[store]\n${store}`));
  manifest(`remote = "${remote}"`);
  return {
    sandbox,
    git,
    repositories: made,
    ids: skills.map(({ id }) => id),
    manifest,
    async forget() {
      await removeTree(sandbox.storage);
      await removeTree(join(sandbox.home, ".claude"));
      git.traffic.reset();
    },
    async json(...args) {
      return (await sandbox.run([...args, "--json"])).json();
    },
    installed: (path) => readFileSync(join(sandbox.home, ".claude/skills", path), "utf8"),
  };
}

/** Locks and pushes all skills, and makes the machine cold. */
export async function pushAll(fleet: Fleet): Promise<void> {
  expect(await fleet.json("apply")).toMatchObject({ exit_code: 0 });
  const pushed = await fleet.json("warm", "--push");
  expect(pushed).toMatchObject({ exit_code: 0, summary: { push: { pushed: fleet.ids.length, failed: 0 } } });
  await fleet.forget();
}
