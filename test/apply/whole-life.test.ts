import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { makeCollection } from "../helpers/collection.js";
import { removeTree } from "../helpers/sandbox.js";
import { gitTree, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Findings that say that something is wrong here, and not that a skill is as its author made it. */
async function errors(sandbox: ReturnType<typeof use.sandbox>): Promise<string[]> {
  const { findings } = (await sandbox.run(["doctor", "--json", "--no-warning"])).json();
  return findings.map(({ code }: { code: string }) => code);
}

it("a clean home, whole collections of many layouts installed, damaged in each way, mended, updated, rolled back, removed [R-SOURCE-02] [R-DOCTOR-02] [R-REPAIR-01]", async () => {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 6, skills: 18 });
  const remote = await use.remote(sandbox);
  const skills = join(sandbox.home, ".claude/skills");
  for (const repository of collection.repositories.keys()) {
    const done = await sandbox.run(["install", `${remote.url}/${repository}`, "--all", "--json"]);
    expect(done.code, done.stdout + done.stderr).toBe(0);
  }
  expect(readdirSync(skills).toSorted()).toEqual(collection.skills.map(({ id }) => id).toSorted());
  for (const { id, repository, subpath, commit } of collection.skills) {
    const there = collection.repositories.get(repository);
    expect(await readTree(join(skills, id)), id).toEqual(await gitTree(there?.gitDir ?? "", commit, subpath));
  }
  expect(await errors(sandbox)).toEqual([]);

  const [first, second, third] = readdirSync(skills).map((name) => join(skills, name)) as [string, string, string];
  const { realpathSync } = await import("node:fs");
  const lockfile = join(sandbox.home, ".eden-skills/skills.lock");
  const locked = readFileSync(lockfile, "utf8");
  const damages: [string, () => void | Promise<void>][] = [
    ["TARGET_MISSING", () => unlinkSync(first)],
    ["BROKEN_SYMLINK", async () => await removeTree(dirname(realpathSync(second)))],
    ["SOURCE_MISSING", async () => await removeTree(dirname(realpathSync(third)))],
    [
      "STORE_CORRUPT",
      () => {
        const file = join(realpathSync(first), "SKILL.md");
        chmodSync(file, 0o644);
        writeFileSync(file, "changed\n");
      },
    ],
    [
      "TARGET_MISMATCH",
      () => {
        const other = realpathSync(second);
        unlinkSync(first);
        symlinkSync(other, first);
      },
    ],
    ["LOCK_OUT_OF_DATE", () => writeFileSync(lockfile, `${locked}nonsense`)],
    ["TARGET_MISSING", () => rmSync(skills, { recursive: true })],
  ];
  for (const [code, damage] of damages) {
    await damage();
    expect(await errors(sandbox), code).toContain(code);
    const repaired = await sandbox.run(["repair"]);
    expect(repaired.code, `${code}\n${repaired.stdout}`).toBe(0);
    expect(await errors(sandbox), code).toEqual([]);
    expect(readFileSync(lockfile, "utf8"), code).toBe(locked);
  }

  const [name, repository] = [...collection.repositories][0] ?? [];
  const changed = collection.skills.find((skill) => skill.repository === name);
  const note = changed?.subpath === "." ? "new.md" : `${changed?.subpath}/new.md`;
  await repository?.commit({ files: { [note]: "new\n" } });
  expect((await sandbox.run(["outdated", "--strict"])).code).toBe(3);
  expect((await sandbox.run(["update"])).code).toBe(0);
  expect(readFileSync(join(skills, changed?.id ?? "", "new.md"), "utf8")).toBe("new\n");
  expect((await sandbox.run(["rollback"])).code).toBe(0);
  expect(readdirSync(join(skills, changed?.id ?? ""))).not.toContain("new.md");
  expect(readFileSync(lockfile, "utf8")).toBe(locked);
  expect((await sandbox.run(["remove", ...collection.skills.map(({ id }) => id)])).code).toBe(0);
  expect(readdirSync(skills)).toEqual([]);
  expect(await errors(sandbox)).toEqual([]);
});
