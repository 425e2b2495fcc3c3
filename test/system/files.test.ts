import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { fileFailure } from "../../src/system/file-failure.js";
import {
  listDirectory,
  listEntries,
  lstatIfExists,
  readBytesIfExists,
  readLinkIfAny,
  readRegularFile,
  readTextIfExists,
  statIfExists,
} from "../../src/system/read-files.js";
import { removeTree } from "../../src/system/change-trees.js";
import { makeDirectory, writeByRename } from "../../src/system/write-files.js";
import { temporaryBeside, TEMPORARY_PREFIX } from "../../src/system/temporary-files.js";
import { writeNewFile } from "../../src/system/create-files.js";
import { processToken } from "../../src/system/identity.js";
import { bundleScript, startScript } from "./child-module.js";

let root: string;
const mounted: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-files-"));
});
afterEach(() => {
  for (const directory of mounted.splice(0)) execFileSync("umount", [directory]);
  execFileSync("chmod", ["-R", "u+rwX", root]);
  rmSync(root, { recursive: true, force: true });
});

/** A file system of its own, of one megabyte. */
function mountSmall(): string {
  const directory = join(root, "small");
  mkdirSync(directory);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]);
  mounted.push(directory);
  return directory;
}

const mayMount = (() => {
  const directory = mkdtempSync(join(tmpdir(), "eden-mount-"));
  const may = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]).status === 0;
  if (may) execFileSync("umount", [directory]);
  else console.warn("\n*** NOT TESTED: full and read-only file systems. This user may not mount ***\n");
  rmSync(directory, { recursive: true });
  return may;
})();

function failureOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return expect.unreachable("it succeeded");
}

describe("writeByRename", () => {
  it("[R-SYSTEM-01] makes the file, its directories, and leaves nothing else", () => {
    const path = join(root, "a/b/c.json");
    writeByRename(path, "one", 0o600);
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["one", 0o600]);
    writeByRename(path, Buffer.from([0, 255]));
    expect([...readFileSync(path)]).toEqual([0, 255]);
    writeByRename(path, "");
    expect(readFileSync(path, "utf8")).toBe("");
    expect(readdirSync(join(root, "a/b"))).toEqual(["c.json"]);
  });

  it("[R-SYSTEM-01] replaces a link and not what it points to", () => {
    writeFileSync(join(root, "mine"), "mine");
    symlinkSync("mine", join(root, "link"));
    writeByRename(join(root, "link"), "ours");
    expect([readFileSync(join(root, "mine"), "utf8"), lstatSync(join(root, "link")).isFile()]).toEqual(["mine", true]);
  });

  it("[R-SYSTEM-01] is never seen half-written by a reader that looks all the time", async () => {
    const path = join(root, "state.json");
    const writer = await bundleScript(
      root,
      "writer",
      `
      import { writeByRename } from "./system/write-files.js";
      for (let turn = 0; turn < 300; turn++) {
        writeByRename(${JSON.stringify(path)}, String.fromCharCode(97 + (turn % 26)).repeat(1 + (turn % 7) * 40_000));
      }
      `,
    );
    writeFileSync(path, "a");
    const child = startScript(writer);
    const writing = { isDone: false };
    const ended = child.ended.then((code) => {
      writing.isDone = true;
      return code;
    });
    const seen = new Set<string>();
    let looks = 0;
    while (!writing.isDone) {
      const text = readFileSync(path, "utf8");
      seen.add(`${text[0]} ${text.length}`);
      expect(text.length % 40_000).toBe(1);
      expect(text === text.slice(0, 1).repeat(text.length)).toBe(true);
      if (++looks % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect([await ended, child.errors()]).toEqual([0, ""]);
    expect(seen.size).toBeGreaterThan(10);
  });

  it("[R-SYSTEM-01] leaves the old file and nothing else when the new one cannot take its place", () => {
    mkdirSync(join(root, "taken/inside"), { recursive: true });
    expect(failureOf(() => writeByRename(join(root, "taken"), "x"))).toBeInstanceOf(EdenError);
    expect([readdirSync(root), readdirSync(join(root, "taken"))]).toEqual([["taken"], ["inside"]]);
  });

  it.runIf(mayMount)("[R-SYSTEM-01] on a full disk is DISK_FULL, leaves the old file and nothing else", () => {
    const directory = mountSmall();
    const path = join(directory, "state.json");
    writeByRename(path, "old");
    expect(failureOf(() => writeByRename(path, "x".repeat(2_000_000)))).toMatchObject({
      code: "DISK_FULL",
      facts: { path, hint: expect.stringContaining("space") },
      cause: { code: "ENOSPC" },
    });
    expect([readFileSync(path, "utf8"), readdirSync(directory)]).toEqual(["old", ["state.json"]]);
    writeByRename(path, "x".repeat(500_000));
  });

  it.runIf(mayMount)(
    "[R-SYSTEM-01] on a read-only file system is PERMISSION_DENIED, also where a directory is missing",
    () => {
      const directory = mountSmall();
      writeByRename(join(directory, "state.json"), "old");
      execFileSync("mount", ["-o", "remount,ro", directory]);
      for (const path of [join(directory, "state.json"), join(directory, "new.json"), join(directory, "a/b/c.json")]) {
        expect(failureOf(() => writeByRename(path, "new"))).toMatchObject({
          code: "PERMISSION_DENIED",
          message: expect.stringMatching(/^the file system of .* is read-only$/u) as string,
        });
      }
      expect(readFileSync(join(directory, "state.json"), "utf8")).toBe("old");
    },
  );
});

describe("writeNewFile", () => {
  it("[R-SYSTEM-01] writes a file with its mode and refuses one that is there", async () => {
    const path = join(root, "new");
    await writeNewFile(path, Buffer.from("one"), 0o555);
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["one", 0o555 & ~process.umask()]);
    await expect(writeNewFile(path, Buffer.from("two"), 0o644)).rejects.toMatchObject({
      code: "FILE_FAILED",
      cause: { code: "EEXIST" },
    });
    expect(readFileSync(path, "utf8")).toBe("one");
  });

  it("[R-STORE-04] does not write through a link", async () => {
    symlinkSync("elsewhere", join(root, "link"));
    await expect(writeNewFile(join(root, "link"), Buffer.from("x"), 0o644)).rejects.toMatchObject({
      cause: { code: "EEXIST" },
    });
    expect(existsSync(join(root, "elsewhere"))).toBe(false);
  });

  it.runIf(mayMount)("[R-STORE-05] on a full disk is DISK_FULL", async () => {
    const path = join(mountSmall(), "big");
    await expect(writeNewFile(path, Buffer.alloc(2_000_000), 0o644)).rejects.toMatchObject({
      code: "DISK_FULL",
      facts: { path },
    });
  });
});

describe("fileFailure", () => {
  it.each([
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["EROFS", "PERMISSION_DENIED"],
    ["EACCES", "PERMISSION_DENIED"],
    ["EPERM", "PERMISSION_DENIED"],
    ["EMFILE", "DESCRIPTORS_EXHAUSTED"],
    ["ENFILE", "DESCRIPTORS_EXHAUSTED"],
    ["EAGAIN", "DESCRIPTORS_EXHAUSTED"],
    ["ENOMEM", "DESCRIPTORS_EXHAUSTED"],
    ["EIO", "FILE_FAILED"],
    ["ENOENT", "FILE_FAILED"],
    ["ESTALE", "FILE_FAILED"],
  ])("[R-SYSTEM-01] %s is %s, names the path and keeps the cause", (code, expected) => {
    const cause = Object.assign(new Error(`${code}: no`), { code, errno: -1, syscall: "open" });
    const failure = fileFailure(cause, join(root, "x"));
    expect(failure).toMatchObject({ code: expected, facts: { path: join(root, "x") }, cause });
    expect(failure.message).toContain(join(root, "x"));
  });

  it("[R-SYSTEM-01] leaves an EdenError as it is, and takes anything else for INTERNAL", () => {
    const own = new EdenError("SKILL_UNSAFE", "no");
    expect(fileFailure(own, "/x")).toBe(own);
    expect(fileFailure("text", "/x")).toMatchObject({ code: "INTERNAL", message: "/x: text" });
  });
});

describe("temporaryBeside", () => {
  it("[R-SYSTEM-01] is a new name in the same directory that tells who made it [R-SYSTEM-08]", () => {
    const [one, two] = [temporaryBeside("/a/b/c"), temporaryBeside("/a/b/c")];
    expect(one).toMatch(
      new RegExp(`^/a/b/${TEMPORARY_PREFIX.replaceAll(".", "\\.")}${processToken()}-[0-9a-f]{12}$`, "u"),
    );
    expect(one).not.toBe(two);
  });
});

describe("reading", () => {
  it("[R-SYSTEM-01] answers null for what is absent, also below a file, and throws what is no absence", () => {
    writeFileSync(join(root, "file"), "text");
    mkdirSync(join(root, "directory"));
    symlinkSync("nowhere", join(root, "dangling"));
    for (const path of ["absent", "absent/deeper", "file/below"].map((name) => join(root, name))) {
      expect([
        readTextIfExists(path),
        readBytesIfExists(path),
        lstatIfExists(path),
        statIfExists(path),
        readLinkIfAny(path),
        listDirectory(path),
      ]).toEqual([null, null, null, null, null, []]);
    }
    expect([readTextIfExists(join(root, "file")), readLinkIfAny(join(root, "file"))]).toEqual(["text", null]);
    expect([statIfExists(join(root, "dangling")), lstatIfExists(join(root, "dangling"))?.isSymbolicLink()]).toEqual([
      null,
      true,
    ]);
    expect(readLinkIfAny(join(root, "dangling"))).toBe("nowhere");
    expect(failureOf(() => readTextIfExists(join(root, "directory")))).toMatchObject({ code: "INVALID_FILE" });
  });

  it("[R-STORE-06] lists by the bytes of names, whatever the locale", () => {
    const names = ["b", "a", "B", "Z", "é", "e", "a.b", "a-b", "\u{1f600}", "\uffee"];
    for (const name of names) writeFileSync(join(root, name), "");
    const sorted = ["B", "Z", "a", "a-b", "a.b", "b", "e", "é", "\uffee", "\u{1f600}"];
    expect(listDirectory(root)).toEqual(sorted);
    expect(listEntries(root).map(({ name }) => name)).toEqual(sorted);
  });

  it("[R-STORE-04] tells files, directories, links and anything else apart, following nothing", () => {
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "directory"));
    symlinkSync("directory", join(root, "link"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    expect(listEntries(root)).toEqual([
      { name: "directory", kind: "directory" },
      { name: "file", kind: "file" },
      { name: "link", kind: "link" },
      { name: "pipe", kind: "other" },
    ]);
  });

  it("[R-STORE-04] reads a regular file with its executable bit, and neither waits on a pipe nor follows a link", () => {
    writeFileSync(join(root, "plain"), "x", { mode: 0o644 });
    writeFileSync(join(root, "run"), "y", { mode: 0o700 });
    writeFileSync(join(root, "others"), "z", { mode: 0o645 });
    symlinkSync("plain", join(root, "link"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    expect(readRegularFile(join(root, "plain"))).toEqual({ content: Buffer.from("x"), executable: false });
    expect(readRegularFile(join(root, "run"))).toEqual({ content: Buffer.from("y"), executable: true });
    expect(readRegularFile(join(root, "others")).executable).toBe(false);
    expect(failureOf(() => readRegularFile(join(root, "pipe")))).toMatchObject({ code: "FILE_FAILED" });
    expect(failureOf(() => readRegularFile(root))).toMatchObject({ code: "FILE_FAILED" });
    expect(failureOf(() => readRegularFile(join(root, "link")))).toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

describe("removeTree", () => {
  it("[R-INSTALL-04] removes files, links, read-only trees and nothing at all, and never what a link points to [R-THREAT-39]", () => {
    mkdirSync(join(root, "keep"));
    writeFileSync(join(root, "keep/canary"), "alive");
    mkdirSync(join(root, "tree/deep/er"), { recursive: true });
    writeFileSync(join(root, "tree/deep/er/file"), "", { mode: 0o444 });
    symlinkSync(join(root, "keep"), join(root, "tree/deep/link"));
    for (const directory of ["tree/deep/er", "tree/deep", "tree"]) chmodSync(join(root, directory), 0o555);
    symlinkSync("keep", join(root, "link"));
    writeFileSync(join(root, "file"), "");
    for (const name of ["tree", "link", "file", "absent", "file/below"]) removeTree(join(root, name));
    expect(readdirSync(root)).toEqual(["keep"]);
    expect([readFileSync(join(root, "keep/canary"), "utf8"), statSync(join(root, "keep")).mode & 0o777]).toEqual([
      "alive",
      0o777 & ~process.umask(),
    ]);
  });

  it("removes what other processes remove at the same time [R-SYSTEM-16]", async () => {
    const script = `import { removeTree } from "./system/change-trees.js";
      for (let at = 0; at < 60; at++) removeTree(process.argv[2] + "/" + at);`;
    const path = await bundleScript(root, "remove", script);
    for (let at = 0; at < 60; at++)
      for (let inner = 0; inner < 20; inner++) mkdirSync(join(root, `trees/${at}/${inner}/below`), { recursive: true });
    const children = [1, 2, 3].map(() => startScript(path, [join(root, "trees")]));
    const ends = await Promise.all(children.map(async (child) => [await child.ended, child.errors()]));
    expect(ends).toEqual(children.map(() => [0, ""]));
    expect(readdirSync(join(root, "trees"))).toEqual([]);
  });
});

describe("makeDirectory", () => {
  it("[R-SYSTEM-01] makes parents, minds nothing that is there, and is typed when something is in the way", () => {
    makeDirectory(join(root, "a/b/c"), 0o700);
    makeDirectory(join(root, "a/b/c"));
    expect(statSync(join(root, "a/b/c")).mode & 0o777).toBe(0o700);
    writeFileSync(join(root, "file"), "");
    expect(failureOf(() => makeDirectory(join(root, "file/below")))).toBeInstanceOf(EdenError);
    symlinkSync("nowhere/deep", join(root, "dangling"));
    expect(failureOf(() => makeDirectory(join(root, "dangling/below")))).toBeInstanceOf(EdenError);
    expect([readlinkSync(join(root, "dangling")), existsSync(join(root, "nowhere"))]).toEqual(["nowhere/deep", false]);
  });
});
