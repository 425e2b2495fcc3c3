import { describe, expect, it } from "vitest";
import { readAllowedTools, readFrontMatter } from "../../src/skill/front-matter.js";
import { pointerKind } from "../../src/skill/pointer.js";

const read = async (text: string | Buffer) => await readFrontMatter(Buffer.from(text as string));
const of = async (yaml: string) => await read(`---\n${yaml}\n---\nbody\n`);
const facts = (name: string | null, description: string | null = null, license: string | null = null) => ({
  frontMatter: { name, description, license, compatibility: null, internal: false },
  warnings: [] as string[],
});

/** Why it cannot be read. */
async function problemOf(text: string | Buffer): Promise<string> {
  const result = await read(text);
  return "problem" in result ? result.problem : expect.unreachable("it was read");
}

describe("readFrontMatter", () => {
  it.each([
    ["three keys", "name: x\ndescription: y z\nlicense: MIT", facts("x", "y z", "MIT")],
    ["keys nobody knows", "name: x\nallowed-tools: [a, b]\nmetadata:\n  name: deep", facts("x")],
    ["quotes and folds", 'name: "x: y"\ndescription: >-\n  one\n  two', facts("x: y", "one two")],
    ["no known key", "title: x", facts(null)],
    ["null", "name:\ndescription: ~", facts(null)],
    ["words that YAML 1.1 took for something else", "name: yes\ndescription: 'no'", facts("yes", "no")],
    ["dates", "name: 2026-01-01", facts("2026-01-01")],
    ["unicode", "name: 日本\ndescription: ü", facts("日本", "ü")],
    ["dashes inside", "name: a---b\ndescription: --- x", facts("a---b", "--- x")],
  ])("[R-STORE-04] reads %s", async (_, yaml, expected) => {
    expect(await of(yaml)).toEqual(expected);
  });

  it("[R-STORE-04] reads Windows line ends, a byte order mark, blanks after the dashes, and a head without a body", async () => {
    expect(await read("---\r\nname: x\r\ndescription: y\r\n---\r\nbody")).toEqual(facts("x", "y"));
    expect(await read("\ufeff---\nname: x\n---\n")).toEqual(facts("x"));
    expect(await read("--- \t\nname: x\n---  \n")).toEqual(facts("x"));
    expect(await read("---\nname: x\n---")).toEqual(facts("x"));
    expect(await read("---\nname: x\n---\n---\nname: y\n---\n")).toEqual(facts("x"));
  });

  it.each([
    ["nothing", ""],
    ["no dashes", "name: x\n"],
    ["no end", "---\nname: x\n"],
    ["an end that is none", "---\nname: x\n----\n"],
    ["text before", "\n---\nname: x\n---\n"],
    ["four dashes", "----\nname: x\n---\n"],
    ["an end beyond 16 KiB", `---\nname: x\ndescription: ${"y".repeat(16_384)}\n---\n`],
  ])("[R-STORE-04] finds no head in %s", async (_, text) => {
    expect(await problemOf(text)).toBe("SKILL.md has no front matter between two lines of ---");
  });

  it.each([
    ["broken YAML", "---\ntitle: [x\n---\n", /^the front matter is not YAML: /u],
    ["a list", "---\n- name: x\n---\n", /^the front matter is not a table$/u],
    ["a word", "---\nname\n---\n", /^the front matter is not a table$/u],
    ["an alias", "---\na: &a x\nb: *a\n---\n", /^the front matter cannot be read: /u],
    ["an unknown alias", "---\nb: *a\n---\n", /^the front matter (?:cannot be read|is not YAML): /u],
  ])("[R-STORE-04] refuses %s, in one line", async (_, text, problem) => {
    expect(await problemOf(text)).toMatch(problem);
    expect(await problemOf(text)).not.toContain("\n");
  });

  it("[R-STORE-04] refuses a bomb of aliases within a second [R-THREAT-67]", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++)
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    const since = process.cpuUsage();
    expect(await problemOf(`---\n${lines.join("\n")}\nz: *a11\n---\n`)).toMatch(/^the front matter cannot be read/u);
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(1_000);
  });

  it.each([
    ["quotes", '"'],
    ["commas", "a: [,"],
    ["brackets", "[[]"],
    ["ends of tables", "}"],
    ["keys", "a:\n"],
    ["escapes", 'a: "\\z'],
    ["tags", "!a "],
  ])("[R-STORE-04] spends less than a second on 16 KiB of %s", async (_, unit) => {
    const since = process.cpuUsage();
    expect(await problemOf(`---\n${unit.repeat(16_370 / unit.length)}\n---\n`)).toMatch(/^the front matter/u);
    expect(await of(`a: {${Array.from({ length: 2_500 }, (__, index) => `k${index}`).join(",")}}`)).toEqual(
      facts(null),
    );
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(2_000);
  });

  it("[R-STORE-04] refuses keys that are tables in tables within a second, and takes one [R-THREAT-67]", async () => {
    const since = process.cpuUsage();
    for (const [open, close] of [
      ["{a,", "}"],
      ["? ", ""],
      ["[{[", "]:1}]"],
    ] as const)
      expect(await problemOf(`---\na: ${open.repeat(600)}${close.repeat(600)}\n---\n`)).toMatch(/^the front matter/u);
    expect(process.cpuUsage(since).user / 1000).toBeLessThan(1_000);
    expect(await of("name: a\ndescription: {{name}}")).toHaveProperty("frontMatter.name", "a");
  });

  it("[R-STORE-04] survives nesting as deep as 16 KiB allow [R-THREAT-67]", async () => {
    expect(await problemOf(`---\na: ${"[".repeat(8_000)}${"]".repeat(8_000)}\n---\n`)).toMatch(/^the front matter/u);
    expect(await problemOf(`---\na: ${"[".repeat(16_000)}\n---\n`)).toMatch(/^the front matter/u);
  });

  it("[R-STORE-04] neither follows nor obeys tags", async () => {
    expect(await of("name: !!js/function 'function () {}'\ndescription: !x y")).toEqual(facts("function () {}", "y"));
    expect(await of("name: !!binary aGk=\ndescription: !!int 5")).toMatchObject({ frontMatter: { description: "5" } });
  });

  it("[R-STORE-04] keeps the keys of prototypes out", async () => {
    expect(await of("__proto__:\n  name: hidden\nconstructor: x")).toEqual(facts(null));
    expect(await of("? {name: x}\n: y")).toEqual(facts(null));
    expect(({} as Record<string, unknown>)["name"]).toBeUndefined();
    expect(await of("<<: {name: merged}")).toEqual(facts(null));
  });

  it("[R-STORE-04] reads bytes that are no UTF-8 without failing", async () => {
    expect(
      await read(Buffer.concat([Buffer.from("---\nname: x"), Buffer.from([0xff, 0xfe]), Buffer.from("\n---\n")])),
    ).toEqual(facts("x\ufffd\ufffd"));
  });
});

describe("a head that YAML refuses, or takes for something else", () => {
  it.each([
    ["a colon", "name: x\ndescription: Enforces the rule: one ADR", "x", "Enforces the rule: one ADR"],
    ["brackets", "name: x\nargument-hint: [pr-number] [priority]\ndescription: d", "x", "d"],
    ["an open bracket", "name: x\ndescription: [draft reviews pull requests", "x", "[draft reviews pull requests"],
    ["tabs", "name: x\ndescription: d\nmetadata:\n\tauthor: y", "x", "d"],
    ["keys that are indented by tabs", "\tname: x\n\tdescription: d", "x", "d"],
    ["one key twice", "name: x\ndescription: one\ndescription: two", "x", "one"],
    ["a quote in a quote", 'name: x\ndescription: "Use it" for: all', "x", '"Use it" for: all'],
    ["an open quote", "name: x\ndescription: 'It's for: all", "x", "'It's for: all"],
    ["quotes around the whole", 'name: \'x\'\ndescription: "a \\"b\\" c"\nz: a: b', "x", 'a "b" c'],
    ["further lines", "name: x\ndescription: one: 1\n  two\n\n  three\nlicense: MIT", "x", "one: 1 two three"],
    ["a folded block", "name: x\ndescription: >-\n  one\n  two\nhint: a: b", "x", "one two"],
    ["a literal block", "name: x\ndescription: |\n  one: 1\n  two\nhint: a: b", "x", "one: 1\ntwo"],
    ["no blank after the colon", "name:x\ndescription:d: e", "x", "d: e"],
    ["an at sign", "name: x\ndescription: @mentions people", "x", "@mentions people"],
    ["a bare star", "name: x\ndescription: d\nallowed-tools: *", "x", "d"],
    ["old line ends", "name: x\r\ndescription: a: b\r\n", "x", "a: b"],
  ])("is read line by line, with a warning: %s [R-SOURCE-16]", async (_, yaml, name, description) => {
    const result = await of(yaml);
    expect(result).toMatchObject({ frontMatter: { name, description } });
    expect("warnings" in result && result.warnings).toEqual([expect.stringMatching(/; it was read line by line$/u)]);
  });

  it.each([
    ["123", "123"],
    ["007", "007"],
    ["1.0", "1.0"],
    ["true", "true"],
    ["[WIP]", "[WIP]"],
    ["{a:\n  b}", "{a: b}"],
  ])("gives what is no text as it is written: %s [R-SOURCE-16]", async (yaml, written) => {
    const result = await of(`name: ${yaml}\ndescription: d`);
    expect(result).toMatchObject({
      frontMatter: { name: written },
      warnings: ["its name is not text in YAML: put it in quotes"],
    });
  });

  it("is not internal unless its metadata says so, however it is written [R-SOURCE-13]", async () => {
    const internal = async (yaml: string) => {
      const result = await of(yaml);
      return "frontMatter" in result && result.frontMatter.internal;
    };
    for (const metadata of ["{internal: true}", '{"internal": "true"}', "\n  author: x\n  internal: true"]) {
      expect(await internal(`name: x\nmetadata: ${metadata}`), metadata).toBe(true);
      expect(await internal(`name: x\ndescription: a: b\nmetadata: ${metadata}`), metadata).toBe(true);
    }
    for (const yaml of [
      "internal: true",
      "metadata: {internal: false}",
      "metadata: {my-internal: true}",
      "metadata: x",
    ])
      expect(await internal(`name: x\n${yaml}`), yaml).toBe(false);
    expect(await internal("name: x\ndescription: a: b\nmetadata:\n  internal: false")).toBe(false);
  });

  it("has its tools read from the same lines [R-SOURCE-16]", async () => {
    const tools = async (yaml: string) => await readAllowedTools(Buffer.from(`---\n${yaml}\n---\n`));
    expect(await tools("name: x\nallowed-tools: *")).toEqual(["*"]);
    expect(await tools("description: a: b\nallowed-tools: Read, Bash(git add *)")).toEqual(["Read", "Bash(git add *)"]);
  });
});

describe("pointerKind", () => {
  it.each([
    ["version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "a Git LFS pointer"],
    [`version https://git-lfs.github.com/spec/v1\n${"x".repeat(980)}`, "a Git LFS pointer"],
    [`version https://git-lfs.github.com/spec/v1\n${"x".repeat(981)}`, null],
    ["\0GITCRYPT\0\u0001\u0002", "encrypted with git-crypt"],
    ["version https://git-annex", null],
    [" version https://git-lfs", null],
    ["", null],
  ])("[R-STORE-04] of %j is %s", (text, kind) => {
    expect(pointerKind(Buffer.from(text))).toBe(kind);
  });
});
