import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRepository } from "./git-repository.js";
import { manifestOf, skillText } from "./manifest-of.js";
import { createRegistry } from "./registry.js";
import { keepTree, restoreTree } from "./kept-tree.js";
import type { Sandbox } from "./sandbox.js";

/** A sandbox whose home and project can be kept aside and restored. */
export interface KeptSandbox extends Sandbox {
  /** Keeps the present home and project; `restore` returns to them. */
  keep(): void;
  restore(): void;
}

/** A project in which every command has something to do, kept aside. */
export async function busyMachine(sandbox: Sandbox): Promise<KeptSandbox> {
  const { root, project, home } = sandbox;
  const repository = await createRepository(join(root, "served/r.git"), {
    files: {
      "a/SKILL.md": skillText("a"),
      "b/SKILL.md": skillText("b"),
      "b/run": { content: "#!/bin/sh\n", executable: true },
    },
  });
  const repo = `file://${repository.dir}`;
  const entry = { name: "b", description: "B", repo, subpath: "b", versions: [{ version: "1.0.0", ref: "main" }] };
  const registry = await createRegistry(join(root, "served/official.git"), { name: "official", skills: [entry] });
  const head = `scope = "project"\n[registries.official]\nurl = "file://${registry.repository.dir}"`;
  const skills = [
    { id: "a", repo, subpath: "a" },
    { id: "b", repo, subpath: "b", mode: "copy" as const },
  ];
  mkdirSync(join(project, ".git"));
  mkdirSync(join(project, "own/mine"), { recursive: true });
  writeFileSync(join(project, "own/mine/SKILL.md"), skillText("mine"));
  writeFileSync(join(project, "other.toml"), manifestOf([{ id: "c", repo, subpath: "a" }]));
  const lock = { version: 1, skills: { d: { source: repo, sourceType: "git", skillPath: "a/SKILL.md" } } };
  writeFileSync(join(project, "skills-lock.json"), JSON.stringify(lock));
  sandbox.writeManifest(manifestOf(skills.slice(0, 1), head));
  await sandbox.run(["apply"]);
  sandbox.writeManifest(manifestOf(skills, head));
  const second = await sandbox.run(["apply"]);
  if (second.code !== 0) throw new Error(second.stdout + second.stderr);
  cpSync(join(project, "skills.lock"), join(project, "ours"));
  await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer"), "b/SKILL.md": skillText("b", "newer") } });
  const directories = [project, home];
  let kept = directories.map(keepTree);
  const machine: KeptSandbox = {
    ...sandbox,
    keep: () => void (kept = directories.map(keepTree)),
    restore: () => directories.forEach((path, at) => restoreTree(path, kept[at]!)),
  };
  return machine;
}
