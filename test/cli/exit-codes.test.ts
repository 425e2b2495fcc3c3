import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { createRegistry } from "../helpers/registry.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

interface Machine extends Sandbox {
  /** With the skills `a` and `b`. */
  repository: Repository;
  /** Its address. */
  repo: string;
  /** Nothing is at the address any more. */
  takeAway(): void;
  /** Applies a manifest of these skills, which must work. */
  applied(mode?: "symlink" | "copy", ids?: readonly string[]): Promise<void>;
  write(file: string, content: unknown): void;
}

async function machine(): Promise<Machine> {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
  });
  const repo = `file://${repository.dir}`;
  mkdirSync(join(sandbox.home, ".claude"));
  return {
    ...sandbox,
    repository,
    repo,
    takeAway: () => renameSync(repository.dir, `${repository.dir}.gone`),
    async applied(mode = "symlink", ids = ["a", "b"]) {
      sandbox.writeManifest(manifestOf(ids.map((id) => ({ id, repo, subpath: id, mode }))));
      expect((await sandbox.run(["apply"])).code).toBe(0);
    },
    write: (file, content) =>
      writeFileSync(join(sandbox.project, file), typeof content === "string" ? content : JSON.stringify(content)),
  };
}

const copyOf = ({ home }: Sandbox, id: string) => join(home, ".claude/skills", id, "SKILL.md");
const lockOf = (skills: object) => ({ version: 1, skills });
const git = (source: string, skill?: string) => ({
  source,
  sourceType: "git",
  ...(skill !== undefined && { skillPath: `${skill}/SKILL.md` }),
});
const registries = (...urls: string[]) =>
  `version = 1\n${urls.map((url, index) => `[registries.r${index}]\nurl = "${url}"\n`).join("")}`;

async function registry({ root, repo }: Machine, name: string): Promise<string> {
  const skill = {
    name: "pdf",
    description: "Fills forms",
    repo,
    subpath: "a",
    versions: [{ version: "1.0.0", ref: "main" }],
  };
  const { repository } = await createRegistry(join(root, `served/${name}.git`), { name, skills: [skill] });
  return `file://${repository.dir}`;
}

/** What is on the machine, what is run, and how that ends. */
type Case = [title: string, prepare: (machine: Machine) => unknown, args: string[], code: number, holds?: unknown];

const CASES: Case[] = [
  [
    "import whose source cannot be reached [R-IMPORT-07]",
    ({ repo, write }) => write("skills-lock.json", lockOf({ a: git(repo), x: git("file:///nowhere") })),
    ["import", "--target", "claude-code", "--project"],
    1,
    { imported: ["a"], skipped: [{ id: "x", code: "FETCH_NOT_FOUND" }] },
  ],
  [
    "import offline of what must be looked up [R-IMPORT-07]",
    ({ repo, write }) => write("skills-lock.json", lockOf({ a: git(repo) })),
    ["import", "--target", "claude-code", "--project", "--offline"],
    1,
    { imported: [], skipped: [{ id: "a", code: "OFFLINE_MISS" }] },
  ],
  [
    "import that clashes with the manifest [R-IMPORT-06]",
    ({ repo, write, writeManifest }) => {
      writeManifest(manifestOf([{ id: "a", repo: "https://example.com/other.git" }]));
      write("skills-lock.json", lockOf({ a: git(repo, "a"), b: git(repo, "b") }));
    },
    ["import", "--target", "claude-code"],
    3,
    { imported: ["b"], skipped: [{ id: "a" }] },
  ],
  [
    "import that clashes and whose source cannot be reached [R-IMPORT-07]",
    ({ repo, write, writeManifest }) => {
      writeManifest(manifestOf([{ id: "a", repo: "https://example.com/other.git" }]));
      write("skills-lock.json", lockOf({ a: git(repo, "a"), x: git("file:///nowhere") }));
    },
    ["import", "--target", "claude-code"],
    1,
    { imported: [], skipped: [{ id: "x" }, { id: "a" }] },
  ],
  ["import without anything to import [R-IMPORT-06]", () => {}, ["import"], 2, { error: { code: "IMPORT_NOT_FOUND" } }],
  [
    "import of a file that no tool writes [R-IMPORT-06]",
    ({ write }) => write("skills-lock.json", "[]"),
    ["import"],
    2,
    { error: { code: "IMPORT_INVALID" } },
  ],
  [
    "config import that clashes [R-IMPORT-03]",
    ({ repo, write, writeManifest }) => {
      writeManifest(manifestOf([{ id: "a", repo: "https://example.com/other.git" }]));
      write("other.toml", manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: id }))));
    },
    ["config", "import", "--from", "other.toml"],
    3,
    { imported: ["b"], skipped: [{ id: "a" }] },
  ],
  [
    "config import of what is there [R-IMPORT-03]",
    ({ repo, write, writeManifest }) => {
      const text = manifestOf([{ id: "a", repo, subpath: "a" }]);
      writeManifest(text);
      write("other.toml", text);
    },
    ["config", "import", "--from", "other.toml"],
    0,
    { imported: [] },
  ],
  [
    "config import of a manifest that is invalid [R-IMPORT-03]",
    ({ write }) => write("other.toml", "version = 1\n[[skills]]\n"),
    ["config", "import", "--from", "other.toml"],
    2,
    { error: {} },
  ],
  [
    "search when one registry cannot be asked: the results of the others [R-REGISTRY-10]",
    async (found) => found.writeManifest(registries("file:///nowhere", await registry(found, "good"))),
    ["search", "pdf"],
    1,
    { results: [{ name: "pdf", registry: "r1" }] },
  ],
  [
    "search that finds nothing [R-REGISTRY-10]",
    async (found) => found.writeManifest(registries(await registry(found, "good"))),
    ["search", "spreadsheet"],
    0,
    { results: [] },
  ],
  [
    "registry update when one fails: the others are updated [R-REGISTRY-01]",
    async (found) => found.writeManifest(registries("file:///nowhere", await registry(found, "good"))),
    ["registry", "update"],
    1,
    { failed: 1, registries: [{ status: "failed" }, { status: "cloned" }] },
  ],
  [
    "registry update of an unknown one [R-REGISTRY-01]",
    async (found) => found.writeManifest(registries(await registry(found, "good"))),
    ["registry", "update", "r7"],
    2,
    { error: { code: "UNKNOWN_REGISTRY" } },
  ],
  ["outdated when nothing moved [R-UPDATE-01]", ({ applied }) => applied(), ["outdated", "--strict"], 0, { count: 2 }],
  [
    "outdated when something moved [R-UPDATE-01]",
    async ({ applied, repository }) => {
      await applied();
      await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
    },
    ["outdated"],
    0,
    { skills: [{ status: "outdated" }, { status: "current" }] },
  ],
  [
    "outdated --strict when something moved [R-UPDATE-01]",
    async ({ applied, repository }) => {
      await applied();
      await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
    },
    ["outdated", "--strict"],
    3,
    { skills: [{ status: "outdated" }, { status: "current" }] },
  ],
  [
    "outdated --strict when a source cannot be reached [R-UPDATE-01]",
    async ({ applied, takeAway }) => {
      await applied();
      takeAway();
    },
    ["outdated", "--strict"],
    1,
    { skills: [{ status: "unreachable" }, { status: "unreachable" }] },
  ],
  [
    "warm when some skills fail [R-WARM-04]",
    ({ repo, writeManifest }) =>
      writeManifest(
        manifestOf([
          { id: "a", repo, subpath: "a" },
          { id: "x", repo: "file:///nowhere" },
        ]),
      ),
    ["warm"],
    0,
    { exit_code: 0, summary: { warm: { hydrated: 1, failed: 1 } } },
  ],
  [
    "warm when all skills fail [R-WARM-04]",
    ({ writeManifest }) => writeManifest(manifestOf([{ id: "x", repo: "file:///nowhere" }])),
    ["warm"],
    1,
    { exit_code: 1, outcome: "failed", summary: { warm: { failed: 1 } } },
  ],
  [
    "warm --bundle without a lockfile [R-WARM-06]",
    ({ repo, writeManifest }) => writeManifest(manifestOf([{ id: "a", repo, subpath: "a" }])),
    ["warm", "--bundle", "b.tgz"],
    3,
    { error: { code: "LOCK_OUT_OF_DATE" } },
  ],
  [
    "rollback without an earlier state [R-HISTORY-05]",
    ({ applied }) => applied(),
    ["rollback"],
    2,
    { error: { code: "UNKNOWN_RECORD" } },
  ],
  [
    "rollback over an edited copy [R-HISTORY-09]",
    async (found) => {
      await found.applied("copy");
      await found.applied("copy", ["a"]);
      await found.repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
      expect((await found.run(["update"])).code).toBe(0);
      appendFileSync(copyOf(found, "a"), "edited");
    },
    ["rollback", "1"],
    3,
    {
      exit_code: 3,
      skills: [
        { id: "a", status: "conflict" },
        { id: "b", status: "installed" },
      ],
    },
  ],
  [
    "rollback to what is nowhere any more [R-HISTORY-07]",
    async (found) => {
      await found.applied();
      await found.applied("symlink", ["a"]);
      for (const name of ["store", "mirrors"]) rmSync(join(found.storage, name), { recursive: true });
      found.takeAway();
    },
    ["rollback", "1"],
    1,
    { error: { code: "OFFLINE_MISS" } },
  ],
  [
    "repair that leaves an edited copy alone [R-REPAIR-01]",
    async (found) => {
      await found.applied("copy");
      appendFileSync(copyOf(found, "a"), "edited");
    },
    ["repair"],
    3,
    { exit_code: 3, skills: [{ status: "conflict" }, { status: "unchanged" }] },
  ],
  [
    "repair whose source cannot be reached [R-REPAIR-01]",
    async ({ applied, storage, takeAway }) => {
      await applied();
      for (const name of ["store", "mirrors"]) rmSync(join(storage, name), { recursive: true });
      takeAway();
    },
    ["repair"],
    1,
    { exit_code: 1, outcome: "failed" },
  ],
  [
    "lock merge without conflicts [R-MERGE-01]",
    ({ write }) => ["base", "ours", "theirs"].forEach((name) => write(name, "version = 1\n")),
    ["lock", "merge", "base", "ours", "theirs"],
    0,
    { conflicts: [] },
  ],
  [
    "lock merge with a conflict [R-MERGE-01]",
    async ({ applied, lockfilePath, write }) => {
      await applied();
      const text = readFileSync(lockfilePath, "utf8");
      const pinned = (digit: string) =>
        text.replaceAll(/resolved_commit = ".*"/gu, `resolved_commit = "${digit.repeat(40)}"`);
      write("base", text);
      write("ours", pinned("1"));
      write("theirs", pinned("2"));
    },
    ["lock", "merge", "base", "ours", "theirs"],
    1,
    { conflicts: ["a", "b"] },
  ],
  [
    "lock merge of what is no lockfile [R-MERGE-07]",
    ({ write }) =>
      ["base", "ours", "theirs"].forEach((name) => write(name, name === "ours" ? "nonsense" : "version = 1\n")),
    ["lock", "merge", "base", "ours", "theirs"],
    1,
    { error: { code: "LOCK_UNREADABLE" } },
  ],
  [
    "lock merge --install outside of a work tree [R-MERGE-08]",
    ({ applied }) => applied(),
    ["lock", "merge", "--install"],
    2,
    { error: { code: "USAGE" } },
  ],
];

describe("exit codes", () => {
  it.each(CASES)("%s", async (_title, prepare, args, code, holds) => {
    const found = await machine();
    await prepare(found);
    const result = await found.run([...args, "--json"]);
    expect(result.json()).toMatchObject(holds as object);
    expect([result.code, result.json().exit_code ?? code]).toEqual([code, code]);
  });
});
