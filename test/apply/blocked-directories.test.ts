import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { unprivileged } from "../helpers/unprivileged.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A manifest with one skill of a directory. */
function withSkill(mode: "symlink" | "copy" = "symlink"): Sandbox {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.project, "notes"));
  writeFileSync(join(sandbox.project, "notes/SKILL.md"), skillText("notes"));
  sandbox.writeManifest(manifestOf([{ id: "notes", repo: "./notes", mode }]));
  return sandbox;
}

const IN_THE_WAY: [string, string, (sandbox: Sandbox) => void][] = [
  [".claude is a file", ".claude", ({ home }) => writeFileSync(join(home, ".claude"), "mine")],
  [
    ".claude/skills is a file",
    ".claude/skills",
    ({ home }) => {
      mkdirSync(join(home, ".claude"));
      writeFileSync(join(home, ".claude/skills"), "mine");
    },
  ],
  [".claude is a link that leads nowhere", ".claude", ({ home }) => symlinkSync("/nowhere/at", join(home, ".claude"))],
  [
    ".claude is a link to a file",
    ".claude",
    ({ home }) => {
      writeFileSync(join(home, "file"), "mine");
      symlinkSync("file", join(home, ".claude"));
    },
  ],
];

describe("something in the place of a target's directory [R-PLAN-08]", () => {
  it.each(IN_THE_WAY)("%s: plan and apply say the same, and force does not help", async (_what, path, block) => {
    const sandbox = withSkill();
    block(sandbox);
    const reason = expect.stringContaining(`${join(sandbox.home, path)} is a`);
    const [row] = (await sandbox.run(["plan", "--json"])).json();
    expect(row).toMatchObject({ action: "conflict", reasons: [reason] });
    expect((await sandbox.run(["plan", "--strict"])).code).toBe(3);
    for (const args of [["apply"], ["apply", "--force"], ["repair", "--force"]]) {
      const { code, stdout } = await sandbox.run(args);
      expect([args, code, stdout.includes("--force")]).toEqual([args, 3, false]);
      expect(stdout).toMatch(/ TARGET_CONFLICT\n.*where a directory must be\n(?:.*\n)? {2}hint: Move .* away/u);
    }
    const [finding] = (await sandbox.run(["doctor", "--json"])).json().findings;
    expect(finding).toMatchObject({ code: "TARGET_CONFLICT", severity: "error", skill_id: "notes" });
    expect(finding.remediation).not.toContain("--force");
    // Following the hint works.
    rmSync(join(sandbox.home, path));
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("is told by a report, for copies and for install, too", async () => {
    const sandbox = withSkill("copy");
    writeFileSync(join(sandbox.home, ".claude"), "mine");
    const { code, json } = await sandbox.run(["apply", "--json"]);
    expect(code).toBe(3);
    expect(json().skills[0]).toMatchObject({
      status: "conflict",
      targets: [{ action: "conflict", status: "conflict" }],
      diagnostics: [{ code: "TARGET_CONFLICT", severity: "error", hint: expect.stringMatching(/^Move /u) }],
    });
    mkdirSync(join(sandbox.project, "more"));
    writeFileSync(join(sandbox.project, "more/SKILL.md"), skillText("more"));
    const install = await sandbox.run(["install", "./more", "--target", "claude-code"]);
    expect([install.code, install.stdout.includes("--force")]).toEqual([3, false]);
  });

  it("a directory that may not be written is a failure of the plan, too [R-FAULT-11]", async () => {
    const sandbox = withSkill();
    mkdirSync(join(sandbox.home, ".claude/skills"), { recursive: true });
    chmodSync(join(sandbox.home, ".claude/skills"), 0o555);
    const user = unprivileged(sandbox);
    const [row] = (await sandbox.run(["plan", "--json"], user)).json();
    const reasons = [`no permission for ${join(sandbox.home, ".claude/skills")}`];
    expect(row).toMatchObject({ action: "conflict", reasons });
    const { code, json } = await sandbox.run(["apply", "--json"], user);
    expect([code, json().skills[0].diagnostics]).toMatchObject([1, [{ code: "PERMISSION_DENIED" }]]);
  });

  it("a project's directory that leads out of it is a failure of the plan, too", async () => {
    const sandbox = withSkill();
    sandbox.writeManifest(manifestOf([{ id: "notes", repo: "./notes" }], 'scope = "project"'));
    symlinkSync(sandbox.tmp, join(sandbox.project, ".claude"));
    const [row] = (await sandbox.run(["plan", "--json"])).json();
    expect(row).toMatchObject({ action: "conflict", reasons: [expect.stringContaining("leads out of the project")] });
  });

  it("a file in the place of the storage is named, exit 1 [R-SYSTEM-10]", async () => {
    const sandbox = withSkill();
    writeFileSync(join(sandbox.home, ".eden-skills"), "mine");
    const { code, json } = await sandbox.run(["apply", "--json"]);
    expect(code).toBe(1);
    const message = `${join(sandbox.home, ".eden-skills")} is a file, where a directory must be`;
    expect(json().diagnostics).toMatchObject([{ code: "NOT_A_DIRECTORY", message }]);
    const init = await sandbox.run(["init", "--global"]);
    expect([init.code, init.stderr.includes("--force")]).toEqual([1, false]);
  });
});
