import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installCopy } from "../../src/targets/install-copy.js";
import { integrityOnDisk } from "../../src/store/integrity.js";
import { removeTree } from "../helpers/sandbox.js";

let root: string;
let path: string;
let source: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-copy-"));
  path = join(root, "skills", "x");
  source = join(root, "store");
  mkdirSync(join(root, "skills"));
  mkdirSync(join(source, "a/b"), { recursive: true });
  writeFileSync(join(source, "SKILL.md"), "new", { mode: 0o444 });
  writeFileSync(join(source, "run.sh"), "#!/bin/sh\n", { mode: 0o555 });
  writeFileSync(join(source, "a/b/empty"), "", { mode: 0o444 });
  symlinkSync("../SKILL.md", join(source, "a/link"));
  for (const directory of ["a/b", "a", "."]) chmodSync(join(source, directory), 0o555);
});
afterEach(async () => await removeTree(root));

const install = async (integrity = integrityOnDisk(source)) =>
  await copy(source, (directory) => integrityOnDisk(directory) === integrity);
const copy = async (from: string, proves: (directory: string) => boolean, isOurs = true) =>
  await installCopy(
    path,
    { directory: from, withLitter: true, executables: ["run.sh"] },
    { proves, isOurs: () => isOurs },
  );
const beside = () => readdirSync(join(root, "skills"));

describe("installCopy", () => {
  it("[R-INSTALL-02] copies files, executables and links as they are, for the owner to write, sharing nothing with the store [R-INSTALL-11]", async () => {
    await install();
    const mask = process.umask();
    expect(integrityOnDisk(path)).toBe(integrityOnDisk(source));
    expect([readlinkSync(join(path, "a/link")), beside()]).toEqual(["../SKILL.md", ["x"]]);
    expect(["SKILL.md", "run.sh", "a", "a/b"].map((name) => lstatSync(join(path, name)).mode & 0o777)).toEqual([
      0o644 & ~mask,
      0o755 & ~mask,
      0o777 & ~mask,
      0o777 & ~mask,
    ]);
    expect([
      statSync(join(path, "SKILL.md")).nlink,
      statSync(join(path, "SKILL.md")).ino === statSync(join(source, "SKILL.md")).ino,
    ]).toEqual([1, false]);
  });

  it("[R-INSTALL-02] keeps within the umask", async () => {
    const before = process.umask(0o077);
    try {
      await install();
      expect(["", "SKILL.md", "run.sh"].map((name) => statSync(join(path, name)).mode & 0o777)).toEqual([
        0o700, 0o600, 0o700,
      ]);
    } finally {
      process.umask(before);
    }
  });

  it("[R-INSTALL-02] replaces a former copy whole: nothing of it stays", async () => {
    mkdirSync(join(path, "old/deep"), { recursive: true });
    writeFileSync(join(path, "old/deep/file"), "");
    writeFileSync(join(path, "SKILL.md"), "old");
    chmodSync(join(path, "old"), 0o555);
    await install();
    expect([readFileSync(join(path, "SKILL.md"), "utf8"), existsSync(join(path, "old")), beside()]).toEqual([
      "new",
      false,
      ["x"],
    ]);
  });

  it("[R-INSTALL-02] replaces a link and leaves what it led to", async () => {
    mkdirSync(join(root, "elsewhere"));
    writeFileSync(join(root, "elsewhere/canary"), "");
    symlinkSync(join(root, "elsewhere"), path);
    await install();
    expect([lstatSync(path).isDirectory(), existsSync(join(root, "elsewhere/canary")), beside()]).toEqual([
      true,
      true,
      ["x"],
    ]);
  });

  it("[R-INSTALL-02] touches nothing when the store does not hold what was recorded", async () => {
    mkdirSync(path);
    writeFileSync(join(path, "SKILL.md"), "old");
    await expect(install("sha256-other")).rejects.toMatchObject({
      code: "INTEGRITY_MISMATCH",
      facts: { path: source, stage: "install" },
    });
    expect([readFileSync(join(path, "SKILL.md"), "utf8"), beside()]).toEqual(["old", ["x"]]);
  });

  it("[R-INSTALL-02] proves the copy itself, before it takes its place", async () => {
    const seen: string[] = [];
    await copy(source, (directory) => {
      seen.push(directory);
      expect([existsSync(path), readFileSync(join(directory, "SKILL.md"), "utf8")]).toEqual([false, "new"]);
      return true;
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/\/skills\/\.eden-tmp-[^/]+$/u);
  });

  it("[R-INSTALL-02] leaves nothing behind when the source or the directory is not there", async () => {
    await expect(copy(join(root, "absent"), () => true)).rejects.toThrow("ENOENT");
    expect(beside()).toEqual([]);
  });

  it("[R-PLAN-02] puts back what its owner changed while the copy was made", async () => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "mine.md"), "precious");
    await expect(copy(source, () => true, false)).rejects.toMatchObject({ code: "TARGET_CONFLICT" });
    expect(readFileSync(join(path, "mine.md"), "utf8")).toBe("precious");
    expect(beside()).toEqual(["x"]);
  });
});
