import { expect, it } from "vitest";
import { followLink } from "../../src/skill/follow-links.js";
import { readSubmodules } from "../../src/skill/submodules.js";

const follow = (path: string, links: Record<string, string>) => followLink(path, new Map(Object.entries(links)));

it.each([
  ["to a directory beside it", { "a/l": "../b/c" }, "b/c"],
  ["to the root", { "a/l": ".." }, "."],
  ["through another link", { "a/l": "../m/x", m: "b" }, "b/x"],
  ["through a link and back up from where it leads", { "a/l": "../m/../y", m: "b/c" }, "b/y"],
  ["out of the source", { "a/l": "../../b" }, null],
  ["to an absolute path", { "a/l": "/b" }, null],
  ["to itself", { "a/l": "l" }, null],
  ["round", { "a/l": "m", "a/m": "l" }, null],
  ["by no text", { "a/l": "" }, null],
  ["by a text that is too long", { "a/l": "x/".repeat(600) }, null],
])("a link is followed %s [R-SOURCE-14]", (_, links, to) => {
  expect(follow("a/l", links as unknown as Record<string, string>)).toBe(to);
});

it("the addresses of submodules are read as git writes them, and odd lines are passed over [R-SOURCE-14]", () => {
  const text =
    '[submodule "a"]\r\n\tpath = skills/a\n\turl = https://x/a.git\n\tbranch = main\n[submodule "b"]\n url=../b\n path="b c/"\nnonsense\n[submodule "c"]\npath = c\n';
  expect([...readSubmodules(text)]).toEqual([
    ["skills/a", "https://x/a.git"],
    ["b c", "../b"],
  ]);
});
