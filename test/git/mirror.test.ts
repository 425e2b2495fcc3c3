import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchCommits } from "../../src/git/fetch.js";
import {
  discardMirror,
  keepingRef,
  mirrorExists,
  mirrorHas,
  mirrorOf,
  openMirror,
  packBytes,
  type Mirror,
} from "../../src/git/mirror.js";
import { rememberedRef, rememberRefs } from "../../src/git/remembered-refs.js";
import { EdenError } from "../../src/errors.js";
import { listTrees } from "../../src/git/list-trees.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { refProblem } from "../../src/manifest/names/ref-name.js";
import { createRepository } from "../helpers/git-repository.js";
import { remoteOf, gitWorld, sourceOf, unhurried, type GitWorld } from "./git-world.js";

let root: string;
let world: GitWorld;
let mirror: Mirror;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-mirror-"));
  world = gitWorld(root);
  mirror = mirrorOf(world.storage, sourceOf("https://git.example/acme/skills.git"));
});
afterEach(() => rmSync(root, { recursive: true }));

const open = async (format: "sha1" | "sha256" = "sha1") => openMirror(mirror, format);
const nameOf = (url: string) => mirrorOf("/s", sourceOf(url)).directory.slice("/s/mirrors/".length);

describe("mirrorOf", () => {
  it.each([
    ["the case of the host", "https://H.example/a/b", "https://h.example/a/b", true],
    ["a trailing slash", "https://h.example/a/b/", "https://h.example/a/b", true],
    ["the default port", "https://h.example:443/a/b", "https://h.example/a/b", true],
    ["the default port of ssh", "ssh://git@h.example:22/a/b", "ssh://git@h.example/a/b", true],
    ["ssh's short form", "git@h.example:/a/b", "ssh://git@h.example/a/b", true],
    ["a user of https", "https://me@h.example/a/b", "https://h.example/a/b", true],
    ["a file URL and a path", "file:///srv/a", "/srv/a", true],
    ["another port", "https://h.example:444/a/b", "https://h.example/a/b", false],
    ["a .git at the end", "https://h.example/a/b.git", "https://h.example/a/b", false],
    ["the case of the path", "https://h.example/A/b", "https://h.example/a/b", false],
    ["the scheme", "http://h.example/a/b", "https://h.example/a/b", false],
    ["a user of ssh", "ssh://you@h.example/a/b", "ssh://me@h.example/a/b", false],
    ["a path from home and from the root", "git@h.example:a/b", "git@h.example:/a/b", false],
    ["the host", "https://g.example/a/b", "https://h.example/a/b", false],
    ["where owner and name part", "https://h.example/a_b/c", "https://h.example/a/b_c", false],
  ])("[R-GIT-03] of two addresses that differ in %s: %s and %s share one: %s [R-THREAT-63]", (_, one, other, share) => {
    expect(nameOf(one) === nameOf(other)).toBe(share);
  });

  it("[R-GIT-03] names mirror, lock and refs alike, readable and unique", () => {
    const { directory, lockPath, refsPath } = mirrorOf(
      "/s",
      sourceOf("https://git.example/deep/group/acme/skills.git"),
    );
    expect(directory).toMatch(/^\/s\/mirrors\/git\.example_acme_skills\.git-[0-9a-f]{16}$/u);
    const name = directory.slice("/s/mirrors/".length);
    expect([lockPath, refsPath]).toEqual([`/s/locks/${name}.lock`, `/s/mirrors/${name}.refs.json`]);
  });

  it.each([
    "file:///a%20b/ü/x",
    "/srv/.../.x",
    "https://[::1]/a/b",
    "/-x/-y",
    `https://h.example/${"a".repeat(300)}/b`,
    "git@h.example:~me/x",
  ])("[R-GIT-03] is one plain file name for %s", (url) => {
    expect(nameOf(url)).toMatch(/^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,79})?-[0-9a-f]{16}$/u);
  });
});

describe("openMirror", () => {
  it("[R-GIT-03] makes a bare repository of our own, without templates, hooks or a remote", async () => {
    expect(mirrorExists(mirror)).toBe(false);
    expect(await open()).toBe(true);
    expect([
      mirrorExists(mirror),
      readdirSync(mirror.directory).toSorted(),
      statSync(mirror.directory).mode & 0o777,
    ]).toEqual([true, ["HEAD", "config", "objects", "refs"], 0o700]);
    expect(readFileSync(join(mirror.directory, "config"), "utf8")).not.toMatch(/remote|url/u);
    expect(await open()).toBe(true);
  });

  it("[R-GIT-03] makes it for the hash of the repository", async () => {
    await open("sha256");
    expect(readFileSync(join(mirror.directory, "config"), "utf8")).toMatch(/objectformat = sha256/iu);
  });

  it.each(["HEAD", "objects", "refs", "config"])("[R-GIT-03] makes a mirror anew that lost its %s", async (part) => {
    await open();
    writeFileSync(join(mirror.directory, "leftover"), "");
    rmSync(join(mirror.directory, part), { recursive: true });
    expect(mirrorExists(mirror)).toBe(false);
    expect(await open()).toBe(true);
    expect(readdirSync(mirror.directory).toSorted()).toEqual(["HEAD", "config", "objects", "refs"]);
  });

  it.each([
    ["HEAD", ""],
    ["HEAD", "garbage"],
    ["HEAD", "ref: /etc/passwd"],
    ["refs", ""],
    ["objects", ""],
    ["config", null],
    ["HEAD", null],
  ])("[R-GIT-10] makes a mirror anew whose %s is %j (null: a directory)", async (part, content) => {
    await open();
    rmSync(join(mirror.directory, part), { recursive: true });
    if (content === null) mkdirSync(join(mirror.directory, part));
    else writeFileSync(join(mirror.directory, part), content);
    expect([mirrorExists(mirror), await open(), mirrorExists(mirror)]).toEqual([false, true, true]);
  });

  it("[R-GIT-10] keeps a mirror whose HEAD names a commit", async () => {
    await open();
    writeFileSync(join(mirror.directory, "HEAD"), `${"a".repeat(40)}\n`);
    expect(mirrorExists(mirror)).toBe(true);
  });

  it.each<[string, (directory: string) => void]>([
    ["a damaged configuration", (directory) => writeFileSync(join(directory, "config"), "garbage [\n")],
    ["an empty configuration", (directory) => writeFileSync(join(directory, "config"), "")],
    ["a damaged list of shallow commits", (directory) => writeFileSync(join(directory, "shallow"), "garbage\n")],
    [
      "an empty keeping ref",
      (directory) => {
        for (const name of readdirSync(join(directory, "refs/eden"))) {
          writeFileSync(join(directory, "refs/eden", name), "");
        }
      },
    ],
  ])("[R-GIT-10] with %s either works or is FETCH_CORRUPT, so that it is made anew", async (_, damage) => {
    const repository = await createRepository(join(root, "r.git"), { files: { a: "1" } });
    const source = sourceOf(repository.dir);
    const { signal } = unhurried();
    const one = await repository.revParse("main");
    await open();
    await fetchCommits(remoteOf(world.git, source), mirror, [{ oid: one, commit: one }], "whole");
    damage(mirror.directory);
    const two = await repository.commit({ files: { a: "2" } });
    const code = await (async () => {
      await open();
      const wanted = [one, two].map((oid) => ({ oid, commit: oid }));
      expect((await fetchCommits(remoteOf(world.git, source), mirror, wanted, "whole")).failures).toEqual(new Map());
      const reader = new ObjectReader(world.git, mirror.directory, signal);
      await listTrees(
        reader,
        [one, two].map((commit) => ({ commit, subpath: "." })),
        10,
      );
      return "FETCH_CORRUPT";
    })().catch((error: unknown) => (error instanceof EdenError ? error.code : error));
    expect(code).toBe("FETCH_CORRUPT");
  });

  it("[R-GIT-03] sweeps what a fetch that was killed left, and lets the next one work", async () => {
    const repository = await createRepository(join(root, "r.git"), { files: { a: "1" } });
    const oid = await repository.revParse("main");
    await open();
    const stale = [
      "shallow.lock",
      "packed-refs.lock",
      "config.lock",
      "HEAD.lock",
      `refs/eden/${oid}.lock`,
      "refs/history/heads/deep/main.lock",
      "objects/tmp_objdir-x/ab/object",
      "objects/tmp_obj_x",
      "objects/pack/tmp_pack_x",
      "objects/pack/tmp_idx_x",
      "objects/ab/tmp_obj_x",
    ];
    for (const path of stale) {
      mkdirSync(dirname(join(mirror.directory, path)), { recursive: true });
      writeFileSync(join(mirror.directory, path), "");
    }
    expect(await open()).toBe(true);
    expect(stale.filter((path) => existsSync(join(mirror.directory, path)))).toEqual([]);
    const source = sourceOf(repository.dir);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [{ oid, commit: oid }], "whole")).failures).toEqual(
      new Map(),
    );
    expect([mirrorHas(mirror, oid), mirrorHas(mirror, "e".repeat(40)), packBytes(mirror) > 0]).toEqual([
      true,
      false,
      true,
    ]);
    await open();
    expect(mirrorHas(mirror, oid)).toBe(true);
  });

  it("[R-GIT-03] discards a mirror with all that is in it, there or not", async () => {
    discardMirror(mirror);
    await open();
    discardMirror(mirror);
    expect([existsSync(mirror.directory), packBytes(mirror), mirrorHas(mirror, "a".repeat(40))]).toEqual([
      false,
      0,
      false,
    ]);
  });
});

describe("keepingRef", () => {
  it("[R-GIT-03] is named after the object, never after a foreign ref", () => {
    expect(keepingRef("a".repeat(40))).toBe(`refs/eden/${"a".repeat(40)}`);
  });
});

describe("remembered refs", () => {
  const [A, B, LONG] = ["a".repeat(40), "b".repeat(40), "c".repeat(64)];
  const write = (text: string) => {
    mkdirSync(dirname(mirror.refsPath), { recursive: true });
    writeFileSync(mirror.refsPath, text);
  };

  it("[R-GIT-03] come back as they were given, the default branch too, and add up", () => {
    expect(rememberedRef(mirror, "main")).toBeNull();
    rememberRefs(mirror, new Map([[null, { oid: A, commit: A }]]));
    rememberRefs(
      mirror,
      new Map([
        ["v1", { oid: A, commit: B }],
        ["main", { oid: LONG, commit: LONG }],
      ]),
    );
    rememberRefs(mirror, new Map([["v1", { oid: B, commit: B }]]));
    expect([null, "main", "v1", "v2"].map((ref) => rememberedRef(mirror, ref))).toEqual([
      { oid: A, commit: A },
      { oid: LONG, commit: LONG },
      { oid: B, commit: B },
      null,
    ]);
  });

  it("[R-GIT-03] keep the default branch apart from every ref that git allows", () => {
    for (const ref of ["HEAD", "(default)", "null", "default"]) {
      rememberRefs(mirror, new Map([[ref, { oid: B, commit: B }]]));
      expect(rememberedRef(mirror, null)).toBeNull();
    }
    rememberRefs(mirror, new Map([[null, { oid: A, commit: A }]]));
    expect(rememberedRef(mirror, "HEAD")).toEqual({ oid: B, commit: B });
    const names = Object.keys(JSON.parse(readFileSync(mirror.refsPath, "utf8")) as object);
    expect(names.filter((name) => refProblem(name) !== null)).toEqual(["default branch"]);
  });

  it("[R-GIT-03] are not written when there is nothing to remember, and are not taken from a list", () => {
    rememberRefs(mirror, new Map());
    expect(existsSync(mirror.refsPath)).toBe(false);
    write(JSON.stringify([{ oid: A, commit: A }]));
    expect(rememberedRef(mirror, "0")).toBeNull();
  });

  it.each(["__proto__", "constructor", "toString", "oid", "commit", "hasOwnProperty", "refs/heads/ü", 'a"b'])(
    "[R-GIT-03] may be named %s",
    (ref) => {
      expect(rememberedRef(mirror, ref)).toBeNull();
      rememberRefs(mirror, new Map([[ref, { oid: A, commit: B }]]));
      const found = rememberedRef(mirror, ref);
      expect([found?.oid, found?.commit]).toEqual([A, B]);
      expect(({} as Record<string, unknown>)["oid"]).toBeUndefined();
    },
  );

  it.each([
    ["nothing", ""],
    ["half a file", '{"main": {'],
    ["null", "null"],
    ["a list", '[{"oid": 1}]'],
    ["null in place of an answer", '{"main": null}'],
    ["a list in place of an answer", '{"main": []}'],
    ["a number", "5"],
    ["a word in place of an answer", '{"main": "x"}'],
    ["ids that are numbers", '{"main": {"oid": 1, "commit": 2}}'],
    ["ids that are lists", JSON.stringify({ main: { oid: [A], commit: [A] } })],
    ["an option in place of an id", JSON.stringify({ main: { oid: "--upload-pack=x", commit: A } })],
    ["ids of the wrong length", JSON.stringify({ main: { oid: "a".repeat(41), commit: A } })],
    ["one id only", JSON.stringify({ main: { oid: A } })],
    ["ids in upper case", JSON.stringify({ main: { oid: A.toUpperCase(), commit: A } })],
  ])("[R-GIT-03] are forgotten when their file says %s, and can be written again", (_, text) => {
    write(text);
    expect(rememberedRef(mirror, "main")).toBeNull();
    rememberRefs(mirror, new Map([["main", { oid: A, commit: A }]]));
    expect(rememberedRef(mirror, "main")).toEqual({ oid: A, commit: A });
  });
});
