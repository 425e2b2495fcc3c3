import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const DAY = 24 * 3600;
const now = () => Math.floor(Date.now() / 1000);

/** A commit of that age on the branch main, with one more line in SKILL.md. */
async function commitAt(repo: Repository, seconds: number, body: string): Promise<string> {
  await repo.commit({ files: { "SKILL.md": skillText("a", body) } });
  const tree = await repo.revParse("HEAD^{tree}");
  const who = `A <a@example.com> ${seconds} +0000`;
  const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${body}\n`;
  const commit = await repo.git(["hash-object", "-t", "commit", "-w", "--stdin"], text);
  await repo.git(["update-ref", "refs/heads/main", commit]);
  return commit;
}

async function oneSkill(rules: string, ref?: string) {
  const sandbox = use.sandbox();
  const repo = await createRepository(join(sandbox.root, "a.git"), { files: { "SKILL.md": skillText("a") } });
  const skill = { id: "a", repo: `file://${repo.dir}`, ...(ref !== undefined && { ref }) };
  const write = (policy: string) => sandbox.writeManifest(manifestOf([skill], `scope = "global"\n${policy}`));
  write(rules);
  const run = async (...args: string[]) => {
    const result = await sandbox.run([...args, "--json"]);
    const report = result.json();
    return { code: result.code, skill: report.skills?.[0], report };
  };
  return { sandbox, repo, write, run, target: join(sandbox.home, ".claude/skills/a/SKILL.md") };
}

describe("min_age", () => {
  it("denies a young commit, and one with a date in the future; the pin of an update stays [R-POLICY-11]", async () => {
    const { repo, run, target } = await oneSkill('[policy]\nmin_age = "3d"');
    const old = await commitAt(repo, now() - 10 * DAY, "Old.");
    expect((await run("apply")).code).toBe(0);
    await commitAt(repo, now() - DAY, "Young.");
    const update = await run("update");
    expect(update.code).toBe(0);
    expect(update.skill).toMatchObject({ status: "unchanged", commit: old });
    expect(update.skill.diagnostics[0]).toMatchObject({ code: "POLICY_DENIED", severity: "warning" });
    expect(readFileSync(target, "utf8")).toContain("Old.");
    const fresh = await oneSkill('[policy]\nmin_age = "12h"');
    await commitAt(fresh.repo, now() + 40 * DAY, "From the future.");
    const denied = await fresh.run("apply");
    expect([denied.code, denied.skill.diagnostics[0].code]).toEqual([1, "POLICY_DENIED"]);
    expect(denied.skill.diagnostics[0].message).toContain("rule min_age");
    expect(existsSync(fresh.target)).toBe(false);
  });

  it("counts from the time when a commit was first seen, so that a forged date does not help [R-POLICY-11]", async () => {
    const { repo, run, target, write } = await oneSkill('[policy]\nmin_age = "3d"');
    await commitAt(repo, now() - 10 * DAY, "Old.");
    expect((await run("apply")).code).toBe(0);
    const forged = await commitAt(repo, now() - 9 * DAY, "Forged.");
    const update = await run("update");
    expect(update.skill.diagnostics[0].message).toContain("was first seen here");
    expect(readFileSync(target, "utf8")).toContain("Old.");
    write("");
    expect((await run("update")).skill.commit).toBe(forged);
    write('[policy]\nmin_age = "3d"');
    const check = await run("policy", "check");
    expect([check.code, check.skill.rules[0]]).toMatchObject([3, { rule: "min_age", status: "denied" }]);
    const plan = await run("plan");
    expect(plan.report[0]).toMatchObject({ action: "noop", reasons: [expect.stringContaining("min_age")] });
  });
});

describe("signatures", () => {
  /** Two ssh keys, and a file that allows the first. */
  function keys(root: string) {
    const [good, other] = ["good", "other"].map((name) => {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(root, name)]);
      return join(root, name);
    }) as [string, string];
    const allowed = join(root, "allowed_signers");
    writeFileSync(allowed, `a@example.com ${readFileSync(`${good}.pub`, "utf8")}`);
    return { good, other, allowed };
  }

  async function signed(repo: Repository, key: string, body: string): Promise<string> {
    await repo.commit({ files: { "SKILL.md": skillText("a", body) } });
    const tree = await repo.revParse("HEAD^{tree}");
    const config = ["gpg.format=ssh", `user.signingkey=${key}`, "user.name=A", "user.email=a@example.com"];
    const options = config.flatMap((one) => ["-c", one]);
    const commit = await repo.git([...options, "commit-tree", "-S", "-m", body, tree]);
    await repo.git(["update-ref", "refs/heads/main", commit]);
    return commit;
  }

  it("installs a commit that an allowed key of ssh has signed, and no other [R-POLICY-12] [R-THREAT-18] [R-THREAT-45] [R-THREAT-57]", async () => {
    const { sandbox, repo, run, target, write } = await oneSkill("");
    const { good, other, allowed } = keys(sandbox.root);
    write(`[policy.signatures]\nallowed_signers = "${allowed}"`);
    writeFileSync(join(sandbox.home, ".gitconfig"), `[gpg]\n program = /bin/true\n[gpg "ssh"]\n program = /bin/true\n`);
    const unsigned = await run("apply");
    expect([unsigned.code, unsigned.skill.diagnostics[0].message]).toEqual([
      1,
      expect.stringContaining("it has no signature (rule signatures"),
    ]);
    await signed(repo, other, "By another key.");
    const wrong = await run("apply");
    expect([wrong.code, wrong.skill.diagnostics[0].message]).toEqual([
      1,
      expect.stringContaining("not one of an allowed key"),
    ]);
    expect(existsSync(target)).toBe(false);
    const commit = await signed(repo, good, "By a good key.");
    expect((await run("apply")).skill).toMatchObject({ status: "installed", commit });
    await signed(repo, other, "By another key again.");
    expect((await run("update")).skill).toMatchObject({ status: "unchanged", commit });
    expect((await run("apply", "--frozen")).code).toBe(0);
    // A receipt must not hide that a key was revoked.
    for (let again = 0; again < 2; again++) expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFileSync(allowed, "");
    expect([(await sandbox.run(["apply"])).code, existsSync(target)]).toEqual([1, true]);
  });

  it("takes a signed tag that names the commit [R-POLICY-12]", async () => {
    const { sandbox, repo, run, write } = await oneSkill("", "v1");
    const { good, allowed } = keys(sandbox.root);
    write(`[policy.signatures]\nallowed_signers = "${allowed}"`);
    await repo.tag("v1", { message: "not signed" });
    expect((await run("apply")).code).toBe(1);
    const config = ["gpg.format=ssh", `user.signingkey=${good}`, "user.name=A", "user.email=a@example.com"];
    await repo.git([...config.flatMap((one) => ["-c", one]), "tag", "-f", "-s", "-m", "signed", "v1", "main"]);
    rmFacts(sandbox.storage);
    expect((await run("apply")).skill).toMatchObject({ status: "installed", commit: await repo.revParse("main") });
  });

  it("takes a commit that a key of a gpg home has signed [R-POLICY-12] [R-THREAT-57]", async () => {
    const { sandbox, repo, run, write } = await oneSkill("");
    const home = join(sandbox.root, "gpg");
    mkdirSync(home, { mode: 0o700 });
    const gpg = (...args: string[]) =>
      execFileSync(
        "gpg",
        ["--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", ...args],
        { stdio: "pipe" },
      );
    gpg("--quick-generate-key", "a@example.com", "ed25519", "sign", "never");
    const wrapper = join(sandbox.root, "gpg-with-home");
    writeFileSync(wrapper, `#!/bin/sh\nexec gpg --homedir ${home} "$@"\n`, { mode: 0o755 });
    await repo.commit({ files: { "SKILL.md": skillText("a", "By gpg.") } });
    const config = [
      `gpg.program=${wrapper}`,
      "user.signingkey=a@example.com",
      "user.name=A",
      "user.email=a@example.com",
    ];
    const tree = await repo.revParse("HEAD^{tree}");
    const commit = await repo.git([...config.flatMap((one) => ["-c", one]), "commit-tree", "-S", "-m", "x", tree]);
    await repo.git(["update-ref", "refs/heads/main", commit]);
    const empty = join(sandbox.root, "empty");
    mkdirSync(empty, { mode: 0o700 });
    write(`[policy.signatures]\ngpg_home = "${empty}"`);
    expect((await run("apply")).code).toBe(1);
    write(`[policy.signatures]\ngpg_home = "${home}"`);
    expect((await run("apply")).skill).toMatchObject({ status: "installed", commit });
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
  });
});

function rmFacts(storage: string): void {
  execFileSync("rm", ["-r", join(storage, "commits")]);
}
