import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A skill, and a team's policy in a repository that denies nothing yet. */
async function team() {
  const sandbox = use.sandbox();
  const skill = await createRepository(join(sandbox.root, "skill.git"), { files: { "SKILL.md": skillText("a") } });
  const policy = await createRepository(join(sandbox.root, "team.git"), {
    files: { "rules/policy.toml": 'version = 1\n[sources]\nallow = ["file:"]\n' },
  });
  const source = `file://${policy.dir}//rules/policy.toml#main`;
  const write = (more = "") =>
    sandbox.writeManifest(
      manifestOf(
        [{ id: "a", repo: `file://${skill.dir}` }],
        `scope = "global"\n[policy]\nextends = "${source}"\n${more}`,
      ),
    );
  write();
  const change = async (rules: string) =>
    await policy.commit({ files: { "rules/policy.toml": `version = 1\n${rules}\n` } });
  const run = async (...args: string[]) => {
    const result = await sandbox.run([...args, "--json"]);
    return { code: result.code, report: result.json() };
  };
  const pin = () => /\[policy\]\nsource = "(.*)"\ncommit = "(.*)"\nsha256 = "(.*)"\n/u.exec(readLock())?.slice(1);
  const readLock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const has = () => existsSync(join(sandbox.home, ".claude/skills/a"));
  return { sandbox, skill, policy, source, write, change, run, pin, has };
}

const DENY = '[sources]\ndeny = ["file:"]';

describe("a team's file in a repository", () => {
  it("is pinned in the lockfile; update moves the pin, outdated and the preview name it [R-POLICY-20] [R-POLICY-21]", async () => {
    const { sandbox, source, policy, change, run, pin, has } = await team();
    const first = await policy.revParse("main");
    expect([(await run("apply")).code, has()]).toEqual([0, true]);
    expect(pin()).toEqual([source, first, expect.stringMatching(/^[0-9a-f]{64}$/u)]);
    await change(DENY);
    const second = await policy.revParse("main");
    expect((await run("apply", "--frozen")).code).toBe(0);
    expect((await run("apply")).code).toBe(0);
    expect((await run("outdated")).report.policy).toEqual({
      source,
      status: "outdated",
      current: first,
      latest: second,
      message: null,
    });
    const text = (await sandbox.run(["outdated"])).stdout;
    expect(text).toContain(`the team's policy ${source}: ${first.slice(0, 12)} → ${second.slice(0, 12)}`);
    expect((await run("update", "--dry-run")).report.policy).toEqual({ source, from: first, to: second });
    expect(pin()?.[1]).toBe(first);
    const update = await run("update");
    expect([update.code, pin()?.[1]]).toEqual([1, second]);
    expect(update.report.diagnostics).toContainEqual(
      expect.objectContaining({ code: "POLICY_MOVED", severity: "info", message: expect.stringContaining(source) }),
    );
    const denied = update.report.skills[0].diagnostics[0];
    expect(denied.code).toBe("POLICY_DENIED");
    expect(denied.message).toContain(`(rule sources, ${source}:3)`);
    expect((await run("outdated")).report.policy).toMatchObject({ status: "current" });
  });

  it("holds offline from the storage; a run without it is an error, never a run without the policy [R-POLICY-20]", async () => {
    const { sandbox, policy, run, has } = await team();
    expect((await run("apply", "--offline")).report.error).toMatchObject({ code: "OFFLINE_MISS" });
    expect((await run("plan")).report[0].reasons[0]).toContain("is not on this machine");
    expect((await run("policy", "check")).code).toBe(3);
    renameSync(policy.dir, `${policy.dir}.away`);
    const unreachable = await run("apply");
    expect(unreachable.code).not.toBe(0);
    expect(unreachable.report.error.message).toContain("the team's policy");
    expect(has()).toBe(false);
    renameSync(`${policy.dir}.away`, policy.dir);
    expect((await run("apply")).code).toBe(0);
    renameSync(policy.dir, `${policy.dir}.away`);
    expect((await run("apply", "--offline")).code).toBe(0);
    expect((await run("apply", "--frozen")).code).toBe(0);
    expect((await run("policy", "check")).code).toBe(0);
    rmSync(join(sandbox.storage, "policies"), { recursive: true });
    expect((await run("apply", "--offline")).code).toBe(0);
  });

  it("is LOCK_OUT_OF_DATE with --frozen if the pin is missing, or is of another file [R-POLICY-21]", async () => {
    const { sandbox, run, pin, policy } = await team();
    expect((await run("apply")).code).toBe(0);
    const text = readFileSync(sandbox.lockfilePath, "utf8");
    const [, , digest = ""] = pin() ?? [];
    for (const changed of [
      text.replace(/\[policy\][^[]*/u, ""),
      text.replace(`${policy.dir}//rules`, `${policy.dir}//other`),
      text.replace(digest, "0".repeat(64)),
    ]) {
      writeFileSync(sandbox.lockfilePath, changed);
      const frozen = await run("apply", "--frozen");
      expect([frozen.code, frozen.report.error?.code], changed).toEqual([3, "LOCK_OUT_OF_DATE"]);
      expect(frozen.report.error.message).toContain("policy");
    }
  });

  it("is invalid with a file and line if it has a key that is unknown, and cannot extend [R-POLICY-03]", async () => {
    const { source, change, run } = await team();
    await change('extends = "x.toml"');
    const result = await run("apply");
    expect([result.code, result.report.error.code]).toEqual([2, "INVALID_POLICY"]);
    expect(result.report.error.message).toContain(`${source}:2: extends`);
  });

  it("is not fetched from a host that the machine's owner denies [R-POLICY-20]", async () => {
    const { sandbox, run } = await team();
    const machine = join(sandbox.home, ".eden-skills/policy.toml");
    mkdirSync(dirname(machine), { recursive: true });
    writeFileSync(machine, `version = 1\n[sources]\ndeny = ["file:${sandbox.root}/team"]\n`);
    const result = await run("apply");
    expect(result.report.error).toMatchObject({ code: "POLICY_DENIED" });
    expect(result.report.error.message).toContain(`${machine}:3)`);
  });

  it("holds for install and for each command that asks another server [R-POLICY-07] [R-POLICY-20]", async () => {
    const { skill, change, run } = await team();
    await change(DENY);
    const install = await run("install", `file://${skill.dir}`, "--yes", "--target", "cursor");
    expect([install.code, install.report.error.code]).toEqual([1, "POLICY_DENIED"]);
    expect((await run("outdated")).report.skills[0]).toMatchObject({ status: "unreachable" });
  });

  it("stays pinned by a rollback to a state before it was tightened [R-POLICY-21]", async () => {
    const { sandbox, policy, change, run, pin, write } = await team();
    expect((await run("apply")).code).toBe(0);
    write("[policy.budgets]\nskills_per_agent = 9");
    await change('[sources]\nallow = ["file:", "github.com"]');
    expect((await run("update")).code).toBe(0);
    const tightened = await policy.revParse("main");
    expect(pin()?.[1]).toBe(tightened);
    write("");
    await run("apply");
    expect((await run("rollback")).code).toBe(0);
    expect(pin()?.[1]).toBe(tightened);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("has its file of allowed signers in the repository, too, and no gpg_home [R-POLICY-12] [R-POLICY-20]", async () => {
    const { sandbox, policy, run } = await team();
    await policy.commit({
      files: {
        "rules/policy.toml": 'version = 1\n[signatures]\nallowed_signers = "signers"\n',
        "rules/signers":
          "a@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAbBoVbTAQGTqWhLnFQKuSmqMD5KlUNXIdRP1jQ\n",
      },
    });
    const denied = await run("apply");
    expect(denied.report.skills[0].diagnostics[0].message).toContain("it has no signature (rule signatures");
    await policy.commit({ files: { "rules/policy.toml": 'version = 1\n[signatures]\ngpg_home = "keys"\n' } });
    rmSync(sandbox.lockfilePath, { force: true });
    expect((await run("apply")).report.error).toMatchObject({ code: "INVALID_POLICY" });
  });
});

describe("a team's file at a path", () => {
  it("is pinned by its digest, which --frozen compares [R-POLICY-21]", async () => {
    const { sandbox, skill, run } = await team();
    const file = join(sandbox.root, "team.toml");
    writeFileSync(file, 'version = 1\n[sources]\nallow = ["file:"]\n');
    sandbox.writeManifest(
      manifestOf([{ id: "a", repo: `file://${skill.dir}` }], 'scope = "global"\n[policy]\nextends = "../team.toml"\n'),
    );
    expect((await run("apply")).code).toBe(0);
    expect((await run("apply", "--frozen")).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toMatch(/\[policy\]\nsource = "\.\.\/team\.toml"\nsha256 = /u);
    writeFileSync(file, "version = 1\n");
    const frozen = await run("apply", "--frozen");
    expect([frozen.code, frozen.report.error.code]).toEqual([3, "LOCK_OUT_OF_DATE"]);
    expect([(await run("apply")).code, (await run("apply", "--frozen")).code]).toEqual([0, 0]);
  });
});
