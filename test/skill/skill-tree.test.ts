import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SkillLimits } from "../../src/manifest/document/manifest.js";
import {
  checkEntries,
  checkLinks,
  checkSizes,
  type SkillFile,
  type UncheckedEntry,
} from "../../src/skill/skill-tree.js";

const LIMITS: SkillLimits = { maxFiles: 2_000, maxBytes: 67_108_864, maxFileBytes: 8_388_608, maxDepth: 32 };
const OID = "a".repeat(40);

const entry = (path: string | Buffer, mode = "100644"): UncheckedEntry => ({
  path: Buffer.from(path as string),
  mode,
  oid: OID,
});
const directory = (path: string) => entry(path, "040000");
const file = (path: string, mode: SkillFile["mode"] = "100644", oid = OID): SkillFile => ({ path, mode, oid });

/** Files with the directories that hold them, as `ls-tree -t` lists them. */
function tree(...paths: string[]): UncheckedEntry[] {
  const parents = new Set(
    paths.flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
    ),
  );
  return [...[...parents].map(directory), ...paths.map((path) => entry(path))];
}

function refusal(entries: UncheckedEntry[], limits: Partial<SkillLimits> = {}): string {
  try {
    checkEntries(entries, { ...LIMITS, ...limits });
  } catch (error) {
    expect(error).toMatchObject({ name: "EdenError", code: "SKILL_UNSAFE", facts: { stage: "materialise" } });
    return (error as Error).message;
  }
  return expect.unreachable("it was accepted");
}

describe("checkEntries", () => {
  it("[R-STORE-04] returns the files, and no directory, in the order given", () => {
    expect(
      checkEntries([...tree("SKILL.md", "a/b/c", "a/d"), entry("run", "100755"), entry("link", "120000")], LIMITS),
    ).toEqual([file("SKILL.md"), file("a/b/c"), file("a/d"), file("run", "100755"), file("link", "120000")]);
    expect(checkEntries([], LIMITS)).toEqual([]);
  });

  it("[R-STORE-04] takes a file of mode 100664 for 100644, as git does", () => {
    expect(checkEntries([entry("old", "100664")], LIMITS)).toEqual([file("old")]);
  });

  it.each([
    ["160000", "x is a submodule, which is not supported"],
    ["100600", "x has mode 100600"],
    ["140000", "x has mode 140000"],
    ["", "x has mode "],
  ])("[R-STORE-04] refuses mode %s", (mode, message) => {
    expect(refusal([entry("SKILL.md"), entry("x", mode)])).toBe(message);
  });

  it.each([
    ["../x", "the name of ../x is a relative directory"],
    ["a/../b", "the name of a/../b is a relative directory"],
    ["./x", "the name of ./x is a relative directory"],
    ["/x", "the name of /x is empty"],
    ["a//b", "the name of a//b is empty"],
    ["a/.git/config", "the name of a/.git/config is reserved by git"],
    ["a/aux.md", "the name of a/aux.md is a device name on Windows"],
    ["a\nb", "the name of a\nb has an invisible or control character"],
    ["a\u001b]0;x\u0007", "the name of a\\x1b]0;x\\x07 has an invisible or control character"],
  ])("[R-STORE-04] judges every part of a path: %j", (path, message) => {
    expect(refusal([entry(path)])).toBe(message);
  });

  it("[R-STORE-04] refuses names that are not UTF-8, and shows each byte of them", () => {
    expect(refusal([entry(Buffer.from("a\xff\xfe", "latin1"))])).toBe("the name a\\xff\\xfe is not UTF-8");
    expect(refusal([entry(Buffer.from([0xc0, 0xaf]))])).toBe("the name \\xc0\\xaf is not UTF-8");
    expect(refusal([entry(Buffer.from([0xed, 0xa0, 0x80]))])).toBe("the name \\xed\\xa0\\x80 is not UTF-8");
  });

  it.each([
    ["two files", tree("SKILL.md", "skill.md"), "skill.md and SKILL.md are the same name on some file systems"],
    ["a file and a directory", tree("A", "a/x"), "A and a are the same name on some file systems"],
    ["two directories", tree("a/x", "A/y"), "A and a are the same name on some file systems"],
    ["deep in one directory", tree("d/Ä", "d/ä"), "d/ä and d/Ä are the same name on some file systems"],
    ["compatibility forms", tree("\ufb01le", "file"), "file and \ufb01le are the same name on some file systems"],
  ])("[R-STORE-04] refuses what collides where case or form does not count: %s", (_, entries, message) => {
    expect(refusal(entries)).toBe(message);
  });

  it("[R-STORE-04] refuses decomposed names by themselves, so that the two forms of one name never meet", () => {
    expect(refusal(tree("\u00e9", "e\u0301"))).toContain("is not in Unicode normal form C");
  });

  it("[R-STORE-04] lets one name stand in several directories", () => {
    expect(checkEntries(tree("a/x", "b/x", "x"), LIMITS)).toHaveLength(3);
  });

  it("[R-STORE-05] allows exactly the depth, the number of files and the length that the limits say", () => {
    const deep = Array.from({ length: 32 }, () => "d").join("/");
    expect(checkEntries([entry(deep)], LIMITS)).toHaveLength(1);
    expect(refusal([entry(`d/${deep}`)])).toBe(`d/${deep} lies more than 32 directories deep`);
    expect(checkEntries(tree("a", "b", "c"), { ...LIMITS, maxFiles: 3 })).toHaveLength(3);
    expect(refusal(tree("a", "b", "c", "d"), { maxFiles: 3 })).toBe("more than 3 files");
    expect(checkEntries(tree("a/b/c", "d"), { ...LIMITS, maxFiles: 2 })).toHaveLength(2);
    const long = Array.from({ length: 4 }, () => "x".repeat(255)).join("/");
    expect(checkEntries([entry(long)], LIMITS)).toHaveLength(1);
    expect(refusal([entry(`${long}/x`)])).toBe("a path is longer than 1024 bytes");
  });

  it.each([
    ["with its HEAD", ["x/HEAD", "x/commondir", "y/config"]],
    ["with its configuration", ["x/commondir", "x/config.worktree"]],
    ["in other letters", ["x/head", "x/COMMONDIR"]],
    [
      "over two directories",
      ["x/HEAD", "x/commondir", "x/config.worktree", "y/config", "y/objects/keep", "y/refs/keep"],
    ],
  ])("[R-STORE-04] refuses a repository that is split by commondir, %s", (_, paths) => {
    expect(refusal(tree(...paths))).toBe("x is an embedded git repository");
  });

  it("[R-STORE-04] shows no more of a name than its beginning", () => {
    const long = "x".repeat(250);
    expect(refusal([entry(long, "160000")])).toBe(`${"x".repeat(120)}… is a submodule, which is not supported`);
    expect(refusal([entry(Buffer.alloc(500_000, 0xff))])).toBe(`the name ${"\\xff".repeat(30)}… is not UTF-8`);
    expect(refusal(tree(`${long}/HEAD`, `${long}/refs/x`))).toBe(`${"x".repeat(120)}… is an embedded git repository`);
    const sizes = new Map([[OID, LIMITS.maxFileBytes + 1]]);
    expect(() => checkSizes([file(long)], sizes, LIMITS)).toThrow(`${"x".repeat(120)}… has `);
  });

  it("[R-STORE-05] judges a listing of a hundred thousand names quickly", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => entry(`f${index}`));
    expect(checkEntries(many, { ...LIMITS, maxFiles: 100_000 })).toHaveLength(100_000);
  }, 5_000);

  it("[R-STORE-04] refuses a directory without files, which no tree that git wrote has", () => {
    expect(refusal([...tree("a/b"), directory("empty")])).toBe("empty is a directory without files");
  });

  it.each([
    ["at the root", ["HEAD", "objects/x"], "."],
    ["by its refs", ["HEAD", "refs/heads/x"], "."],
    ["deeper", ["SKILL.md", "a/repo/HEAD", "a/repo/config", "a/repo/objects/x"], "a/repo"],
    ["in other letters", ["x/head", "x/Objects/y"], "x"],
  ])(
    "[R-STORE-04] refuses an embedded repository %s: a prompt that asks git there would run its configuration",
    (_, paths, where) => {
      expect(refusal(tree(...paths))).toBe(`${where} is an embedded git repository`);
    },
  );

  it("[R-STORE-04] does not take a file named HEAD, or a directory named objects, for a repository", () => {
    expect(checkEntries(tree("HEAD", "a/objects/x", "b/HEAD", "refs/x.md".replace("refs", "c")), LIMITS)).toHaveLength(
      4,
    );
  });

  it("[R-STORE-04] either returns every file with a name that may be written, or refuses", () => {
    const name = fc.oneof(
      fc.constantFrom("..", ".git", "a", "A", "con", "", "a.", "\u0000"),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 6 }), (paths) => {
        try {
          const files = checkEntries(
            paths.map((parts) => entry(parts.join("/"))),
            LIMITS,
          );
          for (const { path } of files) expect(path).toMatch(/^(?!.*(?:^|\/)(?:\.\.?|\.git)(?:\/|$))[^\0\\:]+$/isu);
          expect(new Set(files.map(({ path }) => path.toLowerCase())).size).toBe(
            new Set(files.map(({ path }) => path)).size,
          );
        } catch (error) {
          expect(error).toMatchObject({ code: "SKILL_UNSAFE" });
        }
      }),
    );
  });
});

describe("checkSizes", () => {
  const limits = { ...LIMITS, maxFileBytes: 10, maxBytes: 25 };
  const check =
    (...sizes: number[]) =>
    () =>
      checkSizes(
        sizes.map((_, index) => file(`f${index}`, "100644", String(index))),
        new Map(sizes.map((size, index) => [String(index), size])),
        limits,
      );

  it("[R-STORE-05] allows exactly as many bytes as the limits say", () => {
    expect(check()).not.toThrow();
    expect(check(10, 10, 5)).not.toThrow();
  });

  it("[R-STORE-05] refuses a file, or all of them, of one byte more", () => {
    expect(check(1, 11)).toThrow("f1 has 11 bytes, more than 10");
    expect(check(10, 10, 6)).toThrow("all files together have 26 bytes, more than 25");
    expect(check(10, 10, 6)).toThrow(expect.objectContaining({ code: "SKILL_UNSAFE" }));
  });

  it("[R-STORE-05] counts one content as often as it is written", () => {
    const twice = [file("a", "100644", "x"), file("b", "100644", "x"), file("c", "100644", "x")];
    expect(() => checkSizes(twice, new Map([["x", 9]]), limits)).toThrow("27 bytes");
  });
});

describe("checkLinks", () => {
  const files = ["SKILL.md", "a/b/c", "a/d", "other/x"].map((path) => file(path));
  const check = (links: Record<string, string>) => () => {
    const all = [...files, ...Object.keys(links).map((path) => file(path, "120000"))];
    checkLinks(all, new Map(Object.entries(links)));
  };

  it.each<[string, Record<string, string>]>([
    ["none", {}],
    ["a file beside it", { l: "SKILL.md" }],
    ["a directory", { l: "a/b" }],
    ["a directory with a slash", { l: "a/b/" }],
    ["the skill itself", { l: "." }],
    ["the skill from below", { "a/l": ".." }],
    ["another branch", { "a/b/l": "../../other/x" }],
    ["a long way round", { l: "a/../a/./b/c" }],
    ["another link", { l: "m", m: "SKILL.md" }],
    [
      "a chain of eight",
      Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`l${index}`, index === 7 ? "a/d" : `l${index + 1}`])),
    ],
  ])("[R-STORE-04] allows a link to %s", (_, links) => {
    expect(check(links)).not.toThrow();
  });

  it.each<[Record<string, string>, string]>([
    [{ l: "/etc/passwd" }, "the link l is not relative"],
    [{ l: "" }, "the link l is not relative"],
    [{ l: "a\\b" }, "the link l is not relative"],
    [{ l: "c:x" }, "the link l is not relative"],
    [{ l: "SKILL.md\0x" }, "the link l is not relative"],
    [{ l: ".." }, "the link l leaves the skill"],
    [{ l: "../x/SKILL.md" }, "the link l leaves the skill"],
    [{ "a/l": "../../x" }, "the link a/l leaves the skill"],
    [{ l: "a/../../x" }, "the link l leaves the skill"],
    [{ l: "absent" }, "the link l has no destination in the skill"],
    [{ l: "a/b/c/d" }, "the link l has no destination in the skill"],
    [{ l: "skill.md" }, "the link l has no destination in the skill"],
    [{ l: "l" }, "the link l is one of a chain longer than 8, or forms a loop"],
    [{ l: "m", m: "l" }, "the link l is one of a chain longer than 8, or forms a loop"],
    [{ l: "a/m/c", "a/m": "b" }, "the link l goes through another link"],
    [{ l: "m/.", m: "/x" }, "the link l is not relative"],
  ])("[R-STORE-04] refuses %j", (links, message) => {
    expect(check(links)).toThrow(message);
    expect(check(links)).toThrow(expect.objectContaining({ code: "SKILL_UNSAFE" }));
  });

  it("[R-STORE-04] refuses a text of more than 1,024 bytes, however few characters they are", () => {
    const deep = "ü/".repeat(3);
    expect(() => checkLinks([file(`${deep}x`), file("l", "120000")], new Map([["l", `${deep}x`]]))).not.toThrow();
    expect(check({ l: `${"./".repeat(508)}SKILL.md` })).not.toThrow();
    expect(check({ l: `${"./".repeat(509)}SKILL.md` })).toThrow("the link l is longer than 1024 bytes");
    expect(check({ l: "ü".repeat(513) })).toThrow("the link l is longer than 1024 bytes");
  });

  it("[R-STORE-04] refuses a chain of nine", () => {
    const links = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`l${index}`, index === 8 ? "a/d" : `l${index + 1}`]),
    );
    expect(check(links)).toThrow("the link l0 is one of a chain longer than 8");
  });
});
