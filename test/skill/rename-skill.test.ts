import { describe, expect, it } from "vitest";
import { readFrontMatter } from "../../src/skill/front-matter.js";
import { renameSkill } from "../../src/skill/rename-skill.js";

const renamed = async (text: string | Buffer, name = "acme-web") =>
  (await renameSkill(Buffer.from(text as string), name)).toString("utf8");
const head = (yaml: string) => `---\n${yaml}\n---\nname: body\n`;

describe("a SKILL.md with another name [R-ALIAS-01]", () => {
  it.each([
    ["plain", "name: web\ndescription: d", "name: acme-web\ndescription: d"],
    [
      "after other keys",
      "description: d # c\nname:   web   # mine\nlicense: MIT",
      "description: d # c\nname:   acme-web   # mine\nlicense: MIT",
    ],
    ["double quotes", 'name: "web"\ndescription: "d"', 'name: acme-web\ndescription: "d"'],
    ["single quotes", "name: 'it''s'\ndescription: d", "name: acme-web\ndescription: d"],
    ["a folded block", "name: >-\n  web\n  design\n\ndescription: d", "name: acme-web\n\ndescription: d"],
    ["a literal block at the end", "description: d\nname: |\n  web", "description: d\nname: acme-web"],
    ["several lines", "name: web\n  design\ndescription: d", "name: acme-web\ndescription: d"],
    ["a number", "name: 2026\ndescription: d", "name: acme-web\ndescription: d"],
    ["a flow list", "name: [draft] web\ndescription: d", "name: acme-web\ndescription: d"],
    ["nothing", "name:\ndescription: d", "name: acme-web\ndescription: d"],
    ["nothing but a comment", "name: # todo: x\ndescription: d", "name: acme-web # todo: x\ndescription: d"],
    ["null", "name: ~\ndescription: d", "name: acme-web\ndescription: d"],
    ["no name", "description: d\nmetadata:\n  name: deep", "name: acme-web\ndescription: d\nmetadata:\n  name: deep"],
    ["no name, and indentation", "  description: d", "  name: acme-web\n  description: d"],
    ["a flow map", "{name: web, description: d}", "{name: acme-web, description: d}"],
    ["indentation", "  name: web\n  description: d", "  name: acme-web\n  description: d"],
    ["words of other languages", "description: größer 日本\nname: wéb", "description: größer 日本\nname: acme-web"],
    ["invalid YAML", "name: web\ndescription: Use when: always", "name: acme-web\ndescription: Use when: always"],
    ["invalid YAML with quotes", 'description: a: b\nname: "web"', "description: a: b\nname: acme-web"],
    [
      "invalid YAML with a block",
      "description: a: b\nname: >\n  web\n  design\nlicense: MIT",
      "description: a: b\nname: acme-web\nlicense: MIT",
    ],
    [
      "invalid YAML with two names",
      "name: web\ndescription: a: b\nname: other",
      "name: acme-web\ndescription: a: b\nname: other",
    ],
    ["invalid YAML without a name", "description: a: b", "name: acme-web\ndescription: a: b"],
    ["tabs", "name:\tweb\ndescription:\td: e", "name:\tacme-web\ndescription:\td: e"],
  ])("%s", async (_, before, after) => {
    expect(await renamed(head(before))).toBe(head(after));
    const now = await readFrontMatter(Buffer.from(head(after)));
    expect(now).toMatchObject({ frontMatter: { name: "acme-web" } });
  });

  it("keeps a byte order mark, line ends and bytes that are not UTF-8", async () => {
    const text = "\ufeff---\r\nname: 'web'\r\ndescription: |\r\n  d\r\n---\r\nbody\r\n";
    expect(await renamed(text)).toBe(text.replace("'web'", "acme-web"));
    const noName = text.replace("name: 'web'\r\n", "");
    expect(await renamed(noName)).toBe(text.replace("'web'", "acme-web"));
    const macintosh = "---\rname: web\rdescription: d\r---\rbody\r";
    expect(await renamed(macintosh)).toBe(macintosh.replace("web", "acme-web"));
    const odd = Buffer.concat([Buffer.from(head("name: web\ndescription: d")), Buffer.from([0xff, 0xfe, 0x00])]);
    const rewritten = await renameSkill(odd, "acme-web");
    expect(rewritten.subarray(-3)).toEqual(Buffer.from([0xff, 0xfe, 0x00]));
    expect(rewritten.length).toBe(odd.length + 5);
  });

  it("quotes a name that YAML would not read as text", async () => {
    for (const name of ["123", "true", "null", "1e5", "0x1f", "no"])
      expect(await renamed(head("name: web\ndescription: d"), name)).toBe(head(`name: "${name}"\ndescription: d`));
  });

  it.each([
    ["no front matter", "name: web\n"],
    ["an open front matter", "---\nname: web\n"],
    ["an anchor that is used again", head("name: &a web\ndescription: *a")],
  ])("is refused for %s", async (_, text) => {
    await expect(renamed(text)).rejects.toMatchObject({ code: "SKILL_INVALID" });
  });
});
