import { describe, expect, it } from "vitest";
import { isLfsPointer, readFrontMatter } from "../../src/skill/front-matter.js";

const read = async (text: string | Buffer) => await readFrontMatter(Buffer.from(text as string));
const of = async (yaml: string) => await read(`---\n${yaml}\n---\nbody\n`);
const facts = (name: string | null, description: string | null = null, license: string | null = null) => ({
  frontMatter: { name, description, license, compatibility: null },
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
    ["values that are no text", "name: 5\ndescription: [x]\nlicense: true", facts(null)],
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
    ["broken YAML", "---\nname: [x\n---\n", /^the front matter is not YAML: /u],
    ["one key twice", "---\nname: x\nname: y\n---\n", /^the front matter is not YAML: Map keys must be unique/u],
    ["tabs", "---\nname:\n\t- x\n---\n", /^the front matter is not YAML: /u],
    ["a list", "---\n- name: x\n---\n", /^the front matter is not a table$/u],
    ["a word", "---\nname\n---\n", /^the front matter is not a table$/u],
    ["an alias", "---\na: &a x\nname: *a\n---\n", /^the front matter cannot be read: /u],
    ["an unknown alias", "---\nname: *a\n---\n", /^the front matter (?:cannot be read|is not YAML): /u],
  ])("[R-STORE-04] refuses %s, in one line", async (_, text, problem) => {
    expect(await problemOf(text)).toMatch(problem);
    expect(await problemOf(text)).not.toContain("\n");
  });

  it("[R-STORE-04] refuses a bomb of aliases within a second", async () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++)
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    const since = performance.now();
    expect(await problemOf(`---\n${lines.join("\n")}\nname: *a11\n---\n`)).toMatch(/^the front matter cannot be read/u);
    expect(performance.now() - since).toBeLessThan(1_000);
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
    const since = performance.now();
    expect(await problemOf(`---\n${unit.repeat(16_370 / unit.length)}\n---\n`)).toMatch(/^the front matter/u);
    expect(await of(`a: {${Array.from({ length: 2_500 }, (__, index) => `k${index}`).join(",")}}`)).toEqual(
      facts(null),
    );
    expect(performance.now() - since).toBeLessThan(2_000);
  });

  it("[R-STORE-04] survives nesting as deep as 16 KiB allow", async () => {
    expect(await problemOf(`---\nname: ${"[".repeat(8_000)}${"]".repeat(8_000)}\n---\n`)).toMatch(/^the front matter/u);
    expect(await problemOf(`---\nname: ${"[".repeat(16_000)}\n---\n`)).toMatch(/^the front matter/u);
  });

  it("[R-STORE-04] neither follows nor obeys tags", async () => {
    expect(await of("name: !!js/function 'function () {}'\ndescription: !x y")).toEqual(facts("function () {}", "y"));
    expect(await of("name: !!binary aGk=\ndescription: !!int 5")).toMatchObject({ frontMatter: { description: null } });
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

describe("isLfsPointer", () => {
  it.each([
    ["version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", true],
    [`version https://git-lfs.github.com/spec/v1\n${"x".repeat(980)}`, true],
    [`version https://git-lfs.github.com/spec/v1\n${"x".repeat(981)}`, false],
    ["version https://git-annex", false],
    [" version https://git-lfs", false],
    ["", false],
  ])("[R-STORE-04] of %j is %s", (text, is) => {
    expect(isLfsPointer(Buffer.from(text))).toBe(is);
  });
});
