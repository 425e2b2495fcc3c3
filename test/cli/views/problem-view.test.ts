import { describe, expect, it } from "vitest";
import { palette } from "../../../src/cli/terms/colour.js";
import { errorDocument, errorLines, warningLines } from "../../../src/cli/views/problem-view.js";
import { EdenError, type Problem } from "../../../src/errors.js";

const plain = palette(false);
const problem = (changes: Partial<Problem>): Problem => ({
  code: "UNKNOWN_KEY",
  severity: "error",
  path: "reactor.retrys",
  message: "unknown key",
  line: 4,
  column: 2,
  ...changes,
});

describe("what is wrong before a run", () => {
  const error = new EdenError("UNKNOWN_KEY", "unknown key", {
    path: "/p/skills.toml",
    problems: [
      problem({}),
      problem({ path: "reactor.foo", line: 5 }),
      problem({ code: "INVALID_TOML", path: "", message: "bad \u001b", line: null, column: null }),
    ],
  });

  it("is every problem with its place, and the next step once for each kind", () => {
    expect(errorLines(error, plain, false)).toEqual([
      "error[UNKNOWN_KEY] reactor.retrys: unknown key",
      "  --> /p/skills.toml:4:2",
      "  hint: Remove the key or correct its spelling; outside of a policy, and without --strict, it is only a warning.",
      "error[UNKNOWN_KEY] reactor.foo: unknown key",
      "  --> /p/skills.toml:5:2",
      "error[INVALID_TOML]: bad \\x1b",
      "  --> /p/skills.toml",
      "  hint: Correct the syntax at that place; strings need quotes, and a key may be given once.",
    ]);
  });

  it("is one JSON document", () => {
    expect(errorDocument(error, 2)).toMatchObject({
      error: {
        code: "UNKNOWN_KEY",
        message: "unknown key",
        problems: [
          { code: "UNKNOWN_KEY", path: "reactor.retrys", message: "unknown key", line: 4, column: 2 },
          { path: "reactor.foo" },
          { path: "", line: null, column: null },
        ],
      },
      exit_code: 2,
    });
  });

  it("may stand for itself, with advice of its own", () => {
    const own = new EdenError("UNKNOWN_SKILL", "no skill 'x'", { hint: "Did you mean y?" });
    expect(errorLines(own, plain, false)).toEqual(["error[UNKNOWN_SKILL]: no skill 'x'", "  hint: Did you mean y?"]);
  });

  it.each([
    ["names no problems", new EdenError("UNKNOWN_SKILL", "no skill 'x'")],
    [
      "names warnings only",
      new EdenError("UNKNOWN_SKILL", "no skill 'x'", { problems: [problem({ severity: "warning" })] }),
    ],
  ])("is one problem itself in JSON when it %s", (_what, bare) => {
    expect(errorDocument(bare, 2)).toMatchObject({
      error: { problems: [{ code: "UNKNOWN_SKILL", path: "", message: "no skill 'x'", line: null, column: null }] },
    });
  });

  it("may be a fault of the program, whose trace is for --verbose", () => {
    expect(errorLines(new TypeError("x is not a function"), plain, false)).toEqual([
      "error[INTERNAL]: x is not a function",
      "  hint: This is a fault of the program; --verbose shows where it happened.",
    ]);
    expect(errorLines(new TypeError("x"), plain, true).join("\n")).toContain("problem-view.test");
    expect(errorDocument(new TypeError("x"), 1)).toEqual({
      error: {
        code: "INTERNAL",
        message: "x",
        problems: [{ code: "INTERNAL", path: "", message: "x", line: null, column: null }],
      },
      exit_code: 1,
    });
  });
});

it("warnings are one line each, with their place", () => {
  expect(warningLines([problem({ severity: "warning" }), problem({ path: "", line: null })], plain)).toEqual([
    "warning[UNKNOWN_KEY] reactor.retrys: unknown key (4:2)",
    "warning[UNKNOWN_KEY]: unknown key",
  ]);
});
