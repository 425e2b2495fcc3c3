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
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moveToBackups } from "../../src/targets/backup.js";
import { removeTree } from "../helpers/sandbox.js";

let root: string;
let target: string;
let backups: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-backup-"));
  target = join(root, "skills", "x");
  backups = join(root, "storage/backups");
  mkdirSync(join(root, "skills"));
});
afterEach(async () => await removeTree(root));

const move = () =>
  moveToBackups(target, {
    root: backups,
    startedAt: new Date("2026-01-01T00:00:00Z"),
    group: "claude-code",
    name: "x",
  });

function writeTarget(content: string): void {
  mkdirSync(join(target, "deep"), { recursive: true });
  writeFileSync(join(target, "deep/file"), content, { mode: 0o640 });
  symlinkSync("deep/file", join(target, "link"));
}

describe("moveToBackups", () => {
  it("[R-INSTALL-03] moves a directory to time, agent and id, in a private place", () => {
    writeTarget("mine");
    expect(move()).toBe(join(backups, "2026-01-01T00-00-00.000Z/claude-code/x"));
    expect([
      existsSync(target),
      readFileSync(join(backups, "2026-01-01T00-00-00.000Z/claude-code/x/deep/file"), "utf8"),
    ]).toEqual([false, "mine"]);
    expect(statSync(join(backups, "2026-01-01T00-00-00.000Z")).mode & 0o777).toBe(0o700);
  });

  it("[R-INSTALL-03] moves a file, and a link as a link", () => {
    writeFileSync(target, "a file");
    expect(readFileSync(move(), "utf8")).toBe("a file");
    symlinkSync("/nowhere", target);
    expect(readlinkSync(move())).toBe("/nowhere");
    expect(lstatSync(join(root, "skills")).isDirectory()).toBe(true);
    expect(readdirSync(join(root, "skills"))).toEqual([]);
  });

  it("[R-INSTALL-03] overwrites no earlier backup, not even one that is a dangling link", () => {
    const places = ["one", "two", "three"].map((content) => {
      writeTarget(content);
      return move();
    });
    expect(places.map((place) => place.slice(backups.length + 1))).toEqual([
      "2026-01-01T00-00-00.000Z/claude-code/x",
      "2026-01-01T00-00-00.000Z.1/claude-code/x",
      "2026-01-01T00-00-00.000Z.2/claude-code/x",
    ]);
    expect(places.map((place) => readFileSync(join(place, "deep/file"), "utf8"))).toEqual(["one", "two", "three"]);
    mkdirSync(join(backups, "2026-01-01T00-00-00.000Z.3/claude-code"), { recursive: true });
    symlinkSync("nowhere", join(backups, "2026-01-01T00-00-00.000Z.3/claude-code/x"));
    writeTarget("four");
    expect(move()).toContain("Z.4/");
  });

  it("[R-INSTALL-03] leaves the target where it is when it cannot be moved", () => {
    writeTarget("mine");
    mkdirSync(join(root, "storage"));
    writeFileSync(backups, "a file where the directory should be");
    expect(move).toThrow(expect.objectContaining({ name: "EdenError" }));
    expect(readFileSync(join(target, "deep/file"), "utf8")).toBe("mine");
  });

  it.runIf(mayMount())("[R-INSTALL-03] crosses file systems, with modes and links as they were [R-FAULT-37]", () => {
    writeTarget("mine");
    chmodSync(join(target, "deep"), 0o555);
    mkdirSync(backups, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", backups]);
    try {
      const place = move();
      expect([
        existsSync(target),
        readFileSync(join(place, "deep/file"), "utf8"),
        readlinkSync(join(place, "link")),
      ]).toEqual([false, "mine", "deep/file"]);
      expect([statSync(join(place, "deep/file")).mode & 0o777, statSync(join(place, "deep")).mode & 0o777]).toEqual([
        0o640, 0o555,
      ]);
    } finally {
      execFileSync("umount", [backups]);
    }
  });

  it.runIf(mayMount())("[R-INSTALL-03] leaves the target where it is when the other file system is full", () => {
    mkdirSync(target);
    writeFileSync(join(target, "big"), Buffer.alloc(2_000_000, 1));
    mkdirSync(backups, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", backups]);
    try {
      expect(move).toThrow(expect.objectContaining({ code: "DISK_FULL" }));
      expect(statSync(join(target, "big")).size).toBe(2_000_000);
    } finally {
      execFileSync("umount", [backups]);
    }
  });
});

function mayMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "eden-mount-"));
  const may = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]).status === 0;
  if (may) execFileSync("umount", [directory]);
  else console.warn("\n*** NOT TESTED: backups across file systems. This user may not mount ***\n");
  execFileSync("rmdir", [directory]);
  return may;
}
