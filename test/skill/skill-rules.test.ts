import { describe, expect, it } from "vitest";
import { frontMatterFaults } from "../../src/skill/skill-rules.js";

const GOOD = { name: "web-design2", description: "Designs.", license: null, compatibility: null };

describe("the format of a SKILL.md, strictly [R-DOCTOR-03]", () => {
  it("has no faults", () => {
    expect(frontMatterFaults(GOOD, "web-design2")).toEqual([]);
    expect(
      frontMatterFaults(
        { ...GOOD, name: "a".repeat(64), description: "x".repeat(1024), compatibility: "y".repeat(500) },
        "a".repeat(64),
      ),
    ).toEqual([]);
  });

  it.each<[Partial<typeof GOOD> | { name: null } | { description: null } | { compatibility: string }, RegExp]>([
    [{ name: null }, /no name/u],
    [{ name: "Web" }, /a-z, 0-9/u],
    [{ name: "-web" }, /hyphens/u],
    [{ name: "web--x" }, /hyphens/u],
    [{ name: "a".repeat(65) }, /longer than 64/u],
    [{ name: "other" }, /not the one of its directory/u],
    [{ description: null }, /no description/u],
    [{ description: " " }, /no description/u],
    [{ description: "x".repeat(1025) }, /longer than 1024/u],
    [{ compatibility: "" }, /compatibility/u],
    [{ compatibility: "x".repeat(501) }, /compatibility/u],
  ])("%j is one", (changes, expected) => {
    const faults = frontMatterFaults({ ...GOOD, ...changes }, "web-design2");
    expect(
      faults.some((fault) => expected.test(fault)),
      faults.join(),
    ).toBe(true);
  });
});
