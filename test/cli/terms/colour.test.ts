import { describe, expect, it } from "vitest";
import { palette, wantsColour } from "../../../src/cli/terms/colour.js";

describe("whether there are colours [R-CLI-13]", () => {
  it.each([
    ["auto", {}, true, true, "a terminal"],
    ["auto", {}, false, false, "no terminal"],
    ["auto", { TERM: "dumb" }, true, false, "a terminal that knows none"],
    ["auto", { NO_COLOR: "1" }, true, false, "NO_COLOR"],
    ["auto", { NO_COLOR: "" }, true, true, "an empty NO_COLOR"],
    ["auto", { FORCE_COLOR: "1" }, false, true, "FORCE_COLOR"],
    ["auto", { FORCE_COLOR: "0" }, true, false, "FORCE_COLOR=0"],
    ["auto", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false, "NO_COLOR against FORCE_COLOR"],
    ["always", { NO_COLOR: "1" }, false, true, "the flag against NO_COLOR"],
    ["never", { FORCE_COLOR: "1" }, true, false, "the flag against FORCE_COLOR"],
  ] as const)("%s with %j on a terminal: %s gives %s (%s)", (choice, env, isTerminal, expected, _why) => {
    expect(wantsColour(choice, env, isTerminal)).toBe(expected);
  });

  it("leaves a text as it is when there are none", () => {
    expect(palette(false).bad("x")).toBe("x");
    expect(palette(true).bad("x")).toBe("\u001b[31mx\u001b[39m");
  });
});
