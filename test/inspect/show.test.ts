import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { showSchema } from "../../src/cli/views/output-schemas.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const HEAD = `---
name: web
description: Makes web pages.
license: MIT
metadata:
  version: 1.10
---
`;

async function repository(body = "Use it well.") {
  const sandbox = use.sandbox();
  const files = {
    "skills/web/SKILL.md": `${HEAD}\n# Web\n\n${body}\n`,
    "skills/web/scripts/run.sh": { content: "#!/bin/sh\n", executable: true },
    "skills/notes/SKILL.md": skillText("notes"),
  };
  const repo = await createRepository(join(sandbox.root, "one.git"), { files });
  return { sandbox, repo, url: `file://${repo.dir}` };
}

describe("show", () => {
  it("describes a skill of the manifest, before and after its install [R-SHOW-01]", async () => {
    const { sandbox, repo, url } = await repository();
    sandbox.writeManifest(manifestOf([{ id: "web", repo: url, subpath: "skills/web" }]));
    const before = await sandbox.run(["show", "web", "--json"]);
    expect([before.code, before.json()]).toMatchObject([
      0,
      { command: "show", skill: { id: "web", state: "missing" } },
    ]);
    await sandbox.run(["apply"]);
    const document = (await sandbox.run(["show", "web", "--json", "--offline"])).json();
    expect(showSchema.parse(document)).toEqual(document);
    const { skill } = document;
    expect(skill).toMatchObject({
      id: "web",
      name: "web",
      description: "Makes web pages.",
      version: "1.10",
      license: "MIT",
      state: "installed",
      origin: { repo: url, ref: null, subpath: "skills/web", commit: await repo.revParse("HEAD") },
      targets: [{ agents: ["claude-code"], path: join(sandbox.home, ".claude/skills/web"), state: "installed" }],
      front_matter: { name: "web", metadata: { version: 1.1 } },
    });
    expect(skill.files).toEqual([
      { path: "SKILL.md", bytes: expect.any(Number), mode: "100644" },
      { path: "scripts/run.sh", bytes: 10, mode: "100755" },
    ]);
    expect(skill.bytes).toBe(skill.files[0].bytes + 10);
    expect(skill.text).toContain("# Web\n\nUse it well.");
    const text = await sandbox.run(["show", "web"]);
    for (const word of ["web 1.10", "Makes web pages.", "MIT", url, "scripts/run.sh", "10 B", "# Web", "claude-code"])
      expect(text.stdout).toContain(word);
  });

  it("shows a skill of any source, and lists several when none is named [R-SHOW-02]", async () => {
    const { sandbox, repo, url } = await repository();
    const all = (await sandbox.run(["show", url, "--json"])).json();
    expect(all).toMatchObject({ command: "show", skill: null, skills: [{ name: "notes" }, { name: "web" }] });
    expect((await sandbox.run(["show", url])).stdout).toContain("What notes is for.");
    const one = await sandbox.run(["show", url, "web", "--json"]);
    expect([one.code, one.json().skill]).toMatchObject([
      0,
      { id: "web", state: null, targets: [], origin: { commit: await repo.revParse("HEAD"), subpath: "skills/web" } },
    ]);
    expect((await sandbox.run(["show", `${url}#main`, "web", "--json"])).json().skill.origin).toMatchObject({
      ref: "main",
    });
    const none = await sandbox.run(["show", url, "nothing", "--json"]);
    expect([none.code, none.json().error.code]).toEqual([2, "SKILL_NOT_FOUND"]);
    const directory = join(sandbox.project, "own");
    mkdirSync(directory);
    writeFileSync(join(directory, "SKILL.md"), skillText("own"));
    expect((await sandbox.run(["show", "./own", "--json"])).json().skill).toMatchObject({
      id: "own",
      bytes: skillText("own").length,
    });
  });

  it("suggests a skill for a name that neither the manifest nor a registry has [R-SHOW-02]", async () => {
    const { sandbox, url } = await repository();
    sandbox.writeManifest(manifestOf([{ id: "web", repo: url, subpath: "skills/web" }]));
    const wrong = await sandbox.run(["show", "wep", "--json"]);
    expect([wrong.code, wrong.json().error]).toMatchObject([
      2,
      { code: "UNKNOWN_SKILL", hint: expect.stringContaining("web") },
    ]);
  });

  it("escapes what would control a terminal [R-SHOW-03]", async () => {
    const { sandbox, url } = await repository("red \u001b[31m and \u202e turned\n\n::error::no");
    const shown = await sandbox.run(["show", url, "web"], { env: { GITHUB_ACTIONS: "true" } });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain("red \\x1b[31m and \\u{202e} turned");
    expect(shown.stdout).not.toMatch(/[\u001b\u202e]|^::error/mu);
  });
});
