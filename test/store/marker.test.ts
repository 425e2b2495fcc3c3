import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasOrigin, type Marker, type Origin } from "../../src/store/marker.js";
import { openStore } from "../../src/store/store.js";

const TREE = "a".repeat(40);
const origin = (commit = "c"): Origin => ({ repository: "https://h/r", commit, subpath: "." });
const marker = (changes: Partial<Marker> = {}): Marker => ({
  version: 1,
  tree: TREE,
  integrity: "sha256-x",
  files: 1,
  bytes: 2,
  safety: { license: { status: "unknown", name: null }, risks: [] },
  skillProblem: null,
  executables: [],
  blobs: {},
  origins: [origin()],
  ...changes,
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-marker-"));
  mkdirSync(join(root, "store"));
});
afterEach(() => rmSync(root, { recursive: true }));

function writeText(text: string, tree = TREE): void {
  mkdirSync(dirname(openStore(root).markerPath(tree)), { recursive: true });
  writeFileSync(openStore(root).markerPath(tree), text);
}

describe("readMarker", () => {
  it("[R-STORE-02] reads what was written, for either length of id", async () => {
    await openStore(root).writeMarker(marker(), origin());
    expect(openStore(root).readMarker(TREE)).toEqual(marker());
    const long = "b".repeat(64);
    await openStore(root).writeMarker(marker({ tree: long }), origin());
    expect(openStore(root).readMarker(long)?.tree).toBe(long);
  });

  it.each([
    ["absent", null],
    ["empty", ""],
    ["cut", JSON.stringify(marker()).slice(0, -5)],
    ["null", "null"],
    ["a list", "[]"],
    ["of a newer version", JSON.stringify({ ...marker(), version: 2 })],
    ["of another tree", JSON.stringify(marker({ tree: "b".repeat(40) }))],
    ["without an integrity", JSON.stringify({ ...marker(), integrity: null })],
    ["without origins", JSON.stringify({ ...marker(), origins: {} })],
    ["of an origin that is null", JSON.stringify({ ...marker(), origins: [null] })],
    ["of an origin that is a word", JSON.stringify({ ...marker(), origins: ["x"] })],
    ["of an origin without a commit", JSON.stringify({ ...marker(), origins: [{ ...origin(), commit: undefined }] })],
    ["of an origin of numbers", JSON.stringify({ ...marker(), origins: [origin(), { ...origin(), subpath: 1 }] })],
    ["of a problem that is no text", JSON.stringify({ ...marker(), skillProblem: {} })],
    ["a number", "1"],
  ])("[R-STORE-02] takes content for not there when its marker is %s", (_, text) => {
    if (text !== null) writeText(text);
    mkdirSync(openStore(root).entryDirectory(TREE, "x"), { recursive: true });
    expect([openStore(root).readMarker(TREE), openStore(root).readyEntry(TREE, "x")]).toEqual([null, null]);
  });

  it.each([
    "",
    "a",
    "../../etc/passwd",
    "A".repeat(40),
    "a".repeat(41),
    "a".repeat(63),
    `${"a".repeat(40)}\n`,
    `${"a".repeat(39)}/`,
  ])("[R-STORE-04] looks for no file under the id %j", (tree) => {
    expect(openStore(root).readMarker(tree)).toBeNull();
  });
});

describe("readyEntry", () => {
  it("[R-STORE-02] wants both: the marker, and the directory under that very name", async () => {
    await openStore(root).writeMarker(marker(), origin());
    expect(openStore(root).readyEntry(TREE, "x")).toBeNull();
    mkdirSync(openStore(root).entryDirectory(TREE, "x"), { recursive: true });
    expect(openStore(root).readyEntry(TREE, "x")).toEqual(marker());
    expect(openStore(root).readyEntry(TREE, "y")).toBeNull();
    writeFileSync(openStore(root).entryDirectory(TREE, "file"), "");
    symlinkSync("nowhere", openStore(root).entryDirectory(TREE, "dangling"));
    expect([openStore(root).readyEntry(TREE, "file"), openStore(root).readyEntry(TREE, "dangling")]).toEqual([
      null,
      null,
    ]);
  });
});

describe("writeMarker", () => {
  it("[R-STORE-02] adds origins, newest first, each once", async () => {
    await openStore(root).writeMarker(marker(), origin("1"));
    await openStore(root).writeMarker(marker(), origin("2"));
    await openStore(root).writeMarker(marker(), origin("1"));
    await openStore(root).writeMarker(marker(), { ...origin("1"), subpath: "x" });
    await openStore(root).writeMarker(marker(), { ...origin("1"), repository: "https://h/s" });
    const commits = openStore(root)
      .readMarker(TREE)
      ?.origins.map(({ repository, commit, subpath }) => [repository.slice(-1), commit, subpath].join(" "));
    expect(commits?.toSorted()).toEqual(["r 1 .", "r 1 x", "r 2 .", "r c .", "s 1 ."]);
    expect(commits?.[0]).toBe("s 1 .");
    expect(readdirSync(join(root, "store"))).toEqual([`${TREE}.json`]);
  });

  it("[R-STORE-02] keeps the newest 64 origins", async () => {
    for (let count = 0; count < 70; count++)
      await openStore(root).writeMarker(marker({ origins: [] }), origin(String(count)));
    const commits = openStore(root)
      .readMarker(TREE)
      ?.origins.map(({ commit }) => Number(commit));
    expect(commits).toEqual(Array.from({ length: 64 }, (_, index) => 69 - index));
  });
});

describe("hasOrigin", () => {
  it("[R-STORE-02] wants repository, commit and subpath to be equal [R-STORE-09]", () => {
    expect(hasOrigin(marker(), origin())).toBe(true);
    for (const other of [{ repository: "https://h/R" }, { commit: "d" }, { subpath: "x" }]) {
      expect(hasOrigin(marker(), { ...origin(), ...other })).toBe(false);
    }
    expect(hasOrigin(marker({ origins: [] }), origin())).toBe(false);
  });
});

describe("parseEntryPath", () => {
  it.each([
    [`/s/store/${TREE}/x`, { tree: TREE, id: "x" }],
    [`/s/store/${TREE}/x/`, { tree: TREE, id: "x" }],
    [`/s/store/${"b".repeat(64)}/x.y-z`, { tree: "b".repeat(64), id: "x.y-z" }],
    [`/s/store/${TREE}`, null],
    [`/s/store/${TREE}/`, null],
    [`/s/store/${TREE}/x/y`, null],
    [`/s/store/${"a".repeat(41)}/x`, null],
    [`/s/store/${"A".repeat(40)}/x`, null],
    [`/s/storeroom/${TREE}/x`, null],
    [`/t/store/${TREE}/x`, null],
    [`../s/store/${TREE}/x`, null],
    ["", null],
  ])("[R-PLAN-02] of %s is %j", (path, parts) => {
    expect(openStore("/s").entryAt(path)).toEqual(parts);
  });
});
