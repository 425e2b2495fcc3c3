import { describe, expect, it } from "vitest";
import { findSkillDirectories } from "../../src/skill/discover.js";

function find(paths: readonly string[], declarations: Record<string, unknown> = {}, start = "."): string[] {
  return findSkillDirectories({
    paths: paths.map((path) => (path.endsWith(".md") ? path : `${path}/SKILL.md`)),
    start,
    agentDirectories: [".agents/skills", ".claude/skills"],
    declarations: new Map(
      Object.entries(declarations).map(([path, value]) => [
        path,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  });
}

describe("the skills of a source", () => {
  it("are found at the root, below skills/, below agents' directories, in this order [R-SOURCE-02]", () => {
    const paths = [
      ".claude/skills/z",
      "SKILL.md",
      "skills/b",
      "skills/.curated/c",
      "skills/a",
      ".agents/skills/y",
      "elsewhere/x",
    ];
    expect(find(paths)).toEqual([
      ".",
      "skills/.curated/c",
      "skills/a",
      "skills/b",
      ".agents/skills/y",
      ".claude/skills/z",
    ]);
    expect(find(paths.toReversed())).toEqual(find(paths));
  });

  it("are looked for everywhere, some levels deep, only when no usual place has one [R-SOURCE-02]", () => {
    const paths = ["categories/web/a", "x/node_modules/b", "dist/c", "1/2/3/4/5", "1/2/3/4/5/6x/7"];
    expect(find(paths)).toEqual(["1/2/3/4/5", "categories/web/a"]);
    expect(find([...paths, "skills/a"])).toEqual(["skills/a"]);
  });

  it("do not lie within one another [R-SOURCE-02]", () => {
    expect(find(["skills/a", "skills/a/examples/b", "skills/ab"])).toEqual(["skills/a", "skills/ab"]);
    expect(find(["a", "a/b"])).toEqual(["a"]);
  });

  it("are where plugins say, but never outside [R-SOURCE-02]", () => {
    const paths = ["plugins/p/skills/a", "plugins/p/special/b", "q/skills/c", "tools/d", "other/e"];
    const marketplace = {
      metadata: { pluginRoot: "./plugins" },
      plugins: [
        { source: "p", skills: ["./special/b"] },
        { source: "./q" },
        { source: { source: "github", repo: "x/y" } },
        { source: "../../etc" },
        "nonsense",
      ],
    };
    const declared = {
      ".claude-plugin/marketplace.json": marketplace,
      ".claude-plugin/plugin.json": { skills: "./tools" },
    };
    expect(find(paths, declared)).toEqual(["plugins/p/skills/a", "plugins/p/special/b", "q/skills/c", "tools/d"]);
    expect(find(["a"], { ".claude-plugin/marketplace.json": "{ broken" })).toEqual(["a"]);
  });

  it("are looked for below the directory that was asked for [R-SOURCE-02]", () => {
    const paths = ["pack/skills/a", "pack/b", "skills/c"];
    expect(find(paths, {}, "pack")).toEqual(["pack/skills/a"]);
    expect(find(paths, {}, "pack/b")).toEqual(["pack/b"]);
  });

  it("are found in a time in proportion to their number and that of the places that a source names [R-SOURCE-02]", () => {
    const skills = Array.from({ length: 20_000 }, (_, index) => `somewhere/s${index}`);
    const plugins = Array.from({ length: 100 }, (_, index) => ({
      source: `./p${index}`,
      skills: Array.from({ length: 1000 }, (__, at) => `a${at}`),
    }));
    const started = performance.now();
    expect(find(skills, { ".claude-plugin/marketplace.json": { plugins } })).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
