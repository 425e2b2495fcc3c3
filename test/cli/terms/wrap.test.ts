import { expect, it } from "vitest";
import { withTilde } from "../../../src/cli/terms/tilde.js";
import { wrap } from "../../../src/cli/terms/wrap.js";

it("a line ends before the width of the terminal, never within a path or an address [R-TEXT-07]", () => {
  expect(wrap("  one two https://example.com/a/very/long/address.git three four", 20)).toEqual([
    "  one two",
    "    https://example.com/a/very/long/address.git",
    "    three four",
  ]);
  expect(wrap("one two three four five six", undefined)).toEqual(["one two three four five six"]);
  expect(wrap("\u001b[31mone two three four\u001b[39m five", 23)).toEqual([
    "\u001b[31mone two three four\u001b[39m five",
  ]);
  expect(wrap("日本語日本語 日本語日本語", 20)).toEqual(["日本語日本語", "  日本語日本語"]);
});

it("a path below the home directory begins with a tilde, an address does not [R-TEXT-07]", () => {
  const home = "/home/me";
  expect(withTilde("/home/me/a, (/home/me) '/home/me/b'", home)).toBe("~/a, (~) '~/b'");
  for (const text of ["file:///home/me/a", "/mnt/home/me/a", "/home/mel", "/home/me2/x"])
    expect(withTilde(text, home)).toBe(text);
});
