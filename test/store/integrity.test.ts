import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { integrityOf, integrityOnDisk, listOnDisk, type ListedFile } from "../../src/store/integrity.js";
import { sha256Hex } from "../../src/system/sha256.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-integrity-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const listed = (path: string, mode: ListedFile["mode"] = "100644", content = ""): ListedFile => ({
  path,
  mode,
  sha256: sha256Hex(content),
});

/** The definition, written down once more by other means. */
function byShell(lines: string[]): string {
  return `sha256-${createHash("sha256").update(lines.join("")).digest("base64")}`;
}

describe("integrityOf", () => {
  it("[R-STORE-06] is the base64 SHA-256 of one line a file: mode, SHA-256, path", () => {
    const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    expect(sha256Hex("hello")).toBe(hello);
    expect(integrityOf([listed("a/b c", "100755", "hello")])).toBe(byShell([`100755 ${hello} a/b c\n`]));
    expect(integrityOf([listed("a/b c", "100755", "hello")])).toBe(
      "sha256-xeFGbgBqJ+MS+4hfwSLvyjA9dxgCinlpi+BKmqHsCpE=",
    );
    expect(integrityOf([])).toBe("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  });

  it("[R-STORE-06] sorts by the bytes of whole paths, whatever the order given", () => {
    const names = ["B", "a", "a-b", "a.b", "a/b", "a0", "é", "\uffee", "\u{1f600}"];
    const lines = names.map((name) => `100644 ${sha256Hex("")} ${name}\n`);
    for (const order of [names, names.toReversed()])
      expect(integrityOf(order.map((name) => listed(name)))).toBe(byShell(lines));
  });

  it("[R-STORE-06] differs for another mode, content, name and number of files", () => {
    const all = [
      [listed("a")],
      [listed("a", "100755")],
      [listed("a", "120000")],
      [listed("a", "100644", "x")],
      [listed("b")],
      [listed("a"), listed("b")],
    ].map(integrityOf);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("listOnDisk", () => {
  it("[R-STORE-06] lists files, executables and links as they lie there, following nothing", () => {
    mkdirSync(join(root, "d/e"), { recursive: true });
    mkdirSync(join(root, "empty"));
    writeFileSync(join(root, "d/e/file"), "content", { mode: 0o444 });
    writeFileSync(join(root, "run"), "#!", { mode: 0o755 });
    symlinkSync("d", join(root, "to-directory"));
    symlinkSync("/etc/passwd", join(root, "d/away"));
    expect(listOnDisk(root)).toEqual([
      listed("d/away", "120000", "/etc/passwd"),
      listed("d/e/file", "100644", "content"),
      listed("run", "100755", "#!"),
      listed("to-directory", "120000", "d"),
    ]);
  });

  it("[R-STORE-06] looks at the owner's executable bit alone", () => {
    for (const [name, mode] of [
      ["a", 0o700],
      ["b", 0o644],
      ["c", 0o655],
      ["d", 0o500],
      ["e", 0o400],
    ] as const) {
      writeFileSync(join(root, name), "");
      chmodSync(join(root, name), mode);
    }
    expect(listOnDisk(root).map(({ mode }) => mode)).toEqual(["100755", "100644", "100644", "100755", "100644"]);
  });

  it("[R-STORE-06] never waits on a pipe, and never lets one verify", () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    expect(listOnDisk(root)).toEqual([{ path: "pipe", mode: "100644", sha256: "" }]);
    expect(integrityOnDisk(root)).not.toBe(integrityOf([listed("pipe")]));
  });

  it("[R-STORE-06] lists what has a name that is not UTF-8, file, link or directory, and never lets it verify", () => {
    const odd = (name: string) => Buffer.concat([Buffer.from(`${root}/${name}`), Buffer.from([0xff])]);
    writeFileSync(odd("a"), "");
    mkdirSync(odd("d"));
    symlinkSync("x", odd("l"));
    writeFileSync(join(root, "x"), "x");
    expect(listOnDisk(root).map(({ path, sha256 }) => [path, sha256])).toEqual([
      ["a\ufffd", ""],
      ["d\ufffd", ""],
      ["l\ufffd", ""],
      ["x", sha256Hex("x")],
    ]);
  });

  it("[R-STORE-06] lists what it may not read, and what has vanished, and never lets it verify", () => {
    mkdirSync(join(root, "skill/d"), { recursive: true });
    for (const path of ["skill/a", "skill/d/b", "skill/c"]) writeFileSync(join(root, path), "x");
    chmodSync(join(root, "skill/a"), 0);
    chmodSync(join(root, "skill/d"), 0);
    chmodSync(root, 0o755);
    const listing = () => listOnDisk(join(root, "skill")).map(({ path, sha256 }) => [path, sha256 === ""]);
    const { seteuid } = process;
    // Root reads everything: it steps down for the moment.
    if (process.geteuid?.() === 0) seteuid?.(65_534);
    try {
      expect(listing()).toEqual([
        ["a", true],
        ["c", false],
        ["d", true],
      ]);
    } finally {
      if (process.getuid?.() === 0) seteuid?.(0);
      chmodSync(join(root, "skill/d"), 0o755);
    }
    expect(() => listOnDisk(join(root, "absent"))).toThrow(expect.objectContaining({ name: "EdenError" }));
  });

  it("[R-STORE-06] takes a file for what it holds, also when it takes a link's place", () => {
    writeFileSync(join(root, "x"), "target");
    const asFile = integrityOnDisk(root);
    rmSync(join(root, "x"));
    symlinkSync("target", join(root, "x"));
    expect(integrityOnDisk(root)).not.toBe(asFile);
    expect(integrityOnDisk(root)).toBe(integrityOf([listed("x", "120000", "target")]));
  });
});
