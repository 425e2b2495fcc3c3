import { describe, expect, it } from "vitest";
import { didYouMean, nearestWord } from "../../../src/manifest/names/nearest-word.js";

const words = ["concurrency", "min_concurrency", "timeout", "stall_timeout", "retries"];

describe("nearestWord", () => {
  it.each([
    ["concurency", "concurrency"],
    ["Timeout", "timeout"],
    ["time-out", "timeout"],
    ["retry", null],
    ["stall", "stall_timeout"],
    ["xyzzy", null],
    ["", null],
  ])("answers %j with %j", (word, nearest) => {
    expect(nearestWord(word, words)).toBe(nearest);
  });

  it("takes two letters that changed places for one slip, and nothing far for a short word", () => {
    expect(nearestWord("tow", ["one", "two"])).toBe("two");
    expect(nearestWord("hihg", ["high", "low"])).toBe("high");
    expect(nearestWord("nope", ["kode", "amp"])).toBeNull();
  });

  it("prefers the candidate closest in length among those that hold the word", () => {
    expect(nearestWord("claude", ["claude-code-extended", "claude-code"])).toBe("claude-code");
  });

  it("is quick with a word of a megabyte", () => {
    expect(nearestWord("a".repeat(1_000_000), words)).toBeNull();
  });

  it("puts itself into words, or says nothing", () => {
    expect(didYouMean("retires", words)).toBe(' — did you mean "retries"?');
    expect(didYouMean("xyzzy", words)).toBe("");
  });
});
