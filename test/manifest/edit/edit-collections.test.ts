import { expect, it } from "vitest";
import { appendCollections, changeGlobs } from "../../../src/manifest/edit/edit-collections.js";
import { takeSkills } from "../../../src/manifest/edit/take-skills.js";

it("entries of an array become a collection with their comments [R-EDIT-01] [R-SOURCE-20]", async () => {
  const before = `version = 1
skills = [
  # a
  { id = "a", source = "x/y//a" }, # b
  { id = "b", source = "x/y//b" },
  # c
  { id = "c", source = "x/z" },
]
collections = [{ repo = "x/w" }]
`;
  const { text, comments } = await takeSkills(before, [0, 1]);
  expect(comments).toEqual(["# a", "# b", "# c"]);
  const after = await appendCollections(text, [{ repo: "x/y" }], comments);
  expect(after).toBe(`version = 1
skills = [
  { id = "c", source = "x/z" },
]
collections = [{ repo = "x/w" },
  # a
  # b
  # c
  { repo = "x/y" }]
`);
});

it("comments of replaced tables keep the line ending of the file [R-EDIT-01] [R-SOURCE-20]", async () => {
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  const before = crlf('# file\n\n# a\n[[skills]] # b\nid = "a"\nsource = "x/y//a" # c\n');
  const { text, comments } = await takeSkills(before, [0]);
  const after = await appendCollections(text, [{ repo: "x/y" }], comments);
  expect(after).toBe(crlf('# file\n\n# a\n# b\n# c\n[[collections]]\nrepo = "x/y"\n'));
});

it("a list that becomes empty leaves an inline table, its comments do not [R-SOURCE-20]", async () => {
  const before = `collections = [
  { repo = "x/y", include = [
    "a", # best
  ], exclude = ["b"] },
]
`;
  const all = await changeGlobs(before, 0, "include", { remove: ["a"] });
  expect(all).toBe('collections = [\n  # best\n  { repo = "x/y", exclude = ["b"] },\n]\n');
  const none = await changeGlobs(all, 0, "exclude", { remove: ["b"] });
  expect(none).toBe('collections = [\n  # best\n  { repo = "x/y" },\n]\n');
});
