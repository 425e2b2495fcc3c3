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
  item({ action: "update", reasons: ["other content", "forced"] }),
  item({ action: "noop", reasons: [] }),
  item({ action: "conflict", reasons: ["modified\nlocally"] }),
  item({ action: "remove", reasons: ["disabled"], environment: { kind: "docker", container: "box" } }),
];

describe("a plan as text", () => {
  it("is a line for each target and the sum [R-CLI-06]", () => {
    expect(planLines(items, palette(false), false)).toEqual([
      "+ create   /t/a (never synced)",
      "~ update   /t/a (other content; forced)",
      "= noop     /t/a",
      "! conflict /t/a (modified | locally)",
      "- remove   docker:box /t/a (disabled)",
      "plan: create=1 update=1 noop=1 conflict=1 remove=1",
    ]);
  });

  it("is only its conflicts with --quiet [R-CLI-12]", () => {
    expect(planLines(items, palette(false), true)).toEqual(["! conflict /t/a (modified | locally)"]);
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
