import { expect, it } from "vitest";
import { codeSpan, tableRow } from "../../../src/cli/views/markdown.js";

it.each([
  ["a.md", "`a.md`"],
  ["@octocat [x](//evil.example) <b>#1</b>", "`@octocat [x](//evil.example) <b>#1</b>`"],
  ["a`b", "`` a`b ``"],
  ["``` `` @x", "```` ``` `` @x ````"],
  ["a\n\n# b", "`a | # b`"],
  ["a\u200bb\u202ec", "`a\\u{200b}b\\u{202e}c`"],
  ["", "` `"],
])("foreign text %j stands in a code span that it cannot leave [R-UPDATE-08]", (text, expected) => {
  expect(codeSpan(text)).toBe(expected);
});

it("a pipe does not end a cell [R-UPDATE-08]", () => {
  expect(tableRow(["a", codeSpan("b|c")])).toBe("| a | `b\\|c` |");
});
