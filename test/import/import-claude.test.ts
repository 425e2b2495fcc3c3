import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { createSkillHistory, writeBelow } from "../helpers/skill-history.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const run = async (sandbox: Sandbox, args: string[], code = 0) => {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  return result.json();
};

/** A marketplace with a plugin of its own and one of another repository, and their installations in `~/.claude/plugins`. */
async function setUp() {
  const sandbox = use.sandbox();
  const web = await createSkillHistory(sandbox, "web");
  const remote = await use.remote(sandbox);
  const url = (name: string) => `${remote.url}/${name}.git`;
  const plugins = [
    { name: "review", source: "./plugins/review" },
    { name: "web", source: { source: "url", url: url("web") } },
  ];
  const market = await createRepository(join(sandbox.root, "served/market.git"), {
    files: {
      ".claude-plugin/marketplace.json": JSON.stringify({ name: "acme", owner: { name: "Acme" }, plugins }),
      "plugins/review/.claude-plugin/plugin.json": JSON.stringify({ name: "review" }),
      "plugins/review/skills/check/SKILL.md": skillText("check", "first"),
      "plugins/review/skills/list/SKILL.md": skillText("list"),
      "plugins/other/skills/other/SKILL.md": skillText("other"),
    },
  });
  const installed = await market.revParse("HEAD");
  await market.commit({ files: { "plugins/review/skills/check/SKILL.md": skillText("check", "second") } });
  const directory = join(sandbox.home, ".claude/plugins");
  const copy = join(directory, "cache/acme/review/1.0.0");
  writeBelow(join(copy, "skills/check/SKILL.md"), skillText("check", "first"));
  writeBelow(join(copy, "skills/list/SKILL.md"), skillText("list", "mine"));
  const at = (installPath: string, gitCommitSha: string) => [
    {
      scope: "user",
      installPath,
      version: "1.0.0",
      installedAt: "2026-05-10T20:14:00Z",
      lastUpdated: "2026-05-10T20:14:00Z",
      gitCommitSha,
    },
  ];
  writeBelow(join(directory, "installed_plugins.json"), {
    version: 2,
    plugins: { "review@acme": at(copy, installed), "web@acme": at("/etc", web.installed) },
  });
  const acme = { source: { source: "git", url: url("market") } };
  return { sandbox, web, market, installed, directory, copy, acme, url, remote };
}

it("takes the enabled plugins of settings over, at the commits that are installed [R-IMPORT-20] [R-IMPORT-16]", async () => {
  const { sandbox, web, installed, copy, acme, url } = await setUp();
  writeBelow(join(sandbox.project, ".claude/settings.json"), {
    permissions: { allow: ["Bash(ls)"] },
    enabledPlugins: {
      "review@acme": true,
      "web@acme": ["^1.0"],
      "old@acme": false,
      "lost@nowhere": true,
      "gone@acme": true,
    },
    extraKnownMarketplaces: { acme },
  });
  const report = await run(sandbox, ["import", ".claude/settings.json", "--project"], 3);
  expect(report).toMatchObject({ format: "settings of Claude Code", imported: ["check", "list", "one", "two"] });
  expect(report.pinned).toEqual([
    { skill_id: "check", commit: installed },
    { skill_id: "list", commit: installed },
    { skill_id: "one", commit: web.installed },
    { skill_id: "two", commit: web.installed },
  ]);
  expect(report.edited).toEqual([{ skill_id: "list", path: join(copy, "skills/list") }]);
  expect(report.skipped.map(({ id, code }: any) => [id, code])).toEqual([
    ["old@acme", "SETTINGS_LEFT"],
    ["lost@nowhere", "INVALID_REPO_URL"],
    ["gone", "PLUGIN_NOT_FOUND"],
  ]);
  const { skills } = await run(sandbox, ["list"]);
  expect(skills.map(({ source, targets }: any) => [source.repo, source.ref, source.subpath, targets[0].agent])).toEqual(
    [
      [url("market"), null, "plugins/review/skills/check", "claude-code"],
      [url("market"), null, "plugins/review/skills/list", "claude-code"],
      [url("web"), null, "skills/one", "claude-code"],
      [url("web"), null, "skills/two", "claude-code"],
    ],
  );
  await run(sandbox, ["apply", "--frozen"]);
});

it("takes what is installed, from the marketplaces that are known here [R-IMPORT-20]", async () => {
  const { sandbox, directory, acme, remote, installed } = await setUp();
  const file = "~/.claude/plugins/installed_plugins.json";
  const none = await run(sandbox, ["import", file], 3);
  expect([none.imported, none.skipped.map(({ reason }: any) => reason)]).toEqual([
    [],
    Array(2).fill("no file says where its marketplace acme is"),
  ]);
  writeBelow(join(directory, "known_marketplaces.json"), {
    acme: { ...acme, installLocation: join(directory, "marketplaces/acme"), lastUpdated: "2026-05-10T20:14:00Z" },
  });
  // A repository cannot give another place to a marketplace that is known.
  writeBelow(join(sandbox.project, "settings.json"), {
    enabledPlugins: { "review@acme": true, "x@claude-plugins-official": false },
    extraKnownMarketplaces: { acme: { source: { source: "git", url: `${remote.url}/evil.git` } } },
  });
  const report = await run(sandbox, ["import", "settings.json", "--config", "other.toml"]);
  expect(report.pinned).toContainEqual({ skill_id: "check", commit: installed });
  expect((await run(sandbox, ["import", file])).imported).toEqual(["check", "list", "one", "two"]);
});

it("names file and field of what is wrong, and skips other kinds of marketplaces [R-IMPORT-20] [R-IMPORT-06]", async () => {
  const { sandbox, directory } = await setUp();
  const settings = join(sandbox.project, "settings.json");
  writeBelow(settings, { enabledPlugins: { "a@b": "yes" } });
  expect((await run(sandbox, ["import", "settings.json"], 2)).error.message).toMatch(/settings\.json: enabledPlugins/u);
  const kinds = ["directory", "url", "npm", "settings"].map((source) => [source, { source: { source, path: "/etc" } }]);
  const enabledPlugins = Object.fromEntries(kinds.map(([name]) => [`a@${name}`, true]));
  writeBelow(settings, { enabledPlugins, extraKnownMarketplaces: Object.fromEntries(kinds) });
  const { skipped } = await run(sandbox, ["import", "settings.json"], 3);
  expect(skipped.map(({ code }: any) => code)).toEqual(Array(4).fill("INVALID_REPO_URL"));
  writeBelow(join(directory, "installed_plugins.json"), { version: 9, plugins: {} });
  const { error } = await run(sandbox, ["import", "settings.json"], 2);
  expect(error.message).toContain("installed_plugins.json: version");
});
