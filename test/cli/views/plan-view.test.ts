import { describe, expect, it } from "vitest";
import { palette } from "../../../src/cli/terms/colour.js";
import { planExitCode, planLines } from "../../../src/cli/views/plan-view.js";
import type { PlanItem } from "../../../src/plan/plan.js";

function item(changes: Partial<PlanItem>): PlanItem {
  return {
    skillId: "a",
    agents: ["cursor"],
    sourcePath: null,
    targetPath: "/t/a",
    environment: { kind: "local" },
    inProject: false,
    installMode: "symlink",
    copyReason: null,
    action: "create",
    reasons: ["never synced"],
    failure: null,
    isEdited: false,
    backup: false,
    desired: null,
    ...changes,
  };
}

const items = [
  item({}),
  item({ skillId: "b", action: "update", reasons: ["other content", "forced"] }),
  item({ skillId: "c", action: "noop", reasons: [] }),
  item({ skillId: "d", action: "conflict", reasons: ["modified\nlocally"] }),
  item({ skillId: "e", action: "remove", reasons: ["disabled"], environment: { kind: "docker", container: "box" } }),
  item({ skillId: "f", agents: ["claude-code"], targetPath: "/t/f" }),
  item({ skillId: "f", agents: ["custom"], targetPath: "/u/f" }),
];

describe("a plan as text", () => {
  it("is a line for each skill to which something is done, by action, and the sum [R-CLI-06]", () => {
    expect(planLines(items, palette(false), "normal")).toEqual([
      "+ a  cursor",
      "+ f  /u/f, claude-code",
      "~ b  cursor (other content; forced)",
      "! d  cursor (modified | locally)",
      "- e  docker:box cursor (disabled)",
      "2 skills to create, 1 to update, 1 in conflict, 1 to remove, 1 unchanged; 2 to fetch",
    ]);
  });

  it("has every target with --verbose [R-CLI-06]", () => {
    expect(planLines(items.slice(0, 1), palette(false), "verbose")).toEqual([
      "+ a  cursor",
      "    + create   /t/a (never synced)",
      "1 skill to create; 1 to fetch",
    ]);
  });

  it("is only its conflicts with --quiet [R-CLI-12]", () => {
    expect(planLines(items, palette(false), "quiet")).toEqual(["! d  cursor (modified | locally)"]);
  });
});

describe("the exit code of a plan", () => {
  const conflict = [item({ action: "conflict" })];
  const done = [item({ action: "noop" })];
  it.each([
    ["conflicts", conflict, { strict: false, check: false }, 0],
    ["conflicts with --strict", conflict, { strict: true, check: false }, 3],
    ["work with --strict", [item({})], { strict: true, check: false }, 0],
    ["work with --check", [item({})], { strict: false, check: true }, 3],
    ["nothing to do with --check", done, { strict: true, check: true }, 0],
  ] as const)("%s", (_what, plan, rules, expected) => {
    expect(planExitCode(plan, rules)).toBe(expected);
  });
});
