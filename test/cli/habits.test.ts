import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function withOneSkill() {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "one.git"), { files: { "a/SKILL.md": skillText("a") } });
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${dir}`, subpath: "a" }]));
  return { sandbox, link: join(sandbox.home, ".claude/skills/a") };
}

describe("names and options of other tools", () => {
  it("installs the manifest with `install` alone, and refuses what needs a source [R-CLI-27]", async () => {
    const { sandbox, link } = await withOneSkill();
    const refused = await sandbox.run(["install", "--copy", "--json"]);
    expect([refused.code, refused.json().error]).toMatchObject([2, { code: "USAGE", problems: [{ path: "--copy" }] }]);
    const planned = await sandbox.run(["install", "-n", "--json"]);
    expect([planned.code, planned.json()]).toMatchObject([0, [{ skill_id: "a", action: "create" }]]);
    expect(existsSync(link)).toBe(false);
    const installed = await sandbox.run(["i", "--json"]);
    expect([installed.code, installed.json()]).toMatchObject([0, { command: "apply", skills: [{ id: "a" }] }]);
    expect(existsSync(link)).toBe(true);
  });

  it("follows the names of other tools [R-CLI-26]", async () => {
    const { sandbox, link } = await withOneSkill();
    expect((await sandbox.run(["sync", "--json"])).json()).toMatchObject({ command: "apply", exit_code: 0 });
    const again = await sandbox.run(["sync", "-y"]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("1 of 1 skills installed")]);
    expect((await sandbox.run(["ls", "--json"])).json()).toMatchObject({ count: 1 });
    expect((await sandbox.run(["upgrade", "--json"])).json()).toMatchObject({ command: "update" });
    expect((await sandbox.run(["uninstall", "a", "--json"])).json()).toMatchObject({ removed: ["a"] });
    expect(existsSync(link)).toBe(false);
  });

  it("answers help and version as commands [R-CLI-26]", async () => {
    const sandbox = use.sandbox();
    const help = await sandbox.run(["help", "config", "export"]);
    expect([help.code, help.stdout]).toEqual([0, (await sandbox.run(["config", "export", "-h"])).stdout]);
    expect((await sandbox.run(["help"])).stdout).toBe((await sandbox.run(["--help"])).stdout);
    expect((await sandbox.run(["help", "ls", "--json"])).json()).toMatchObject({ command: "help" });
    expect((await sandbox.run(["help", "nonsense"])).code).toBe(2);
    expect((await sandbox.run(["version"])).stdout).toBe((await sandbox.run(["-V"])).stdout);
    expect((await sandbox.run(["version", "--json"])).json()).toMatchObject({ command: "version" });
  });

  it("takes -g for the manifest of the user [R-CLI-04] [R-CLI-26]", async () => {
    const { sandbox } = await withOneSkill();
    expect((await sandbox.run(["init", "-g"])).code).toBe(0);
    const manifest = readFileSync(join(sandbox.home, ".eden-skills/skills.toml"), "utf8");
    expect(manifest).toContain('scope = "global"');
    expect((await sandbox.run(["ls", "-g", "--json"])).json()).toMatchObject({ count: 0 });
    expect((await sandbox.run(["ls", "-g", "--config", "x"])).code).toBe(2);
  });

  it("runs nothing while a line is being typed [R-CLI-22]", async () => {
    const { sandbox, link } = await withOneSkill();
    const asked = await sandbox.run(["--get-yargs-completions", "eden-skills", "apply", ""]);
    expect([asked.code, asked.stdout, existsSync(link)]).toEqual([0, "a\n", false]);
    const broken = await sandbox.run(["--get-yargs-completions", "eden-skills", "apply", "--bogus", "--conf"]);
    expect([broken.code, broken.stdout.includes("--config\n")]).toEqual([0, true]);
  });
});
