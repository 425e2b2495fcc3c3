import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyTarget } from "../../src/targets/verify-target.js";
import type { VerifyCheck } from "../../src/manifest/document/manifest.js";
import { integrityOnDisk } from "../../src/store/integrity.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-verify-"));
  mkdirSync(join(root, "full"));
  writeFileSync(join(root, "full/SKILL.md"), "");
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "file"), "");
  symlinkSync("full", join(root, "link"));
  symlinkSync("empty", join(root, "link-to-empty"));
  symlinkSync("file", join(root, "link-to-file"));
  symlinkSync("nowhere", join(root, "dangling"));
});
afterEach(() => rmSync(root, { recursive: true }));

const passes = (name: string, check: VerifyCheck, integrity = "") => {
  try {
    verifyTarget(join(root, name), [check], (path) => integrity === "" || integrityOnDisk(path) === integrity);
    return true;
  } catch (error) {
    const path = join(root, name);
    expect(error).toMatchObject({
      code: "VERIFY_FAILED",
      message: `the check ${check} failed for ${path}`,
      facts: { stage: "verify", path },
    });
    return false;
  }
};

const KINDS = ["full", "empty", "file", "link", "link-to-empty", "link-to-file", "dangling", "absent"];

describe("verifyTarget", () => {
  it.each<[VerifyCheck, string[]]>([
    ["path-exists", ["full", "empty", "file", "link", "link-to-empty", "link-to-file", "dangling"]],
    ["target-resolves", ["full", "empty", "link", "link-to-empty"]],
    ["is-symlink", ["link", "link-to-empty", "link-to-file", "dangling"]],
    ["content-present", ["full", "link"]],
  ])("[R-INSTALL-01] %s holds for %j and for nothing else [R-INSTALL-06]", (check, names) => {
    expect(KINDS.filter((name) => passes(name, check))).toEqual(names);
  });

  it("[R-INSTALL-02] content-matches compares the integrity, through a link too, and nothing when none is known", () => {
    const right = integrityOnDisk(join(root, "full"));
    expect([passes("full", "content-matches", right), passes("link/.", "content-matches", right)]).toEqual([
      true,
      true,
    ]);
    expect([passes("empty", "content-matches", right), passes("full", "content-matches", "sha256-other")]).toEqual([
      false,
      false,
    ]);
    expect(passes("absent", "content-matches", "")).toBe(true);
  });

  it("[R-INSTALL-01] runs every check that is asked for, in order, and none that is not", () => {
    verifyTarget(join(root, "absent"), [], () => true);
    const all: VerifyCheck[] = ["path-exists", "content-present", "is-symlink"];
    expect(() => verifyTarget(join(root, "full"), all, () => true)).toThrow("is-symlink");
    verifyTarget(join(root, "link"), all, () => true);
  });
});
