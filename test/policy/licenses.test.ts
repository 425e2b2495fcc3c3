import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const licensed = (name: string, license: string) =>
  `---\nname: ${name}\ndescription: ${name}.\nlicense: ${license}\n---\n# ${name}\n`;

const APACHE =
  "                                 Apache License\n                           Version 2.0, January 2004\n";

/** A repository with a skill for each place that can name a licence. */
const FILES = {
  "front/SKILL.md": licensed("front", "MIT"),
  "either/SKILL.md": licensed("either", "GPL-3.0-only OR MIT"),
  "copyleft/SKILL.md": licensed("copyleft", "GPL-3.0-only"),
  "both/SKILL.md": licensed("both", "MIT AND GPL-3.0-only"),
  "file/SKILL.md": licensed("file", "Complete terms in LICENSE.txt"),
  "file/LICENSE.txt": "SPDX-License-Identifier: ISC\n",
  "own/SKILL.md": licensed("own", "Proprietary"),
  "root/SKILL.md": skillText("root"),
  LICENSE: APACHE,
};

async function skills(files: Record<string, string>) {
  const sandbox = use.sandbox();
  const repo = await createRepository(join(sandbox.root, "r.git"), { files });
  const ids = Object.keys(files).flatMap((path) => /^(\w+)\/SKILL\.md$/u.exec(path)?.[1] ?? []);
  const list = ids.map((id) => ({ id, repo: `file://${repo.dir}`, subpath: id }));
  const write = (policy: string) => sandbox.writeManifest(manifestOf(list, `scope = "global"\n${policy}`));
  const installed = () => ids.filter((id) => existsSync(join(sandbox.home, ".claude/skills", id)));
  const run = async (...args: string[]) => {
    const result = await sandbox.run([...args, "--json"]);
    const report = result.json();
    const messageOf = (id: string): string | undefined =>
      report.skills.find((one: { id: string }) => one.id === id).diagnostics[0]?.message;
    return { code: result.code, report, messageOf };
  };
  return { sandbox, repo, write, installed, run };
}

describe("licenses", () => {
  it("installs what `allow` permits: by front matter, the skill's file, the repository's [R-POLICY-19]", async () => {
    const { sandbox, write, installed, run } = await skills(FILES);
    write('[policy.licenses]\nallow = ["MIT", "ISC", "Apache-2.0"]');
    const result = await run("apply");
    expect([result.code, installed()]).toEqual([1, ["front", "either", "file", "root"]]);
    expect(result.messageOf("copyleft")).toContain(
      `its licence is GPL-3.0-only (SKILL.md), which \`allow\` does not have (rule licenses, ${sandbox.manifestPath}:4)`,
    );
    expect(result.messageOf("both")).toContain("its licence is MIT AND GPL-3.0-only");
    expect(result.messageOf("own")).toContain("its licence is not known");
    const check = await run("policy", "check", "root");
    expect(check.report.skills[0].rules[0]).toMatchObject({
      rule: "licenses",
      status: "allowed",
      message: "its licence is Apache-2.0 (LICENSE of the repository)",
    });
    for (let again = 0; again < 2; again++) expect((await run("apply", "--offline")).code).toBe(1);
  });

  it("denies what `deny` has, and an unknown licence only if a list says so [R-POLICY-19]", async () => {
    const { write, installed, run } = await skills(FILES);
    write('[policy.licenses]\ndeny = ["GPL-3.0-only"]');
    expect([(await run("apply")).code, installed()]).toEqual([1, ["front", "either", "file", "own", "root"]]);
    const fresh = await skills({ "own/SKILL.md": skillText("own") });
    fresh.write('[policy.licenses]\ndeny = ["unknown"]');
    expect([(await fresh.run("apply")).code, fresh.installed()]).toEqual([1, []]);
    fresh.write('[policy.licenses]\nallow = ["MIT", "unknown"]');
    expect([(await fresh.run("apply")).code, fresh.installed()]).toEqual([0, ["own"]]);
  });

  it("keeps the pin when an update changes the licence [R-POLICY-15] [R-POLICY-19]", async () => {
    const { repo, write, run } = await skills({ "root/SKILL.md": skillText("root"), LICENSE: "MIT License\n" });
    write('[policy.licenses]\nallow = ["MIT"]');
    const before = await repo.revParse("main");
    expect((await run("apply")).code).toBe(0);
    await repo.commit({ files: { LICENSE: APACHE, "root/SKILL.md": skillText("root", "New.") } });
    const update = await run("update");
    expect([update.code, update.report.skills[0].commit]).toEqual([0, before]);
    expect(update.messageOf("root")).toContain("Apache-2.0");
  });

  it("reads the licence of a directory [R-POLICY-19]", async () => {
    const sandbox = use.sandbox();
    for (const [path, text] of [
      ["SKILL.md", skillText("a")],
      ["COPYING", "GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007\n"],
    ] as const) {
      mkdirSync(join(sandbox.project, "a"), { recursive: true });
      writeFileSync(join(sandbox.project, "a", path), text);
    }
    sandbox.writeManifest(manifestOf([{ id: "a", repo: "./a" }], '[policy.licenses]\ndeny = ["GPL-3.0-only"]'));
    const result = await sandbox.run(["apply", "--json"]);
    expect([result.code, result.json().skills[0].diagnostics[0].message]).toEqual([
      1,
      expect.stringContaining("its licence is GPL-3.0-only (COPYING)"),
    ]);
  });

  it("is invalid if a licence is not one of SPDX, in each file [R-POLICY-03] [R-POLICY-19]", async () => {
    const { sandbox, write, run } = await skills({ "root/SKILL.md": skillText("root") });
    write('[policy.licenses]\nallow = ["MIT", "Apache"]');
    const own = await run("apply");
    expect([own.code, own.report.error.problems[0]]).toMatchObject([
      2,
      { code: "INVALID_POLICY", path: "policy.licenses.allow[1]", line: 4 },
    ]);
    write('[policy]\nextends = "../team.toml"');
    writeFileSync(join(sandbox.root, "team.toml"), 'version = 1\n[licenses]\ndeny = ["GPL OR MIT"]\n');
    expect((await run("apply")).report.error.message).toContain("team.toml:3: licenses.deny[0]");
  });
});
