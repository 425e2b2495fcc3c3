import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { capabilitiesHash } from "../../src/skill/audit/capabilities.js";
import type { SkillFile } from "../../src/skill/skill-tree.js";
import { identityOf, integrityOnDisk } from "../../src/store/integrity.js";
import { Materialiser, type SkillContent } from "../../src/store/materialise.js";
import { WriteWindow } from "../../src/system/write-window.js";
import type { ObjectFormat } from "../../src/manifest/names/object-id.js";
import { blobId, treeId } from "../../src/store/tree-id.js";
import { removeTree } from "../helpers/sandbox.js";
import { sha256Hex } from "../../src/system/sha256.js";
import { openStore } from "../../src/store/store.js";

let root: string;
let storage: string;
let staged = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-materialise-"));
  storage = join(root, "storage");
});
afterEach(async () => await removeTree(root));

interface Given {
  content: string | Buffer;
  mode?: SkillFile["mode"];
}

const SKILL = "---\nname: x\ndescription: y\n---\n";
const PLAIN: Record<string, Given> = {
  "SKILL.md": { content: SKILL },
  "scripts/run.sh": { content: "#!/bin/sh\n", mode: "100755" },
  "a/b/c.txt": { content: "c" },
};

/** A skill and what its object ids stand for. */
function skillOf(
  files: Record<string, Given>,
  format: ObjectFormat = "sha1",
  id = "x",
): { content: SkillContent; blobs: Map<string, Buffer> } {
  const blobs = new Map<string, Buffer>();
  const listing = Object.entries(files).map(([path, { content, mode }]): SkillFile => {
    const bytes = Buffer.from(content as string);
    const oid = blobId(bytes, format);
    blobs.set(oid, bytes);
    return { path, mode: mode ?? "100644", oid };
  });
  const origin = { repository: "https://h/r", commit: "c".repeat(40), subpath: "." };
  return { content: { id, tree: treeId(listing, format), files: listing, origin }, blobs };
}

function materialiserOf(content: SkillContent): Materialiser {
  return new Materialiser(
    { store: openStore(storage), path: join(storage, "staging", String(staged++)), window: new WriteWindow() },
    content,
  );
}

async function write(writer: Materialiser, blobs: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [oid, bytes] of blobs) await writer.write(oid, bytes);
}

async function publish(files: Record<string, Given>, format: ObjectFormat = "sha1", id = "x") {
  const { content, blobs } = skillOf(files, format, id);
  const writer = materialiserOf(content);
  await write(writer, blobs);
  const marker = await writer.finish();
  return { content, marker, directory: openStore(storage).entryDirectory(content.tree, id) };
}

/** Gives everything and expects a refusal; nothing may be in the store then. */
async function refusal(files: Record<string, Given>): Promise<unknown> {
  const { content, blobs } = skillOf(files);
  const writer = materialiserOf(content);
  const failed = await write(writer, blobs)
    .then(async () => await writer.finish())
    .then(
      () => expect.unreachable("it was accepted"),
      (error: unknown) => error,
    );
  await writer.discard();
  expect([existsSync(join(storage, "store")), readdirSync(join(storage, "staging"))]).toEqual([false, []]);
  return failed;
}

const modeOf = (path: string) => lstatSync(path).mode & 0o777;

describe("Materialiser", () => {
  it.each(["sha1", "sha256"] as const)(
    "[R-STORE-02] publishes a %s skill: its files, then its marker, and leaves staging empty",
    async (format) => {
      const { content, marker, directory } = await publish(PLAIN, format);
      expect(readFileSync(join(directory, "SKILL.md"), "utf8")).toBe(SKILL);
      expect(readFileSync(join(directory, "a/b/c.txt"), "utf8")).toBe("c");
      expect(marker).toEqual({
        version: 1,
        tree: content.tree,
        ...identityOf(
          content.files.map(({ path, mode }) => ({ path, mode, sha256: sha256Hex(PLAIN[path]?.content ?? "") })),
        ),
        executables: content.files.filter(({ mode }) => mode === "100755").map(({ path }) => path),
        files: 3,
        bytes: SKILL.length + 11,
        safety: { license: { status: "unknown", name: null }, risks: ["executables", "scripts"] },
        capabilities: capabilitiesHash(["script: scripts/run.sh (sh)"]),
        skillProblem: null,
        blobs: Object.fromEntries(content.files.map(({ path, oid }) => [oid, path])),
        origins: [content.origin],
      });
      expect(integrityOnDisk(directory)).toBe(marker.integrity);
      expect(openStore(storage).readMarker(content.tree)).toEqual(marker);
      expect(openStore(storage).readyEntry(content.tree, "x")).toEqual(marker);
      expect([readdirSync(join(storage, "staging")), readdirSync(join(storage, "store")).toSorted()]).toEqual([
        [],
        [content.tree, `${content.tree}.json`].toSorted(),
      ]);
    },
  );

  it("[R-STORE-03] leaves no file writable, and every directory to its owner", async () => {
    const { directory } = await publish(PLAIN);
    const mask = process.umask();
    expect(modeOf(join(directory, "SKILL.md"))).toBe(0o444 & ~mask);
    expect(modeOf(join(directory, "scripts/run.sh"))).toBe(0o555 & ~mask);
    for (const path of ["", "a", "a/b", "scripts"])
      expect([path, modeOf(join(directory, path))]).toEqual([path, 0o777 & ~mask]);
  });

  it("[R-STORE-03] keeps within a umask of 077, and still verifies", async () => {
    const before = process.umask(0o077);
    try {
      const { directory, marker } = await publish(PLAIN);
      expect([
        modeOf(join(directory, "SKILL.md")),
        modeOf(join(directory, "scripts/run.sh")),
        modeOf(directory),
        modeOf(join(directory, "a")),
      ]).toEqual([0o400, 0o500, 0o700, 0o700]);
      expect(integrityOnDisk(directory)).toBe(marker.integrity);
    } finally {
      process.umask(before);
    }
  });

  it("[R-STORE-01] refuses content that does not hash to its id, and nothing is in the store then [R-THREAT-62]", async () => {
    const { content, blobs } = skillOf(PLAIN);
    const [oid = "", bytes = Buffer.alloc(0)] = [...blobs][0] ?? [];
    for (const wrong of [
      Buffer.concat([bytes, Buffer.from("x")]),
      bytes.subarray(1),
      Buffer.alloc(0),
      Buffer.from(bytes).fill(0, 0, 1),
    ]) {
      const writer = materialiserOf(content);
      await expect(writer.write(oid, wrong)).rejects.toMatchObject({
        code: "FETCH_CORRUPT",
        message: `object ${oid} does not hash to its id`,
      });
      await expect(writer.finish()).rejects.toMatchObject({ code: "FETCH_CORRUPT" });
      await writer.discard();
    }
    expect([existsSync(join(storage, "store")), readdirSync(join(storage, "staging"))]).toEqual([false, []]);
  });

  it("[R-STORE-02] publishes nothing while a content is missing", async () => {
    const { content, blobs } = skillOf(PLAIN);
    const writer = materialiserOf(content);
    const [first] = [...blobs];
    if (first !== undefined) await writer.write(...first);
    expect([...writer.wanted]).toEqual([...blobs.keys()].slice(1));
    await expect(writer.finish()).rejects.toMatchObject({ code: "FETCH_CORRUPT", message: "2 objects did not arrive" });
    expect(existsSync(join(storage, "store"))).toBe(false);
  });

  it("[R-STORE-01] passes over contents it has no use for, and one that comes twice", async () => {
    const { content, blobs } = skillOf(PLAIN);
    const writer = materialiserOf(content);
    await writer.write("f".repeat(40), Buffer.from("anything"));
    await write(writer, blobs);
    await write(writer, blobs);
    expect((await writer.finish()).files).toBe(3);
  });

  it("[R-STORE-01] writes one content to every file that has it, empty and binary ones too", async () => {
    const binary = Buffer.from([0, 255, 10, 13, 0]);
    const files = {
      "SKILL.md": { content: SKILL },
      "a/one": { content: "same" },
      two: { content: "same", mode: "100755" as const },
      empty: { content: "" },
      bin: { content: binary },
    };
    const { content, blobs } = skillOf(files);
    expect(blobs.size).toBe(4);
    const writer = materialiserOf(content);
    await write(writer, blobs);
    const marker = await writer.finish();
    const directory = openStore(storage).entryDirectory(content.tree, "x");
    expect([
      readFileSync(join(directory, "a/one"), "utf8"),
      readFileSync(join(directory, "two"), "utf8"),
      readFileSync(join(directory, "empty")).length,
    ]).toEqual(["same", "same", 0]);
    expect(readFileSync(join(directory, "bin"))).toEqual(binary);
    expect([marker.files, marker.bytes, marker.safety.risks]).toEqual([
      5,
      SKILL.length + 4 + 4 + 0 + 5,
      ["binaries", "executables"],
    ]);
    expect(statSync(join(directory, "two")).nlink).toBe(1);
    expect(integrityOnDisk(directory)).toBe(marker.integrity);
  });

  it("[R-STORE-04] makes links that stay inside, with exactly their text", async () => {
    const link = (content: string) => ({ content, mode: "120000" as const });
    const { directory, marker } = await publish({
      ...PLAIN,
      "to-file": link("SKILL.md"),
      "to-directory": link("a/b"),
      "a/up": link("../SKILL.md"),
      "scripts/deep/chain": link("../../to-file"),
    });
    for (const [path, text] of [
      ["to-file", "SKILL.md"],
      ["to-directory", "a/b"],
      ["a/up", "../SKILL.md"],
      ["scripts/deep/chain", "../../to-file"],
    ] as const) {
      expect(readlinkSync(join(directory, path))).toBe(text);
    }
    expect(readFileSync(join(directory, "scripts/deep/chain"), "utf8")).toBe(SKILL);
    expect(integrityOnDisk(directory)).toBe(marker.integrity);
  });

  it.each([
    ["an absolute one", { l: "/etc/passwd" }],
    ["one that leaves the skill", { l: "../x" }],
    ["one that leaves and comes back", { l: "../x/SKILL.md" }],
    ["one that leads nowhere", { l: "absent" }],
    ["a loop of one", { l: "l" }],
    ["a loop of two", { l: "m", m: "l" }],
    ["one through another link", { d: "a", l: "d/b/c.txt" }],
    ["an empty one", { l: "" }],
    ["one with a backslash", { l: "a\\b" }],
    ["one with a NUL", { l: "SKILL.md\0" }],
    ["one to a drive", { l: "C:x" }],
    [
      "a chain of ten",
      Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`l${index}`, index === 9 ? "SKILL.md" : `l${index + 1}`]),
      ),
    ],
  ])("[R-STORE-04] refuses a skill with a link that is wrong, before a link is made: %s", async (_, links) => {
    const given = Object.fromEntries(
      Object.entries(links).map(([path, content]) => [path, { content, mode: "120000" as const }]),
    );
    expect(await refusal({ ...PLAIN, ...given })).toMatchObject({
      code: "SKILL_UNSAFE",
      facts: { stage: "materialise" },
    });
  });

  it("[R-STORE-04] refuses a link whose text is not UTF-8: it could not be made with exactly its text", async () => {
    const files = { "SKILL.md": { content: SKILL }, l: { content: Buffer.from([0xff]), mode: "120000" as const } };
    expect(await refusal(files)).toMatchObject({ code: "SKILL_UNSAFE", message: "the link l is not UTF-8" });
  });

  it.each(["100644", "120000"] as const)(
    "[R-STORE-04] refuses a path of mode %s that is too long below this storage, and it alone",
    async (mode) => {
      storage = join(root, ...Array.from({ length: 13 }, () => "s".repeat(240)));
      const path = Array.from({ length: 4 }, () => "d".repeat(250)).join("/");
      const link = "../".repeat(3).concat("SKILL.md");
      const files = { "SKILL.md": { content: SKILL }, [path]: { content: mode === "120000" ? link : "x", mode } };
      expect(await refusal(files)).toMatchObject({
        code: "SKILL_UNSAFE",
        message: "a path of it is too long for the storage directory",
        facts: { stage: "materialise" },
      });
      expect((await publish(PLAIN)).marker.files).toBe(3);
    },
  );

  it("[R-STORE-04] refuses a SKILL.md that is a Git LFS pointer", async () => {
    const content = "version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n";
    expect(await refusal({ "SKILL.md": { content } })).toMatchObject({
      code: "SKILL_UNSAFE",
      message: expect.stringContaining("LFS") as string,
    });
    expect((await publish({ ...PLAIN, "model.bin": { content } })).marker.files).toBe(4);
  });

  it.each([
    ["no SKILL.md", { "README.md": { content: "x" } }, "there is no SKILL.md"],
    ["a SKILL.md in a deeper directory", { "deep/SKILL.md": { content: SKILL } }, "there is no SKILL.md"],
    ["no front matter", { "SKILL.md": { content: "# x" } }, "SKILL.md has no front matter between two lines of ---"],
    ["no name", { "SKILL.md": { content: "---\ndescription: y\n---\n" } }, "SKILL.md has no name"],
    ["no description", { "SKILL.md": { content: "---\nname: x\n---\n" } }, "SKILL.md has no description"],
    ["nothing wrong", { "SKILL.md": { content: SKILL } }, null],
  ])("[R-STORE-02] publishes a skill with %s, and says so [R-STORE-08]", async (_, files, problem) => {
    expect((await publish(files)).marker.skillProblem).toBe(problem);
  });

  it("[R-STORE-02] takes the licence from its file before the front matter", async () => {
    const head = "---\nname: x\ndescription: y\nlicense: Apache-2.0\n---\n";
    expect((await publish({ "SKILL.md": { content: head } })).marker.safety.license).toEqual({
      status: "permissive",
      name: "Apache-2.0",
    });
    expect(
      (await publish({ "SKILL.md": { content: head }, "LICENSE.txt": { content: "GNU GENERAL PUBLIC LICENSE" } }))
        .marker.safety.license,
    ).toEqual({ status: "non_permissive", name: "GPL" });
    expect(
      (await publish({ "SKILL.md": { content: head }, "docs/LICENSE": { content: "GNU GENERAL PUBLIC LICENSE" } }))
        .marker.safety.license.name,
    ).toBe("Apache-2.0");
  });

  it("[R-STORE-02] lets two writers of one content finish at once, and keeps it whole [R-STORE-07]", async () => {
    const { content, blobs } = skillOf(PLAIN);
    const writers = [materialiserOf(content), materialiserOf(content), materialiserOf(content)];
    await Promise.all(writers.map(async (writer) => await write(writer, blobs)));
    const markers = await Promise.all(writers.map(async (writer) => await writer.finish()));
    for (const writer of writers) await writer.discard();
    const directory = openStore(storage).entryDirectory(content.tree, "x");
    expect(new Set(markers.map(({ integrity }) => integrity))).toEqual(new Set([integrityOnDisk(directory)]));
    expect([
      modeOf(directory),
      readdirSync(join(storage, "staging")),
      readdirSync(join(storage, "store")).length,
    ]).toEqual([0o777 & ~process.umask(), [], 2]);
    expect(openStore(storage).readMarker(content.tree)?.origins).toHaveLength(1);
  });

  it("[R-STORE-02] keeps what is there under a marker, and replaces what has none and does not verify [R-STORE-10]", async () => {
    const { content } = skillOf(PLAIN);
    const directory = openStore(storage).entryDirectory(content.tree, "x");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "half"), "left by a crash");
    await publish(PLAIN);
    expect(readdirSync(directory).toSorted()).toEqual(["SKILL.md", "a", "scripts"]);
    const { ino } = statSync(directory);
    await publish(PLAIN);
    expect(statSync(directory).ino).toBe(ino);
  });

  it("[R-STORE-02] keeps what has no marker yet but verifies: another process has just published it", async () => {
    const { content, directory } = await publish(PLAIN);
    const { ino } = statSync(directory);
    execFileSync("rm", [openStore(storage).markerPath(content.tree)]);
    await publish(PLAIN);
    expect([statSync(directory).ino, openStore(storage).readyEntry(content.tree, "x") === null]).toEqual([ino, false]);
  });

  it("[R-STORE-02] keeps one content under two names side by side", async () => {
    const one = await publish(PLAIN);
    const two = await publish(PLAIN, "sha1", "renamed");
    expect([
      one.content.tree === two.content.tree,
      readdirSync(join(storage, "store", one.content.tree)).toSorted(),
    ]).toEqual([true, ["renamed", "x"]]);
  });

  it("[R-STORE-02] removes what was staged, once or twice", async () => {
    const { content, blobs } = skillOf(PLAIN);
    const writer = materialiserOf(content);
    await write(writer, blobs);
    await writer.discard();
    await writer.discard();
    expect(readdirSync(join(storage, "staging"))).toEqual([]);
  });

  it.runIf(mayMount())("[R-STORE-05] on a full disk is DISK_FULL, and nothing is in the store then", async () => {
    mkdirSync(storage);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", storage]);
    try {
      expect(await refusal({ ...PLAIN, big: { content: Buffer.alloc(2_000_000, 7) } })).toMatchObject({
        code: "DISK_FULL",
      });
      await publish(PLAIN);
    } finally {
      execFileSync("umount", [storage]);
    }
  });
});

function mayMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "eden-mount-"));
  const may = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]).status === 0;
  if (may) execFileSync("umount", [directory]);
  else console.warn("\n*** NOT TESTED: a full disk. This user may not mount ***\n");
  execFileSync("rmdir", [directory]);
  return may;
}
