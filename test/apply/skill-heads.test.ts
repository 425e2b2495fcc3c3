import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

/** Heads that agents read and YAML refuses, or takes for something else: what is said of each. */
const ODD: Record<string, [string, RegExp]> = {
  colon: ["name: colon\ndescription: Enforces the rule: one ADR", /read line by line/u],
  hint: ["name: hint\nargument-hint: [pr-number] [priority]\ndescription: d", /read line by line/u],
  open: ["name: open\ndescription: [draft Reviews code", /read line by line/u],
  tabs: ["name: tabs\ndescription: d\nmetadata:\n\tx: y", /read line by line/u],
  twice: ["name: twice\ndescription: d\ndescription: e", /read line by line/u],
  "123": ["name: 123\ndescription: d", /its name is not text in YAML/u],
  true: ["name: true\ndescription: 2026", /its description is not text in YAML/u],
};

describe("an odd front matter", () => {
  it("is read the same by install, apply and doctor, from a repository and a directory, as link and as copy [R-SOURCE-16]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    const files = Object.fromEntries(
      Object.entries(ODD).map(([id, [head]]) => [`${id}/SKILL.md`, `---\n${head}\n---\n`]),
    );
    const { dir } = await createRepository(join(sandbox.root, "served/odd.git"), { files });
    const local = join(sandbox.root, "local");
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(local, path, ".."), { recursive: true });
      writeFileSync(join(local, path), text);
    }
    for (const source of [dir, local])
      for (const more of [[], ["--copy"]]) {
        const cwd = join(sandbox.root, `project-${source === dir}-${more.length}`);
        mkdirSync(cwd);
        const json = async (...args: string[]) => (await sandbox.run([...args, "--json"], { cwd })).json();
        const report = await json("install", source, "--all", "--project", "--target", `custom:${cwd}/here`, ...more);
        expect(report).toMatchObject({ exit_code: 0, skipped: [] });
        expect(report.installed.toSorted()).toEqual(Object.keys(ODD).toSorted());
        const applied = await json("apply");
        const { findings } = await json("doctor");
        for (const [id, [, said]] of Object.entries(ODD)) {
          const own = applied.skills.find((skill: { id: string }) => skill.id === id).diagnostics;
          expect(own, id).toMatchObject([
            { code: "SKILL_INVALID", severity: "warning", message: expect.stringMatching(said) },
          ]);
          const found = findings.filter(
            (one: { skill_id: string; code: string }) => one.skill_id === id && one.code === "SKILL_INVALID",
          );
          expect(found.map(({ message }: { message: string }) => message).join("\n"), id).toMatch(said);
        }
        expect(readdirSync(join(cwd, "here"))).toHaveLength(Object.keys(ODD).length);
      }
  });

  it("and a file in another case of letters are warned of by apply and doctor [R-SOURCE-02]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    const { dir } = await createRepository(join(sandbox.root, "served/low.git"), {
      files: { "low/skill.md": skillText("low") },
    });
    const report = (await sandbox.run(["install", dir, "--json"])).json();
    expect(report).toMatchObject({ exit_code: 0, installed: ["low"] });
    expect(report.skills[0].diagnostics[0].message).toContain("its file is called skill.md");
    const { findings } = (await sandbox.run(["doctor", "--json"])).json();
    expect(JSON.stringify(findings)).toContain("its file is called skill.md");
  });
});

describe("a file that is not there itself", () => {
  it.each([
    ["a Git LFS pointer", POINTER],
    ["encrypted with git-crypt", Buffer.from("\0GITCRYPT\0\u0001\u0002")],
  ])("makes a skill unsafe when its SKILL.md is %s, however it is installed [R-STORE-04]", async (kind, content) => {
    const sandbox = use.sandbox();
    const { dir } = await createRepository(join(sandbox.root, "served/s.git"), {
      files: { "a/SKILL.md": content, "b/SKILL.md": { symlink: "real.md" }, "b/real.md": content },
    });
    const local = join(sandbox.root, "local");
    mkdirSync(local);
    writeFileSync(join(local, "SKILL.md"), content);
    const skill = (id: string, source: string, mode: string) =>
      `[[skills]]\nid = "${id}"\nsource = { ${source} }\ninstall = { mode = "${mode}" }\n[[skills.targets]]\nagent = "claude-code"\n`;
    const remote = (subpath: string) => `repo = "file://${dir}", subpath = "${subpath}"`;
    sandbox.writeManifest(
      `version = 1\nscope = "global"\n${skill("a", remote("a"), "symlink")}${skill("b", remote("b"), "copy")}${skill("c", `repo = "${local}"`, "symlink")}${skill("d", `repo = "${local}"`, "copy")}`,
    );
    const { skills, exit_code } = (await sandbox.run(["apply", "--json"])).json();
    expect(exit_code).toBe(1);
    for (const { id, diagnostics } of skills) {
      expect(diagnostics, id).toMatchObject([{ code: "SKILL_UNSAFE", message: expect.stringContaining(kind) }]);
      expect(JSON.stringify(diagnostics), id).not.toContain("limits");
    }
  });

  it("is installed with a warning when it is another file [R-STORE-15]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    const { dir } = await createRepository(join(sandbox.root, "served/s.git"), {
      files: {
        "a/SKILL.md": skillText("a"),
        "a/assets/model.bin": POINTER,
        "a/secret.env": Buffer.from("\0GITCRYPT\0\u0001"),
      },
    });
    const report = (await sandbox.run(["install", dir, "--json"])).json();
    expect(report).toMatchObject({ exit_code: 0, installed: ["a"] });
    const [{ code, severity, message }] = report.skills[0].diagnostics;
    expect([code, severity]).toEqual(["SKILL_INVALID", "warning"]);
    expect(message).toContain("assets/model.bin is a Git LFS pointer; secret.env is encrypted with git-crypt");
    const again = (await sandbox.run(["apply", "--json"])).json();
    expect(again.skills[0].diagnostics[0].message).toBe(message);
  });
});
