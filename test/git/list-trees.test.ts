import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listTrees, type Listing } from "../../src/git/list-trees.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { commitTree, writeObject, writeTree } from "../helpers/hostile-tree.js";
import { gitWorld, unhurried, type GitWorld } from "./git-world.js";

let root: string;
let world: GitWorld;
let repository: Repository;
const signal = unhurried().signal;

const FILES = {
  "SKILL.md": "skill",
  "a/one.md": "1",
  "a/b/two.md": "2",
  "a.b/x": "x",
  "z/run": { content: "#!", executable: true },
  link: { symlink: "a/one.md" },
  sub: { gitlink: "c".repeat(40) },
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-trees-"));
  world = gitWorld(root);
  repository = await createRepository(join(root, "r.git"), { files: FILES });
});
afterAll(() => rmSync(root, { recursive: true }));

async function listingOf(commit: string, subpath = ".", limit = 1_000, from = repository): Promise<Listing> {
  const reader = new ObjectReader(world.git, from.gitDir, signal);
  try {
    const [listing] = await listTrees(reader, [{ commit, subpath }], limit);
    return listing ?? { problem: "absent" };
  } finally {
    await reader.close();
  }
}

async function list(commit: string, subpath = ".", limit = 1_000, from = repository): Promise<string[] | string> {
  const listing = await listingOf(commit, subpath, limit, from);
  if ("problem" in listing) return listing.problem;
  return listing.entries.map(({ mode, path }) => `${mode} ${path.toString("latin1")}`);
}

describe("listTrees", () => {
  it("[R-STORE-04] lists files, directories, links and submodules with their modes, in one process", async () => {
    const before = world.processes();
    expect(await list("main")).toEqual([
      "100644 SKILL.md",
      "040000 a.b",
      "040000 a",
      "120000 link",
      "160000 sub",
      "040000 z",
      "100644 a.b/x",
      "040000 a/b",
      "100644 a/one.md",
      "100755 z/run",
      "100644 a/b/two.md",
    ]);
    expect(world.processes() - before).toBe(1);
  });

  it("[R-STORE-04] lists several directories of several commits at once, each with the id of its tree", async () => {
    const reader = new ObjectReader(world.git, repository.gitDir, signal);
    const before = world.processes();
    const commit = await repository.revParse("main");
    const places = ["a/b", "z", "absent", "SKILL.md", "sub", "link", "a"].map((subpath) => ({ commit, subpath }));
    const listings = await listTrees(reader, places, 100);
    expect(world.processes() - before).toBe(1);
    await reader.close();
    expect(
      listings.map((one) => ("problem" in one ? one.problem : one.entries.map(({ path }) => path.toString()))),
    ).toEqual([["two.md"], ["run"], "absent", "no directory", "absent", "no directory", ["b", "one.md", "b/two.md"]]);
    expect(listings[0]).toMatchObject({ tree: await repository.revParse("main:a/b") });
  });

  it("[R-STORE-04] takes a subpath for a name and not for a pattern or an option", async () => {
    const odd = await createRepository(join(root, "odd.git"), {
      files: { "*/x": "1", "a/x": "2", ":(glob)a/x": "3", "--name-only/y": "4", "b missing/z": "5" },
    });
    expect(await list("main", "*", 100, odd)).toEqual(["100644 x"]);
    expect(await list("main", ":(glob)a", 100, odd)).toEqual(["100644 x"]);
    expect(await list("main", "--name-only", 100, odd)).toEqual(["100644 y"]);
    expect(await list("main", "b missing", 100, odd)).toEqual(["100644 z"]);
    expect(await list("main", "a\nmain:a", 100, odd)).toBe("absent");
  });

  it("[R-STORE-04] hands over names as bytes: no UTF-8, newlines, tabs, quotes", async () => {
    const hostile = await createRepository(join(root, "bytes.git"));
    const blob = await writeObject(hostile, "blob", "x");
    const names = ["\t", "\n", "\x1b[2J", '"', "a\nb", "a\xff\xfe", "\xc3\xbc"];
    const tree = await writeTree(
      hostile,
      names.map((name) => ({ mode: "100644", name: Buffer.from(name, "latin1"), id: blob })),
    );
    const listing = await listingOf(await commitTree(hostile, tree), ".", 100, hostile);
    const entries = "problem" in listing ? [] : listing.entries;
    expect(entries.map(({ path }) => path.toString("latin1"))).toEqual(names);
    expect(entries.every(({ oid, mode }) => oid === blob && mode === "100644")).toBe(true);
  });

  it("[R-STORE-05] reads no tree that is longer than its entries could be: an endless name costs no memory", async () => {
    const long = await createRepository(join(root, "long.git"));
    const blob = await writeObject(long, "blob", "x");
    const tree = await writeTree(
      long,
      ["a", "b".repeat(20_000_000)].map((name) => ({ mode: "100644", name: Buffer.from(name), id: blob })),
    );
    expect(await list(await commitTree(long, tree), ".", 100, long)).toBe("too many");
  });

  it("[R-STORE-05] says so above the limit, and lists everything at it", async () => {
    expect(await list("main", ".", 11)).toHaveLength(11);
    expect(await list("main", ".", 10)).toBe("too many");
    expect(await list("main", ".", 0)).toBe("too many");
  });

  it("[R-STORE-05] stops at the limit of a tree bomb, and lists what is beside it", async () => {
    const bomb = await createRepository(join(root, "bomb.git"));
    let id = await writeObject(bomb, "blob", "x");
    for (let level = 0; level < 9; level++) {
      const mode = level === 0 ? "100644" : "40000";
      id = await writeTree(
        bomb,
        Array.from({ length: 10 }, (_, index) => ({ mode, name: `f${index}`, id })),
      );
    }
    const good = await writeTree(bomb, [{ mode: "100644", name: "x", id: await writeObject(bomb, "blob", "x") }]);
    const commit = await commitTree(
      bomb,
      await writeTree(bomb, [
        { mode: "40000", name: "bomb", id },
        { mode: "40000", name: "good", id: good },
      ]),
    );
    const since = performance.now();
    const reader = new ObjectReader(world.git, bomb.gitDir, signal);
    const listings = await listTrees(
      reader,
      ["bomb", "good"].map((subpath) => ({ commit, subpath })),
      5_000,
    );
    await reader.close();
    expect(listings).toMatchObject([{ problem: "too many" }, { tree: good }]);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it("[R-STORE-05] reads no deeper than a path could be on any system", async () => {
    const deep = await createRepository(join(root, "deep.git"));
    let id = await writeTree(deep, [{ mode: "100644", name: "x", id: await writeObject(deep, "blob", "x") }]);
    for (let level = 0; level < 60; level++) id = await writeTree(deep, [{ mode: "40000", name: "d".repeat(250), id }]);
    const entries = await list(await commitTree(deep, id), ".", 1_000, deep);
    expect([entries.length, Math.max(...[...entries].map((entry) => entry.length)) < 9_000]).toEqual([33, true]);
  });

  it("[R-STORE-04] lists trees larger than one chunk without losing an entry", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`directory-${index % 7}/${"n".repeat(index % 90)}${index}`, ""]),
    );
    const many = await createRepository(join(root, "many.git"), { files });
    const listing = await listingOf("main", ".", 10_000, many);
    const entries = "problem" in listing ? [] : listing.entries;
    expect(
      entries
        .filter(({ mode }) => mode === "100644")
        .map(({ path }) => path.toString())
        .toSorted(),
    ).toEqual(Object.keys(files).toSorted());
  });

  it("[R-STORE-01] says what is wrong with a commit that is not there, or a tree below it", async () => {
    const corrupt = { code: "FETCH_CORRUPT", facts: { stage: "materialise" } };
    await expect(list("d".repeat(40))).rejects.toMatchObject(corrupt);
    const torn = await createRepository(join(root, "torn.git"));
    const tree = await writeTree(torn, [{ mode: "40000", name: "b", id: "1".repeat(40) }]);
    const commit = await commitTree(torn, await writeTree(torn, [{ mode: "40000", name: "a", id: tree }]));
    await expect(list(commit, "a", 10, torn)).rejects.toMatchObject(corrupt);
  });

  it("[R-REACTOR-10] ends with the signal's reason", async () => {
    const reason = new Error("enough");
    const reader = new ObjectReader(world.git, repository.gitDir, AbortSignal.abort(reason));
    await expect(listTrees(reader, [{ commit: "main", subpath: "." }], 10)).rejects.toBe(reason);
  });
});
