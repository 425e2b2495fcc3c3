import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Without the time, which is never the same. */
async function textOf(sandbox: Sandbox, ...args: string[]): Promise<string> {
  return (await sandbox.run(args)).stdout.replace(/[\d.]+ s\n$/u, "… s\n");
}

/** Skills of one repository, each in a directory of its name. */
async function withSkills(names: readonly string[]) {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, "served/all.git"), { files });
  const { url } = await use.remote(sandbox);
  const entries = names.map((id) => ({ id, repo: `${url}/all.git`, subpath: id }));
  return { sandbox, repository, url, entries };
}

describe("the text of a run", () => {
  it("says what was asked, what changed, and what is true now [R-TEXT-01] [R-TEXT-02] [R-TEXT-03]", async () => {
    const { sandbox, entries } = await withSkills(["web-design", "pdf"]);
    sandbox.writeManifest(manifestOf(entries));
    expect(await textOf(sandbox, "plan")).toBe(
      "plan: 2 skills\n+ web-design  claude-code\n+ pdf         claude-code\n2 skills to create; 2 to fetch\n",
    );
    expect(await textOf(sandbox, "apply")).toBe(
      "apply: 2 skills from 1 source\n+ web-design  claude-code\n+ pdf         claude-code\n2 of 2 skills installed; … s\n",
    );
    expect(await textOf(sandbox, "apply", "pdf", "--config", sandbox.manifestPath)).toBe(
      "apply pdf: 1 skill from 1 source\n1 of 1 skills installed; … s\n",
    );
    expect(await textOf(sandbox, "plan")).toBe("plan: 2 skills\n2 skills unchanged\n");
    expect(await textOf(sandbox, "remove", "pdf")).toBe(
      "remove pdf\n- pdf  claude-code (no longer in the manifest)\n1 skill removed; … s\n",
    );
  });

  it("names a manifest of another directory, also when there is nothing to do [R-TEXT-01] [R-CLI-20]", async () => {
    const { sandbox, entries } = await withSkills(["pdf"]);
    const directory = join(sandbox.home, "team");
    mkdirSync(directory);
    const manifest = join(directory, "skills.toml");
    writeFileSync(manifest, manifestOf(entries));
    for (let run = 0; run < 3; run++)
      expect((await textOf(sandbox, "apply", "--config", manifest)).split("\n")[0]).toBe(
        "apply in ~/team/skills.toml: 1 skill from 1 source",
      );
  });

  it("shows how far a pin was moved [R-TEXT-04] [R-REPORT-19]", async () => {
    const { sandbox, repository, entries } = await withSkills(["web-design", "pdf"]);
    sandbox.writeManifest(manifestOf(entries));
    await sandbox.run(["apply"]);
    const before = await repository.revParse("main");
    await repository.commit({
      files: { "web-design/new.md": "1", "web-design/SKILL.md": skillText("web-design", "2") },
    });
    const after = await repository.commit({ files: { "web-design/more.md": "1" } });
    const move = `${before.slice(0, 7)} → ${after.slice(0, 7)}`;
    expect(await textOf(sandbox, "update")).toBe(
      `update: 2 skills from 1 source\n~ web-design ${move} (2 commits, 3 files)  claude-code\n` +
        `~ pdf ${move} (2 commits, 0 files)  claude-code\n2 of 2 skills installed; … s\n`,
    );
    const last = await repository.commit({ files: { "web-design/more.md": "2" } });
    const report = (await sandbox.run(["update", "web-design", "--json"])).json();
    expect(report.skills[0].moved).toEqual({ from: after, to: last, commits: 1, files: 1, gains: [] });
    expect((await sandbox.run(["apply", "--json"])).json().skills[0]).not.toHaveProperty("moved");
  });

  it("has one block for skills that failed for one cause, and a count that agrees [R-TEXT-05]", async () => {
    const { sandbox, entries, url } = await withSkills(["pdf"]);
    const lost = ["one", "two"].map((id) => ({ id, repo: `${url}/${id}.git` }));
    sandbox.writeManifest(manifestOf([...lost, ...entries]));
    const text = await textOf(sandbox, "apply", "--retries", "0");
    expect(text).toMatch(
      /^x one, two failed {2}FETCH_NOT_FOUND\n {2}the repository .*\n {2}http.*one\.git, http.*two\.git\n {2}hint: /mu,
    );
    expect(text).toMatch(/^\+ pdf {2}claude-code$/mu);
    expect(text).toMatch(/\n1 of 3 skills installed, 2 failed; … s\n$/u);
  });
});

it("--log-format logfmt prints what --json has, as lines of key=value [R-TEXT-09]", async () => {
  const { sandbox, entries, url } = await withSkills(["pdf"]);
  sandbox.writeManifest(manifestOf([{ id: "lost", repo: `${url}/lost.git` }, ...entries]));
  const { code, stdout, stderr } = await sandbox.run(["apply", "--retries", "0", "--log-format", "logfmt"]);
  expect([code, stderr]).toEqual([1, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.every((line) => /^event=[a-z]+(?: [\w.]+=(?:"(?:[^"\\]|\\.)*"|[^\s"=]*))*$/u.test(line))).toBe(true);
  expect(stdout).toMatch(/^event=diagnostic skill=lost code=FETCH_NOT_FOUND severity=error .* message=".*" hint="/mu);
  expect(stdout).toMatch(/^event=skill id=pdf status=installed /mu);
  expect(stdout).toMatch(/^event=target skill=pdf agent=claude-code .* action=create status=done /mu);
  expect(lines.at(-1)).toMatch(/^event=result .*command=apply .*exit_code=1 outcome=failed /u);
  const error = await sandbox.run(["apply", "nobody", "--log-format", "logfmt"]);
  expect([error.code, error.stdout]).toEqual([2, expect.stringMatching(/^event=.* code=UNKNOWN_SKILL /mu)]);
  expect((await sandbox.run(["plan", "--log-format", "logfmt"])).stdout).toMatch(/^event=item skill_id=lost /mu);
});
