import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { gitText } from "../helpers/git-command.js";
import { TOKEN } from "../helpers/proposal-world.js";
import { ONE, TWO, useSourceKinds, type SourceKind } from "../helpers/source-kinds.js";

const SPEC = fileURLToPath(new URL("../../specs/source-kinds.md", import.meta.url));

/** The first table of the specification: what each operation gives, by kind and operation. */
function tableOf(text: string): Map<string, Map<string, string>> {
  const [table = ""] = /^\|[^]*?(?=\n\n)/mu.exec(text) ?? [];
  const [[, ...operations] = [], , ...kinds] = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
  return new Map(
    kinds.map(([kind = "", ...cells]) => [kind, new Map(operations.map((name, at) => [name, cells[at] ?? ""]))]),
  );
}

const EXPECTED = tableOf(readFileSync(SPEC, "utf8"));
const { kinds, start } = useSourceKinds();

/** These have an engine of their own; the others are what one of them is after `install`. */
const WHOLE = [
  "git, https",
  "package of npm",
  "installed package",
  "archive, tar.gz",
  "image",
  "plugin",
  "name in a registry",
  "site",
  "collection",
];
const isWhole = (name: string) => process.env["EDEN_KINDS"] === "all" || WHOLE.includes(name);

/**
 * Carries out the operations on one source, in an order in which each finds what it needs.
 * @param isAll also those after the install.
 * @returns what each gives.
 */
async function life(kind: SourceKind, isAll: boolean): Promise<Record<string, string>> {
  const { sandbox, place, wipe } = kind;
  const env = { ...kind.env, GITHUB_TOKEN: TOKEN, GITHUB_API_URL: place.api, GITHUB_REPOSITORY: "acme/project" };
  const run = async (...args: string[]) => await sandbox.run([...args, "--json"], { env });
  const outcome = async (...args: string[]) => outcomeOf(await run(...args));
  const install = async (typed: string) =>
    await outcome("install", typed, "--project", "--target", "claude-code", ...kind.choice);
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");

  const given: Record<string, string> = {};
  given["install"] = await install(kind.typed);
  expect(kind.text()).toContain(ONE);
  given["offline"] = await outcome("apply", "--frozen", "--offline");
  given["not there"] = await install(kind.wrong);
  if (!isAll) return given;
  given["audit"] = await outcome("audit");
  const bundle = join(sandbox.root, "b.tgz");
  expect(await outcome("warm", "--bundle", bundle)).toBe("ok");
  wipe();
  given["bundle"] = await outcome("apply", "--frozen", "--offline", "--from-bundle", bundle);
  const before = lock();
  await commitProject(kind);

  await kind.publish();
  given["outdated"] = (await run("outdated")).json().skills[0].status;
  given["audit --diff"] = (await run("audit", "--diff")).json().findings.length > 0 ? "ok" : "nothing new";
  given["propose"] = (await run("propose", "--dry-run")).json().proposals[0].action;
  const updated = await outcome("update");
  given["update"] = updated === "ok" && kind.text().includes(TWO) ? "moves" : updated === "ok" ? "stays" : updated;
  const base = join(sandbox.root, "base.lock");
  writeFileSync(base, before);
  const [ours, theirs] = [join(sandbox.root, "ours.lock"), join(sandbox.root, "theirs.lock")];
  writeFileSync(ours, lock());
  writeFileSync(theirs, withAnother(before));
  const merged = await outcome("lock", "merge", base, ours, theirs);
  given["lock merge"] =
    merged === "ok" ? differenceOf(readFileSync(ours, "utf8"), withAnother(lock(), before)) : merged;

  const pinned = lock();
  wipe();
  await kind.tamper();
  given["tampered"] = await outcome("apply", "--frozen");
  writeFileSync(sandbox.lockfilePath, pinned);
  wipe();
  await kind.remove();
  given["gone"] = await outcome("apply", "--frozen");
  return given;
}

/** `ok`, or the code of the first error. */
function outcomeOf({ code, json }: RunResult): string {
  if (code === 0) return "ok";
  const { error, skills = [], diagnostics = [] } = json();
  const all = [...skills.flatMap((skill: { diagnostics: object[] }) => skill.diagnostics), ...diagnostics];
  return error?.code ?? all.find(({ severity }) => severity === "error")?.code ?? `exit ${code}`;
}

/** The project in a repository with a remote, as `propose` needs it. */
async function commitProject({ sandbox, place }: SourceKind): Promise<void> {
  const git = async (...args: string[]) => await gitText(args, { cwd: sandbox.project });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all", ".");
  await git("commit", "--quiet", "-m", "Add a skill");
  await git("push", "--quiet", place.pushTo, "main");
  await git("remote", "add", "origin", place.origin);
}

/** A lockfile with the first entry of another one once more, as the skill `z`. */
function withAnother(lockfile: string, from = lockfile): string {
  const [entry = ""] = /^\[\[skills\]\][^]*?(?=^\[\[|(?![^]))/mu.exec(from) ?? [];
  const another = entry.replace('id = "a"', 'id = "z"').replace('skills/a" },', 'skills/z" },');
  return `${lockfile.trimEnd()}\n\n${another.trimEnd()}\n`;
}

function differenceOf(merged: string, wanted: string): string {
  return merged === wanted ? "ok" : `other text: ${merged}`;
}

describe("each operation on each kind of source", () => {
  it.each(kinds)("%s gives what the table says [R-KIND-01]", async (name) => {
    const kind = await start(name);
    if (kind === null) return;
    const given = await life(kind, isWhole(name));
    const wanted = [...(EXPECTED.get(name) ?? [])].filter(([operation]) => operation in given);
    expect(given).toEqual(Object.fromEntries(wanted));
  });

  it("has a row for each kind, and a column for each operation [R-KIND-01]", () => {
    expect([...EXPECTED.keys()]).toEqual(kinds);
    for (const cells of EXPECTED.values()) expect([...cells.values()].every((cell) => cell !== "")).toBe(true);
  });
});
