import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";
import type { HostileSkill } from "../corpus/corpus.js";
import { HOLDOUT } from "../corpus/hostile-holdout.js";
import { TUNED } from "../corpus/hostile-tuned.js";

const use = useSandbox();

/** The skill as files of a repository, with scripts that leave a file where they are run. */
function filesOf({ id, files, links = {} }: HostileSkill, canary: string): Files {
  const command = `touch ${JSON.stringify(canary)}\n`;
  return Object.fromEntries([
    ...Object.entries(files).map(([path, content]) => [`${id}/${path}`, content] as const),
    ...Object.entries(links).map(([path, text]) => [`${id}/${path}`, { symlink: text }] as const),
    [`${id}/install.sh`, { content: `#!/bin/sh\n${command}`, executable: true }] as const,
    [`${id}/notes/a.txt`, "::set-env name=A::b\n\u001b]0;title\u0007\n"] as const,
    // Such a name is refused; the other skills are installed.
    ...(id.startsWith("h-") ? [] : [[`${id}/::error::x.txt`, "x\n"] as const]),
    ...(id.startsWith("t-py") ? [[`${id}/\u001b[31m.txt`, "x\n"] as const] : []),
  ]);
}

it("the hostile corpus writes only below its own directories, runs nothing and prints nothing that obeys [R-AUDIT-41] [R-THREAT-42] [R-THREAT-56]", async () => {
  const sandbox = use.sandbox();
  const all = [...TUNED, ...HOLDOUT];
  expect(all.length).toBeGreaterThanOrEqual(60);
  const canary = join(sandbox.root, "canary");
  const repos = await Promise.all(
    all.map(async (skill) => {
      const dir = join(sandbox.root, "repos", `${skill.id}.git`);
      return (await createRepository(dir, { files: filesOf(skill, canary) })).dir;
    }),
  );
  sandbox.writeManifest(manifestOf(all.map(({ id }, index) => ({ id, repo: `file://${repos[index]}`, subpath: id }))));
  const list = (directory: string) =>
    readdirSync(directory, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) =>
      relative(directory, join(parentPath, name)),
    );
  const before = new Set(list(sandbox.home));
  const runs = [];
  for (const args of [["apply"], ["list"], ["audit"], ["doctor"], ["audit", "--format", "sarif"]])
    runs.push(await sandbox.run(args));
  // Links that lead out, and names with control characters or colons, may be refused.
  const installed = readdirSync(join(sandbox.home, ".claude/skills"));
  expect(installed.length).toBeGreaterThanOrEqual(HOLDOUT.length);
  expect(installed).not.toContain("t-link");
  const outside = list(sandbox.home)
    .filter((path) => !before.has(path))
    .filter((path) => !/^\.claude(?:\/skills(?:\/[\w-]+(?:\/.*)?)?)?$/su.test(path))
    .filter((path) => !path.startsWith(".eden-skills"));
  expect(outside).toEqual([]);
  expect(readdirSync(sandbox.root)).not.toContain("canary");
  for (const { stdout, stderr } of runs) {
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(`${stdout}${stderr}`).not.toMatch(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u{e0000}-\u{e007f}]/u,
    );
    expect(`${stdout}\n${stderr}`).not.toMatch(/^\s*::/mu);
  }
});
