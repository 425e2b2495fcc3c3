import { describe, expect, it } from "vitest";
import { afterLostOutput, exitCodeOfError } from "../../../src/cli/terms/error-exit-code.js";
import { EdenError } from "../../../src/errors.js";

describe("the exit code of an error before a run [R-CLI-01]", () => {
  it.each([
    ["INVALID_TOML", 2],
    ["UNRESOLVED_CONFLICT", 2],
    ["UNKNOWN_SKILL", 2],
    ["MANIFEST_NOT_FOUND", 2],
    ["USAGE", 2],
    ["LOCK_OUT_OF_DATE", 3],
    ["TARGET_CONFLICT", 3],
    ["SITE_INVALID", 1],
    ["PERMISSION_DENIED", 1],
    ["STATE_UNREADABLE", 1],
  ])("%s is %i", (code, expected) => {
    expect(exitCodeOfError(new EdenError(code, "no"))).toBe(expected);
  });

  it("is that of the signal that came", () => {
    expect(exitCodeOfError(new EdenError("CANCELLED", "no", { exitCode: 143 }))).toBe(143);
  });

  it("is 1 for what nobody expected", () => {
    expect(exitCodeOfError(new TypeError("no"))).toBe(1);
  });
});

it.each([
  [0, 1],
  [3, 1],
  [1, 1],
  [2, 2],
  [130, 130],
])("code %i is %i when the result could not be written", (code, expected) => {
  expect(afterLostOutput(code)).toBe(expected);
});
