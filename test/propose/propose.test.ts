import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { PASSWORD, TOKEN, useProposals } from "../helpers/proposal-world.js";
import { strace } from "../helpers/strace.js";
import { git } from "../helpers/git-command.js";

const setUp = useProposals();
const HEAD = "eden-skills/update";
const changed = (body: string) => ({ files: { "SKILL.md": skillText("one", body) } });
const writes = (requests: readonly { method: string }[]) => requests.filter(({ method }) => method !== "GET");

describe("a proposal", () => {
  it("is one commit of the lockfile on the base, and a pull request that shows it [R-PR-01] [R-PR-02] [R-PR-03]", async () => {
    const { sandbox, one, forge, env, inProject, tipOf } = await setUp();
    const lock = readFileSync(sandbox.lockfilePath, "utf8");
    await one.commit(changed("Do it better."));
    const result = await sandbox.run(["propose"], { env });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toBe(`opened  ${HEAD} → main  https://git.example/acme/project/pull/6  (1 pin)\n`);
    const tip = await tipOf(HEAD);
    expect(await inProject("rev-parse", `${tip}^`)).toBe(await inProject("rev-parse", "main"));
    expect(await inProject("diff", "--name-only", "main", tip)).toBe("skills.lock");
    const proposed = await inProject("show", `${tip}:skills.lock`);
    expect(proposed).toContain(await one.revParse("HEAD"));
    const [pull] = forge.held;
    expect(pull).toMatchObject({ head: HEAD, base: "main", title: "Update skill one", state: "open" });
    expect(pull?.body).toContain("+Do it better.");
    expect(pull?.body).toContain(`the commit of this branch is ${tip} -->`);
    // The project and this machine stay as they are.
    expect(await inProject("status", "--porcelain", "--branch")).toBe("## main");
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lock);
    expect(readFileSync(join(sandbox.home, ".claude/skills/one/SKILL.md"), "utf8")).toBe(skillText("one"));
    // It is what an update writes.
    expect((await sandbox.run(["update"])).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8").trim()).toBe(proposed);
  });

  it("changes nothing when there is nothing new, and is renewed when upstream moves again [R-PR-04]", async () => {
    const { sandbox, one, forge, env, inProject, tipOf } = await setUp();
    await one.commit(changed("First."));
    await sandbox.run(["propose"], { env });
    const first = await tipOf(HEAD);
    forge.requests.length = 0;
    const again = await sandbox.run(["propose", "--json"], { env });
    expect(again.json().proposals[0]).toMatchObject({ action: "unchanged", number: 6, commit: first });
    expect([writes(forge.requests), await tipOf(HEAD)]).toEqual([[], first]);
    await one.commit(changed("Second."));
    const renewed = await sandbox.run(["propose"], { env });
    expect(renewed.stdout).toMatch(/^renewed {2}/u);
    expect(forge.held).toHaveLength(1);
    expect(forge.held[0]?.body).toContain("+Second.");
    expect(await tipOf(HEAD)).not.toBe(first);
    expect(await inProject("rev-parse", `${await tipOf(HEAD)}^`)).toBe(await inProject("rev-parse", "main"));
  });

  it("is closed with a comment when no pin is behind, and opened again later [R-PR-05]", async () => {
    const { sandbox, one, forge, env } = await setUp();
    await one.commit(changed("Better."));
    await sandbox.run(["propose"], { env });
    await one.commit({ files: { "SKILL.md": skillText("one") } });
    const closed = await sandbox.run(["propose"], { env });
    expect([closed.code, closed.stdout]).toEqual([0, expect.stringMatching(/^closed, no pin is behind/u)]);
    expect(forge.held[0]).toMatchObject({ state: "closed", comments: ["Closed: no pin is behind its ref any more."] });
    const none = await sandbox.run(["propose"], { env });
    expect(none.stdout).toMatch(/^nothing to propose/u);
    await one.commit(changed("Better."));
    const again = await sandbox.run(["propose"], { env });
    expect(again.stdout).toMatch(/^opened .*\/pull\/7/u);
  });

  it("that was closed without a merge is not opened again with the same changes [R-PR-06]", async () => {
    const { sandbox, one, forge, env } = await setUp();
    await one.commit(changed("Unwanted."));
    await sandbox.run(["propose"], { env });
    for (const pull of forge.held) pull.state = "closed";
    forge.requests.length = 0;
    const declined = await sandbox.run(["propose"], { env });
    expect([declined.code, declined.stdout]).toEqual([0, expect.stringMatching(/^declined before/u)]);
    expect(writes(forge.requests)).toEqual([]);
    await one.commit(changed("Wanted."));
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^opened .*\/pull\/7/u);
  });

  it("leaves commits of people on its branch alone, exit 3 [R-PR-07]", async () => {
    const { sandbox, one, origin, forge, env, tipOf } = await setUp();
    await one.commit(changed("Better."));
    await sandbox.run(["propose"], { env });
    await origin.branch(HEAD, HEAD);
    const theirs = await origin.commit({ branch: HEAD, files: { "NOTES.md": "mine\n" } });
    await one.commit(changed("Even better."));
    forge.requests.length = 0;
    const kept = await sandbox.run(["propose"], { env });
    expect(kept.code).toBe(3);
    expect(kept.stdout).toContain(
      `its branch has the commit ${theirs.slice(0, 12)}, which was not made by this program`,
    );
    expect(await tipOf(HEAD)).toBe(theirs);
    expect(writes(forge.requests)).toEqual([]);
    // After the merge the branch is free.
    for (const pull of forge.held) pull.state = "merged";
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^opened .*\/pull\/7/u);
  });

  it("is only shown with --dry-run [R-PR-08]", async () => {
    const { sandbox, one, forge, env, tipOf } = await setUp();
    await one.commit(changed("Better."));
    const shown = await sandbox.run(["propose", "--dry-run"], { env });
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^would open .*\n\nUpdate skill one\n\n## /u),
    ]);
    expect([writes(forge.requests), await tipOf(HEAD)]).toEqual([[], ""]);
  });

  it("has a branch for each group [R-PR-09]", async () => {
    const { sandbox, one, two, forge, env, inProject, tipOf } = await setUp(true);
    await one.commit(changed("Better."));
    await two.commit({ files: { "SKILL.md": skillText("two", "Better.") } });
    const result = await sandbox.run(["propose", "--group", "web", "docs"], { env });
    expect(result.code, result.stderr).toBe(0);
    expect(forge.held.map(({ head, title }) => [head, title])).toEqual([
      [`${HEAD}-web`, "Update skill one (group web)"],
      [`${HEAD}-docs`, "Update skill two (group docs)"],
    ]);
    const changes = await inProject("diff", "main", await tipOf(`${HEAD}-web`));
    expect(changes).toContain(await one.revParse("HEAD"));
    expect(changes).not.toContain(await two.revParse("HEAD"));
  });

  it("is a merge request on GitLab [R-PR-10]", async () => {
    const { sandbox, one, forge, tipOf } = await setUp();
    const env = { GITLAB_TOKEN: TOKEN, CI_API_V4_URL: forge.url, CI_PROJECT_PATH: "acme/project", GITLAB_CI: "true" };
    await one.commit(changed("First."));
    const opened = await sandbox.run(["propose"], { env });
    expect(opened.stdout, opened.stderr).toMatch(/^opened .*\/-\/merge_requests\/6/u);
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^up to date/u);
    await one.commit(changed("Second."));
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^renewed/u);
    expect(forge.held[0]).toMatchObject({ head: HEAD, base: "main", state: "open" });
    expect(forge.held[0]?.body).toContain(await tipOf(HEAD));
    await one.commit({ files: { "SKILL.md": skillText("one") } });
    expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^closed/u);
    expect(forge.held[0]).toMatchObject({ state: "closed", comments: [expect.any(String)] });
  });

  it("has no mentions and no links, and fits into the description [R-PR-03]", async () => {
    const { sandbox, one, two, forge, env } = await setUp();
    const hostile =
      "```\n@everyone closes #1 <img src=https://evil.example/x>\n````\n[a](https://evil.example) @acme/team";
    const many = Array.from({ length: 40 }, (_, n) => [
      `@person-${n} #${n}.md`,
      `${n === 0 ? hostile : ""}\n${`@octocat ${"x".repeat(390)}\n`.repeat(40)}`,
    ]);
    for (const [repository, name] of [[one, "one"] as const, [two, "two"] as const])
      await repository.commit({ files: { "SKILL.md": skillText(name, "Better."), ...Object.fromEntries(many) } });
    const result = await sandbox.run(["propose"], { env });
    expect(result.code, result.stderr).toBe(0);
    const body = forge.held[0]?.body ?? "";
    expect(body.length).toBeLessThan(65_536);
    const [, fence = ""] = /^(`{3,})diff$/mu.exec(body) ?? [];
    expect(fence.length).toBe(5);
    expect(body).toMatch(/^`{5}\n\n_Cut here/mu);
    const prose = body
      .replaceAll(/^(`{5})diff$[\s\S]*?^\1$/gmu, "")
      .replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gu, "");
    expect(prose).not.toMatch(/@|#\d|evil/u);
  });

  it("shows no token, neither in its output nor to other processes [R-PR-11]", async () => {
    if (!strace.isAvailable()) return;
    const { sandbox, one, env, remote, inProject } = await setUp();
    await one.commit(changed("Better."));
    writeFileSync(join(sandbox.home, ".gitconfig"), "");
    await inProject(
      "remote",
      "set-url",
      "origin",
      `${remote.url.replace("://", `://ci:${PASSWORD}@`)}/acme/project.git`,
    );
    const log = join(sandbox.root, "calls");
    const wrap = ["strace", "-f", "-qq", "-s", "4096", "-o", log, "-e", "trace=execve"];
    const result = await sandbox.run(["propose", "--verbose", "--json"], { env, wrap });
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(log, "utf8")).toContain('"push"');
    for (const text of [result.stdout, result.stderr, readFileSync(log, "utf8")]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(btoa(`ci:${PASSWORD}`));
    }
  });
});

describe("a proposal that fails", () => {
  const API: [number, string, string][] = [
    [401, "API_AUTH", "valid and has not expired"],
    [403, "API_FORBIDDEN", "GITHUB_TOKEN needs"],
    [404, "API_NOT_FOUND", "Check the name acme/project"],
    [422, "API_REFUSED", "base branch"],
    [301, "API_REFUSED", "redirect"],
    [429, "API_UNREACHABLE", "later"],
    [502, "API_UNREACHABLE", "later"],
  ];

  it.each(["GET", "POST"])(
    "names what the API refused, and is continued by the next run: %s [R-PR-12]",
    async (method) => {
      const { sandbox, one, forge, env, tipOf } = await setUp();
      await one.commit(changed("Better."));
      for (const [status, code, hint] of method === "GET" ? API : API.slice(1, 4)) {
        forge.failing = {
          method,
          status,
          body: JSON.stringify({ message: `Words ${TOKEN}`, errors: [{ message: "more" }] }),
        };
        const result = await sandbox.run(["propose"], { env });
        expect([status, result.code]).toEqual([status, 1]);
        expect(result.stderr).toContain(
          `error[${code}]: GitHub (${forge.url}): /repos/acme/project/pulls answered ${status}`,
        );
        expect(result.stderr).toContain("Words ***; more");
        expect(result.stderr).toContain(hint);
        expect(result.stdout + result.stderr).not.toContain(TOKEN);
      }
      forge.failing = { method, status: 200, body: "<html>" };
      expect((await sandbox.run(["propose", "--json"], { env })).json().error.code).toBe("API_REFUSED");
      expect((await tipOf(HEAD)) === "").toBe(method === "GET");
      forge.failing = null;
      expect((await sandbox.run(["propose"], { env })).stdout).toMatch(/^opened/u);
    },
  );

  it("names a missing token, an API that is not there, and an unsafe address [R-PR-12]", async () => {
    const { sandbox, one, forge, env } = await setUp();
    await one.commit(changed("Better."));
    const fails = async (change: Record<string, string>) => {
      const { code, stdout } = await sandbox.run(["propose", "--json"], { env: { ...env, ...change } });
      return [code, (JSON.parse(stdout) as { error: { code: string } }).error.code];
    };
    expect(await fails({ GITHUB_TOKEN: "" })).toEqual([2, "TOKEN_MISSING"]);
    expect(await fails({ GITHUB_API_URL: "http://127.0.0.1:1" })).toEqual([1, "API_UNREACHABLE"]);
    expect(await fails({ GITHUB_API_URL: "http://api.example" })).toEqual([2, "USAGE"]);
    expect(await fails({ GITHUB_API_URL: "" })).toEqual([2, "USAGE"]);
    expect(await fails({ GITHUB_TOKEN: "ghp_wrong" })).toEqual([1, "API_AUTH"]);
    expect(writes(forge.requests)).toEqual([]);
  });

  it("names a push that is refused: credentials, a rule of the server, a changed branch [R-PR-12]", async () => {
    const { sandbox, one, origin, forge, env } = await setUp();
    await one.commit(changed("Better."));
    const hook = join(origin.gitDir, "hooks/pre-receive");
    await origin.git(["init", "--quiet"]);
    writeFileSync(hook, "#!/bin/sh\necho GH006: Protected branch >&2\nexit 1\n", { mode: 0o755 });
    const refused = await sandbox.run(["propose"], { env });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("error[PUSH_REFUSED]")]);
    expect(refused.stderr).toContain("pre-receive hook declined");
    writeFileSync(join(sandbox.home, ".gitconfig"), "");
    const closed = await sandbox.run(["propose"], { env });
    expect([closed.code, closed.stderr]).toEqual([1, expect.stringContaining("error[FETCH_AUTH]")]);
    expect(writes(forge.requests)).toEqual([]);
  });

  it("is refused before anything is asked: changes that are not committed, another base, no branch [R-PR-13]", async () => {
    const { sandbox, one, env, inProject } = await setUp();
    await one.commit(changed("Better."));
    const fails = async (...args: string[]) => {
      const { code, stdout } = await sandbox.run(["propose", "--json", ...args], { env });
      return [code, (JSON.parse(stdout) as { error: { code: string } }).error.code];
    };
    expect(await fails("--base", "absent")).toEqual([1, "BASE_MOVED"]);
    expect(await fails("--remote", "absent")).toEqual([2, "USAGE"]);
    expect(await fails("--branch", "main")).toEqual([2, "USAGE"]);
    expect(await fails("--branch", "a..b")).toEqual([2, "USAGE"]);
    expect(await fails("--offline")).toEqual([2, "USAGE"]);
    writeFileSync(sandbox.manifestPath, `${readFileSync(sandbox.manifestPath, "utf8")}# more\n`);
    expect(await fails()).toEqual([2, "USAGE"]);
    await git(["commit", "--quiet", "--all", "-m", "More"], { cwd: sandbox.project });
    expect(await fails()).toEqual([1, "BASE_MOVED"]);
    await inProject("checkout", "--quiet", "--detach");
    expect(await fails()).toEqual([2, "USAGE"]);
  });

  it("for one skill proposes the others, keeps what is open, and exits 1 [R-PR-14]", async () => {
    const { sandbox, one, remote, forge, env } = await setUp();
    await one.commit(changed("Better."));
    remote.fail("two.git", { kind: "status", status: 404 });
    const result = await sandbox.run(["propose"], { env });
    expect([result.code, result.stdout]).toEqual([1, expect.stringContaining("not compared: two")]);
    expect(forge.held).toHaveLength(1);
    remote.fail("one.git", { kind: "status", status: 404 });
    const later = await sandbox.run(["propose"], { env });
    expect([later.code, forge.held[0]?.state]).toEqual([1, "open"]);
  });
});
