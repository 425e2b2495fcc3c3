import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Skills `linked` and `copied`, installed and locked. */
async function installed(): Promise<{ sandbox: Sandbox; at(id: string): string }> {
  const sandbox = use.sandbox();
  const files = { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") };
  const { dir } = await createRepository(join(sandbox.root, "served/one.git"), { files });
  const repo = `file://${dir}`;
  sandbox.writeManifest(
    manifestOf([
      { id: "linked", repo, subpath: "a" },
      { id: "copied", repo, subpath: "b", mode: "copy" },
    ]),
  );
  expect((await sandbox.run(["apply"])).code).toBe(0);
  return { sandbox, at: (id) => join(sandbox.home, ".claude/skills", id) };
}

const DAMAGES: [string, string, (target: string, sandbox: Sandbox) => void][] = [
  ["a copy that was edited", "copied", (target) => appendFileSync(join(target, "SKILL.md"), "mine")],
  ["a copy with a file more", "copied", (target) => writeFileSync(join(target, "more.md"), "mine")],
  ["a copy that lost a file", "copied", (target) => rmSync(join(target, "SKILL.md"))],
  ["a copy that became executable", "copied", (target) => chmodSync(join(target, "SKILL.md"), 0o755)],
  ["a file in place of a copy", "copied", (target) => replace(target, () => writeFileSync(target, "mine"))],
  ["a link in place of a copy", "copied", (target) => replace(target, () => symlinkSync("/usr", target))],
  ["a link that was turned elsewhere", "linked", (target) => replace(target, () => symlinkSync("/usr", target))],
  ["a link that leads nowhere", "linked", (target) => replace(target, () => symlinkSync("/nowhere/at/all", target))],
  [
    "a link that was turned within the store",
    "linked",
    (target, { storage }) => replace(target, () => symlinkSync(join(storage, "store", "0".repeat(40), "x"), target)),
  ],
  ["a directory in place of a link", "linked", (target) => replace(target, () => mkdirSync(target))],
];

function replace(target: string, put: () => void): void {
  rmSync(target, { recursive: true, force: true });
  put();
}

describe("apply --frozen over a damaged target [R-LOCK-10]", () => {
  it.each(DAMAGES)("%s is INTEGRITY_MISMATCH, exit 1, and stays as it is", async (_what, id, damage) => {
    const { sandbox, at } = await installed();
    damage(at(id), sandbox);
    const before = await readTree(join(sandbox.home, ".claude"));

    const { code, json } = await sandbox.run(["apply", "--frozen", "--json"]);
    const skill = json().skills.find((one: any) => one.id === id);
    expect([code, json().exit_code, skill.status, skill.targets[0].status]).toEqual([1, 1, "failed", "failed"]);
    expect(skill.diagnostics).toMatchObject([{ code: "INTEGRITY_MISMATCH", severity: "error", stage: "verify" }]);
    expect(await readTree(join(sandbox.home, ".claude"))).toEqual(before);

    const plan = (await sandbox.run(["plan", "--frozen", "--json"])).json();
    const row = plan.find((one: any) => one.skill_id === id);
    expect(row).toMatchObject({ action: "conflict", reasons: [skill.diagnostics[0].message] });
  });

  it("says so as text, installs the others, and the hint works", async () => {
    const { sandbox, at } = await installed();
    appendFileSync(join(at("copied"), "SKILL.md"), "mine");
    rmSync(at("linked"));
    const result = await sandbox.run(["apply", "--frozen"]);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(
      /^x copied .*  INTEGRITY_MISMATCH\n.*copied is not what the lockfile records: modified locally/mu,
    );
    expect(result.stdout).toMatch(/^\+ /mu);
    const hint = /`eden-skills (.*?)`/u.exec(result.stdout)?.[1]?.split(" ") ?? [];
    const forced = await sandbox.run([...hint, "--json"]);
    expect([hint.length, forced.code]).toEqual([3, 0]);
    expect(forced.json().skills[1].targets[0].reasons.join()).toContain("backup: ");
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("is so, too, where nothing is recorded on the machine", async () => {
    const { sandbox, at } = await installed();
    appendFileSync(join(at("copied"), "SKILL.md"), "mine");
    const home = join(sandbox.root, "home-2");
    mkdirSync(join(home, ".claude/skills/copied"), { recursive: true });
    const result = await sandbox.run(["apply", "--frozen", "--json"], { env: { HOME: home } });
    expect(result.code).toBe(1);
    expect(result.json().skills[1].diagnostics).toMatchObject([{ code: "INTEGRITY_MISMATCH" }]);
  });

  it("is not for what was never ours: a conflict as in every run, exit 3", async () => {
    const { sandbox, at } = await installed();
    const manifest = manifestOf([]);
    const { stdout } = await sandbox.run(["config", "export"]);
    sandbox.writeManifest(manifest);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    mkdirSync(at("copied"));
    writeFileSync(join(at("copied"), "mine.md"), "mine");
    sandbox.writeManifest(stdout);
    expect((await sandbox.run(["apply"])).code).toBe(3);
    const frozen = await sandbox.run(["apply", "--frozen", "--json"]);
    expect([frozen.code, frozen.json().skills[1].diagnostics]).toEqual([3, []]);
  });

  it("is not for a target that is gone, nor for a pin that moved: both are put right", async () => {
    const { sandbox, at } = await installed();
    rmSync(at("linked"));
    rmSync(at("copied"), { recursive: true });
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });
});
