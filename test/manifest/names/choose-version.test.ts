import { describe, expect, it } from "vitest";
import { admits, chooseVersion, newestFirst } from "../../../src/manifest/names/choose-version.js";

const versions = ["1.0.0", "1.2.0", "1.2.3", "1.10.0", "2.0.0-beta.1", "2.0.0-beta.2", "2.1.0", "3.0.0-rc.1"].map(
  (version) => ({ version, yanked: false }),
);
const chosen = (range: string, locked: string | null = null, withdrawn: string[] = []) =>
  chooseVersion(
    versions.map(({ version }) => ({ version, yanked: withdrawn.includes(version) })),
    range,
    locked,
  )?.version ?? null;

describe("the version that a range leads to [R-REGISTRY-06]", () => {
  it.each([
    ["*", "2.1.0"],
    ["^1.0", "1.10.0"],
    ["~1.2", "1.2.3"],
    ["1.2.0", "1.2.0"],
    [">=1 <2", "1.10.0"],
    ["1.x || 2.x", "2.1.0"],
    ["1.0 - 1.2", "1.2.3"],
    ["2.0.0-beta.1", "2.0.0-beta.1"],
    ["~2.0.0-beta.1", "2.0.0-beta.2"],
    [">=3.0.0-0", "3.0.0-rc.1"],
    ["^3", null],
    ["^4.0", null],
    ["1.x-beta", null],
  ])("%s is %s", (range, version) => {
    expect(chosen(range)).toBe(version);
  });

  it("is no withdrawn one, unless it is locked and nothing else is left", () => {
    expect(chosen("^1", null, ["1.10.0"])).toBe("1.2.3");
    expect(chosen("^1", "1.10.0", ["1.10.0"])).toBe("1.2.3");
    expect(chosen("^2", null, ["2.1.0"])).toBeNull();
    expect(chosen("^2", "2.1.0", ["2.1.0"])).toBe("2.1.0");
  });

  it("is the same in whatever order they come, builds included", () => {
    const builds = ["1.0.0+a", "1.0.0+b", "0.9.0", "1.0.0-x"].map((version) => ({ version }));
    expect(newestFirst(builds).map(({ version }) => version)).toEqual(["1.0.0+b", "1.0.0+a", "1.0.0-x", "0.9.0"]);
    expect([admits("^1", "1.2.3"), admits("^1", "1.2.3-x"), admits("nonsense", "1.2.3")]).toEqual([true, false, false]);
  });
});
