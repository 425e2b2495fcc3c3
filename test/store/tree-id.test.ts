import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatOf, type ObjectFormat } from "../../src/manifest/names/object-id.js";
import { blobId, treeId, type TreeFile } from "../../src/store/tree-id.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";

let root: string;
const repositories = new Map<ObjectFormat, Repository>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-tree-id-"));
  for (const objectFormat of ["sha1", "sha256"] as const) {
    repositories.set(objectFormat, await createRepository(join(root, objectFormat), { objectFormat }));
  }
});
afterAll(() => rmSync(root, { recursive: true }));

/** What git itself says: the tree of an index that holds these files. */
async function gitTreeId(files: readonly TreeFile[], format: ObjectFormat): Promise<string> {
  const repository = repositories.get(format);
  if (repository === undefined) throw new Error("no repository");
  await repository.git(["read-tree", "--empty"]);
  const lines = files.map(({ mode, oid, path }) => `${mode} ${oid}\t${path}\0`).join("");
  await repository.git(["update-index", "-z", "--index-info"], lines);
  return await repository.git(["write-tree", "--missing-ok"]);
}

const file = (path: string, mode = "100644", content = path): TreeFile => ({
  path,
  mode,
  oid: blobId(Buffer.from(content), "sha1"),
});

describe("blobId", () => {
  it.each([
    ["sha1", "", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"],
    ["sha1", "hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"],
    ["sha256", "", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"],
    ["sha256", "hello\n", "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"],
  ] as const)("[R-STORE-01] is git's %s id of %j", async (format, content, id) => {
    expect(blobId(Buffer.from(content), format)).toBe(id);
    expect(await repositories.get(format)?.git(["hash-object", "--stdin"], content)).toBe(id);
  });

  it("[R-STORE-01] counts bytes, not characters", async () => {
    const content = Buffer.from("ü\0\xff", "utf8");
    expect(await repositories.get("sha1")?.git(["hash-object", "--stdin"], content)).toBe(blobId(content, "sha1"));
  });
});

describe("formatOf", () => {
  it("[R-STORE-01] tells the two formats by length", () => {
    expect([formatOf("a".repeat(40)), formatOf("a".repeat(64))]).toEqual(["sha1", "sha256"]);
  });
});

describe("treeId", () => {
  it("[R-STORE-01] of nothing is git's empty tree", () => {
    expect(treeId([], "sha1")).toBe("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    expect(treeId([], "sha256")).toBe("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321");
  });

  it.each([
    [
      "a directory sorts as if it ended with a slash",
      [file("a/b"), file("a.b"), file("a-b"), file("a0"), file("ab"), file("a0/b".replace("a0", "a1"))],
    ],
    ["prefixes of one another", [file("foo"), file("foo.d/x"), file("foo-d/x"), file("foobar"), file("foo0/x")]],
    [
      "upper case before lower, bytes and not characters",
      [file("Z"), file("a"), file("é"), file("\uffee"), file("\u{1f600}"), file("z")],
    ],
    ["deep and wide", [file("a/a/a/a/a"), file("a/a/a/b"), file("a/b"), file("b/a"), file("c")]],
    ["every mode", [file("run", "100755"), file("plain"), file("link", "120000", "plain"), file("sub", "160000")]],
    [
      "names that mean something in JavaScript",
      [file("__proto__/x"), file("constructor"), file("toString"), file("10"), file("9"), file("-1")],
    ],
    ["spaces, quotes and tabs", [file(" a"), file("a b/c"), file('"'), file("\t")]],
    ["the same content twice", [file("x", "100644", "same"), file("y/x", "100644", "same")]],
  ])("[R-STORE-01] agrees with git: %s", async (_, files) => {
    const expected = await gitTreeId(files, "sha1");
    expect(treeId(files, "sha1")).toBe(expected);
    expect(treeId(files.toReversed(), "sha1")).toBe(expected);
  });

  it.each(["sha1", "sha256"] as const)("[R-STORE-01] agrees with git about random %s trees", async (format) => {
    const name = fc.oneof(
      fc.constantFrom("a", "a.b", "a-b", "a0", "ab", "A", "é", "SKILL.md"),
      fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "0", "/", "ü"), minLength: 1, maxLength: 9 }),
    );
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((parts) =>
        parts
          .join("/")
          .split("/")
          .filter((part) => part !== "" && part !== "." && part !== "..")
          .join("/"),
      )
      .filter((text) => text !== "");
    const files = fc
      .uniqueArray(fc.record({ path, mode: fc.constantFrom("100644", "100755", "120000"), content: fc.string() }), {
        selector: (one) => one.path,
        minLength: 1,
        maxLength: 12,
      })
      .map(withoutFilesAsDirectories);
    await fc.assert(
      fc.asyncProperty(files, async (chosen) => {
        const entries = chosen.map(({ path: at, mode, content }) => ({
          path: at,
          mode,
          oid: blobId(Buffer.from(content), format),
        }));
        expect(treeId(entries, format)).toBe(await gitTreeId(entries, format));
      }),
      { numRuns: 12 },
    );
  });

  it("[R-STORE-01] changes with any mode, any name, any content, any place", () => {
    const base = [file("SKILL.md"), file("run.sh", "100755")];
    const others = [
      [file("SKILL.md"), file("run.sh")],
      [file("SKILL.md"), file("run2.sh", "100755", "run.sh")],
      [file("SKILL.md"), file("run.sh", "100755", "other")],
      [file("SKILL.md"), file("x/run.sh", "100755", "run.sh")],
      [file("SKILL.md")],
      [...base, file("more")],
    ];
    const ids = [base, ...others].map((files) => treeId(files, "sha1"));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** No path of a list may be a directory of another one. */
function withoutFilesAsDirectories<T extends { path: string }>(files: T[]): T[] {
  return files.filter(({ path }) => !files.some((other) => other.path.startsWith(`${path}/`)));
}
