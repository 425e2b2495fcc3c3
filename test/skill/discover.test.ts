import { describe, expect, it } from "vitest";
import { findSkillPlaces, liesInside } from "../../src/skill/discover.js";

function find(
  paths: readonly string[],
  places: readonly string[] = ["skills", ".agents/skills"],
  start = ".",
): string[] {
  const files = paths.map((path) => (path.toLowerCase().endsWith(".md") ? path : `${path}/SKILL.md`));
  return findSkillPlaces({ paths: files, start, places }).map(({ directory }) => directory);
}

describe("the directories of skills in a source", () => {
  it("are the one that was asked for, those in known places, then all others, each by its path [R-SOURCE-02]", () => {
    const paths = [
      "x/deep/1/2/3/4/5/6/7/8/9/10/11",
      ".agents/skills/y",
      "SKILL.md",
      "skills/b",
      "skills/.curated/c",
      "a",
    ];
    const found = [".", "skills/.curated/c", "skills/b", ".agents/skills/y", "a", "x/deep/1/2/3/4/5/6/7/8/9/10/11"];
    expect(find(paths)).toEqual(found);
    expect(find(paths.toReversed())).toEqual(found);
  });

  it("may have any name, and a SKILL.md in any case of letters [R-SOURCE-02]", () => {
    expect(find(["dist", "build/x", "vendor/y/z", ".hidden/q"])).toEqual([
      ".hidden/q",
      "build/x",
      "dist",
      "vendor/y/z",
    ]);
    const files = findSkillPlaces({
      paths: ["a/skill.md", "a/SKILL.md", "b/Skill.MD", "c/skills.md"],
      start: ".",
      places: [],
    });
    expect(files).toEqual([
      { directory: "a", file: "a/SKILL.md" },
      { directory: "b", file: "b/Skill.MD" },
    ]);
  });

  it("are looked for below the directory that was asked for [R-SOURCE-02]", () => {
    const paths = ["pack/skills/a", "pack/b", "skills/c", "package/d"];
    expect(find(paths, undefined, "pack")).toEqual(["pack/skills/a", "pack/b"]);
    expect(find(paths, undefined, "pack/b")).toEqual(["pack/b"]);
  });

  it("are found in a time in proportion to their number and that of the places that a source names [R-SOURCE-02]", () => {
    const skills = Array.from({ length: 20_000 }, (_, index) => `somewhere/s${index}`);
    const places = Array.from({ length: 100_000 }, (_, index) => `p/${index}`);
    const started = performance.now();
    expect(find(skills, places)).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("lie in one another only below, not beside [R-SOURCE-17]", () => {
    const others = new Set(["a/b"]);
    expect(["a/b/c", "a/b/c/d", "a/b", "a/bc", "a"].map((path) => liesInside(path, others))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
