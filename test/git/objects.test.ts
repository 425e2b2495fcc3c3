import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listObjects, listTree, readBlobs } from "../../src/git/objects.js";
import { blobId } from "../../src/store/tree-id.js";
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
  root = mkdtempSync(join(tmpdir(), "eden-objects-"));
  world = gitWorld(root);
  repository = await createRepository(join(root, "r.git"), { files: FILES });
});
afterAll(() => rmSync(root, { recursive: true }));

async function list(commit: string, subpaths: string[] = ["."], limit = 1_000, from = repository) {
  const entries = await listTree(world.git, from.gitDir, commit, subpaths, limit, signal);
  return entries?.map(({ mode, type, path }) => `${mode} ${type} ${path.toString("latin1")}`) ?? null;
}

describe("listTree", () => {
  it("[R-STORE-04] lists files, directories, links and submodules with their modes, in one process", async () => {
    const before = world.processes();
    expect(await list("main")).toEqual([
      "100644 blob SKILL.md",
      "100644 blob a.b/x".replace("100644 blob a.b/x", "040000 tree a.b"),
      "100644 blob a.b/x",
      "040000 tree a",
      "040000 tree a/b",
      "100644 blob a/b/two.md",
      "100644 blob a/one.md",
      "120000 blob link",
      "160000 commit sub",
      "040000 tree z",
      "100755 blob z/run",
    ]);
    expect(world.processes() - before).toBe(1);
  });

  it("[R-STORE-04] lists below the directories asked for, and the way to them", async () => {
    expect(await list("main", ["a/b", "z"])).toEqual([
      "040000 tree a",
      "040000 tree a/b",
      "100644 blob a/b/two.md",
      "040000 tree z",
      "100755 blob z/run",
    ]);
    expect(await list("main", ["absent"])).toEqual([]);
    expect(await list("main", ["a", "."])).toHaveLength(11);
  });

  it("[R-STORE-04] takes a subpath for a name and not for a pattern or an option", async () => {
    const odd = await createRepository(join(root, "odd.git"), {
      files: { "*/x": "1", "a/x": "2", ":(glob)a/x": "3", "--name-only/x": "4" },
    });
    expect(await list("main", ["*"], 100, odd)).toEqual(["040000 tree *", "100644 blob */x"]);
    expect(await list("main", [":(glob)a"], 100, odd)).toEqual(["040000 tree :(glob)a", "100644 blob :(glob)a/x"]);
    expect(await list("main", ["--name-only"], 100, odd)).toEqual([
      "040000 tree --name-only",
      "100644 blob --name-only/x",
    ]);
  });

  it("[R-STORE-04] hands over names as bytes: no UTF-8, newlines, tabs, quotes", async () => {
    const hostile = await createRepository(join(root, "bytes.git"));
    const blob = await writeObject(hostile, "blob", "x");
    const names = ["\t", "\n", "\x1b[2J", '"', "a\nb", "a\xff\xfe", "\xc3\xbc"];
    const tree = await writeTree(
      hostile,
      names.map((name) => ({ mode: "100644", name: Buffer.from(name, "latin1"), id: blob })),
    );
    const entries = await listTree(world.git, hostile.gitDir, await commitTree(hostile, tree), ["."], 100, signal);
    expect(entries?.map(({ path }) => path.toString("latin1"))).toEqual(names);
    expect(entries?.every(({ oid, mode, type }) => oid === blob && mode === "100644" && type === "blob")).toBe(true);
  });

  it("[R-STORE-05] keeps no more than the beginning of an endless name, and all that follows it", async () => {
    const long = await createRepository(join(root, "long.git"));
    const blob = await writeObject(long, "blob", "x");
    const names = ["a", "b".repeat(20_000_000), "c"];
    const tree = await writeTree(
      long,
      names.map((name) => ({ mode: "100644", name: Buffer.from(name), id: blob })),
    );
    const entries = await listTree(world.git, long.gitDir, await commitTree(long, tree), ["."], 100, signal);
    expect(entries?.map(({ path }) => path.toString().slice(0, 5))).toEqual(["a", "bbbbb", "c"]);
    expect(entries?.[1]?.path.length).toBeGreaterThan(60_000);
    expect(entries?.[1]?.path.length).toBeLessThan(1_000_000);
  });

  it("[R-STORE-05] answers null above the limit, and everything at it", async () => {
    expect(await list("main", ["."], 11)).toHaveLength(11);
    expect(await list("main", ["."], 10)).toBeNull();
    expect(await list("main", ["."], 0)).toBeNull();
  });

  it("[R-STORE-05] ends git at the limit of a tree bomb: ten to the ninth paths cost no more than the first few", async () => {
    const bomb = await createRepository(join(root, "bomb.git"));
    let id = await writeObject(bomb, "blob", "x");
    for (let level = 0; level < 9; level++) {
      const mode = level === 0 ? "100644" : "40000";
      id = await writeTree(
        bomb,
        Array.from({ length: 10 }, (_, index) => ({ mode, name: `f${index}`, id })),
      );
    }
    const commit = await commitTree(bomb, id);
    const since = performance.now();
    expect(await list(commit, ["."], 5_000, bomb)).toBeNull();
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it("[R-STORE-04] lists a tree larger than one chunk without losing an entry", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`directory-${index % 7}/${"n".repeat(index % 90)}${index}`, ""]),
    );
    const many = await createRepository(join(root, "many.git"), { files });
    const entries = await listTree(world.git, many.gitDir, "main", ["."], 10_000, signal);
    expect(
      entries
        ?.filter(({ type }) => type === "blob")
        .map(({ path }) => path.toString())
        .toSorted(),
    ).toEqual(Object.keys(files).toSorted());
  });

  it("[R-STORE-01] says what is wrong with a commit that is not there", async () => {
    await expect(list("d".repeat(40))).rejects.toMatchObject({
      code: "FETCH_CORRUPT",
      facts: { stage: "materialise" },
    });
  });

  it("[R-REACTOR-10] ends with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(listTree(world.git, repository.gitDir, "main", ["."], 10, AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
  });
});

describe("readBlobs", () => {
  const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const contents = [
    Buffer.alloc(0),
    Buffer.from("\n"),
    Buffer.from("no newline"),
    Buffer.from(`${"a".repeat(40)} blob 5\nhello\n`),
    binary,
    Buffer.alloc(65_535, 1),
    Buffer.alloc(65_536, 2),
    Buffer.alloc(1_048_576, "0123456789"),
    ...Array.from({ length: 400 }, (_, index) => Buffer.alloc((index * 337) % 4_001, index)),
  ];
  let store: Repository;
  let oids: string[];

  beforeAll(async () => {
    store = await createRepository(join(root, "blobs.git"), {
      files: Object.fromEntries(contents.map((content, index) => [`f${index}`, content])),
    });
    oids = contents.map((content) => blobId(content, "sha1"));
  });

  async function read(wanted: readonly string[], onBlob?: (oid: string, content: Buffer) => void | Promise<void>) {
    const seen: [string, Buffer][] = [];
    await readBlobs(world.git, store.gitDir, wanted, signal, {
      accepts: () => true,
      take: async (oid, content) => {
        seen.push([oid, Buffer.from(content)]);
        await onBlob?.(oid, content);
      },
    });
    return seen;
  }

  it("[R-STORE-01] hands over every content, whole and in the order asked for, wherever the stream is cut", async () => {
    const before = world.processes();
    for (const order of [oids, oids.toReversed()]) {
      const seen = await read(order);
      expect(seen.map(([oid]) => oid)).toEqual(order);
      expect(seen.filter(([oid, content]) => blobId(content, "sha1") !== oid)).toEqual([]);
    }
    expect(world.processes() - before).toBe(2);
  });

  it("[R-STORE-01] waits for the receiver, one content at a time", async () => {
    let inside = 0;
    let most = 0;
    const seen = await read(oids.slice(0, 50), async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    });
    expect([seen.length, most]).toEqual([50, 1]);
  });

  it("[R-STORE-01] hands over one content twice when it is asked for twice, and asks nobody for nothing", async () => {
    expect((await read([oids[2] ?? "", oids[2] ?? ""])).map(([, content]) => content.toString())).toEqual([
      "no newline",
      "no newline",
    ]);
    const before = world.processes();
    expect([await read([]), world.processes() - before]).toEqual([[], 0]);
  });

  it("[R-STORE-01] is FETCH_CORRUPT for what is missing, and for what is no blob", async () => {
    const missing = "e".repeat(40);
    await expect(read([oids[0] ?? "", missing])).rejects.toMatchObject({
      code: "FETCH_CORRUPT",
      message: `object ${missing} did not arrive`,
    });
    await expect(read([await store.revParse("main^{tree}")])).rejects.toMatchObject({ code: "FETCH_CORRUPT" });
  });

  it("[R-STORE-01] stops at whatever the receiver throws", async () => {
    const bug = new Error("enough");
    let calls = 0;
    const reading = read(oids, () => {
      calls++;
      throw bug;
    });
    await expect(reading).rejects.toBe(bug);
    expect(calls).toBe(1);
  });
});

describe("readBlobs and listObjects", () => {
  it("[R-STORE-05] tell presence without reading contents, and sizes before they are read", async () => {
    const [one, two] = [blobId(Buffer.from("1"), "sha1"), blobId(Buffer.from("skill"), "sha1")];
    const objects = await listObjects(world.git, repository.gitDir, signal);
    expect([objects.has(one), objects.has(await repository.revParse("main")), objects.has("e".repeat(40))]).toEqual([
      true,
      true,
      false,
    ]);
    const told: [string, number][] = [];
    const taken: string[] = [];
    await readBlobs(world.git, repository.gitDir, [two, one, two], signal, {
      accepts: (oid, size) => told.push([oid, size]) === 2,
      take: (_, content) => void taken.push(content.toString()),
    });
    expect(told).toEqual([
      [two, 5],
      [one, 1],
      [two, 5],
    ]);
    expect(taken).toEqual(["1"]);
  });
});
