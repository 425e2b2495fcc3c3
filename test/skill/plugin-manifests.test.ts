import { describe, expect, it } from "vitest";
import { readPluginManifests } from "../../src/skill/plugin-manifests.js";

const read = (files: Record<string, unknown>) =>
  readPluginManifests(
    new Map(
      Object.entries(files).map(([path, value]) => [path, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
  );

describe("the manifests of plugins", () => {
  it("say where skills are, for each of the tools that write them [R-SOURCE-15]", () => {
    const plugins = [
      { name: "p", source: "p", skills: ["./special/b"] },
      { source: "./q/" },
      { name: "local", source: { source: "local", path: "./plugins/l" } },
      { name: "itself", source: { source: "url", url: "./" } },
      { source: "../../etc" },
      "nonsense",
    ];
    const marketplace = { metadata: { pluginRoot: "./plugins" }, plugins };
    const { places } = read({
      ".claude-plugin/marketplace.json": marketplace,
      ".claude-plugin/plugin.json": { skills: "./tools" },
      ".codex-plugin/plugin.json": { skills: ["./more/", "/etc", "."] },
      ".cursor-plugin/plugin.json": "{ broken",
    });
    expect(places).toEqual([
      "plugins/p/skills",
      "plugins/p/special/b",
      "q/skills",
      "plugins/l/skills",
      "skills",
      "tools",
      "more",
    ]);
  });

  it.each([
    [{ source: "github", repo: "acme/one", ref: "v2" }, "install it from acme/one#v2"],
    [{ source: "github", repo: "acme/one", path: "./plugins/x" }, "install it from acme/one/plugins/x"],
    [{ source: "url", url: "https://github.com/acme/two.git" }, "install it from acme/two"],
    [
      { source: "url", url: "https://git.example.com/a/three.git", sha: "abc" },
      "install it from https://git.example.com/a/three.git#abc",
    ],
    [
      { source: "git-subdir", url: "https://github.com/acme/four", path: "x/y", ref: "main" },
      "install it from acme/four/x/y#main",
    ],
    [
      { source: "git-subdir", url: "https://git.example.com/five", path: "x" },
      "install it from https://git.example.com/five//x",
    ],
    [{ source: "npm", package: "@acme/six", version: "^2.0" }, "install it from npm:@acme/six@^2.0"],
    [
      { source: "npm", package: "@acme/six", registry: "https://npm.example.com" },
      "it is the package @acme/six of https://npm.example.com: with that registry in .npmrc, install it from npm:@acme/six",
    ],
    ["https://example.com/seven.git", "install it from https://example.com/seven.git"],
    ["git@example.com:a/eight.git", "install it from git@example.com:a/eight.git"],
    [{ source: "moon" }, "it has a source of an unknown kind"],
  ])("name a plugin that lies elsewhere with its address: %j [R-SOURCE-15]", (source, reason) => {
    const { places, elsewhere } = read({ ".agents/plugins/marketplace.json": { plugins: [{ name: "far", source }] } });
    expect(places).toEqual([]);
    expect(elsewhere).toEqual([{ name: "far", reason: `.agents/plugins/marketplace.json names it: ${reason}` }]);
  });

  it("name what is said to be outside of the source, and each plugin once [R-SOURCE-15]", () => {
    const plugin = { name: "out", source: "../other" };
    const { elsewhere } = read({
      ".claude-plugin/marketplace.json": { plugins: [plugin] },
      ".cursor-plugin/marketplace.json": { plugins: [plugin] },
    });
    expect(elsewhere).toEqual([
      { name: "out", reason: "its skills are said to be in ../other/skills, which is outside of this source" },
    ]);
  });

  it("say whether it is a plugin by the Agent Plugins specification [R-SOURCE-15]", () => {
    const schema = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json";
    expect(read({ "plugin.json": { $schema: schema, name: "x" } }).isAgentPlugin).toBe(true);
    expect(read({ "plugin.json": { name: "another kind" } }).isAgentPlugin).toBe(false);
  });
});
