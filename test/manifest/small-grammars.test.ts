import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/manifest/names/durations.js";
import { refProblem } from "../../src/manifest/names/ref-name.js";
import { parseSize } from "../../src/manifest/names/sizes.js";
import { skillIdProblem } from "../../src/manifest/names/skill-id.js";
import { readSubpath } from "../../src/manifest/source/subpath.js";
import { isVersionRange } from "../../src/manifest/names/version-range.js";

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["10m", 600_000],
    ["1h", 3_600_000],
    ["0s", 0],
    ["596h", 2_145_600_000],
  ])("%s is %d milliseconds [R-MANIFEST-13]", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "30", "1.5s", "-1s", "1d", "1 s", "1S", "s", "1sm", "597h", "99999999999ms", "1s\n"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe("a size", () => {
  it.each([
    ["0", 0],
    ["7B", 7],
    ["500KB", 500_000],
    ["1KiB", 1024],
    ["64MiB", 67_108_864],
    ["3MB", 3_000_000],
    ["1GB", 1_000_000_000],
    ["2GiB", 2_147_483_648],
    ["1TB", 1e12],
    ["1TiB", 1_099_511_627_776],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "500", "1.5MB", "-1MB", "1 MB", "1mb", "1Kb", "1iB", "MB", "9007199254740992B", "9999TiB", "1MB\n"])(
    "%j is none",
    (text) => {
      expect(parseSize(text)).toBeNull();
    },
  );
});

describe("a skill id", () => {
  it.each(["a", "0", "web-design", "a.b_c-d", "console", "com", "com10", "nulls", "a".repeat(64)])(
    "may be %s",
    (id) => {
      expect(skillIdProblem(id)).toBeNull();
    },
  );

  it.each([
    "",
    "A",
    ".a",
    "-a",
    "_a",
    "a/b",
    "a\\b",
    "..",
    "a b",
    "é",
    "a\n",
    "con",
    "nul.txt",
    "com1",
    "lpt9.x",
    "a.",
    "a".repeat(65),
  ])("may not be %j", (id) => {
    expect(skillIdProblem(id)).toEqual(expect.any(String));
  });
});

describe("a ref", () => {
  it.each([
    "main",
    "v2.1.0",
    "feature/x",
    "refs/heads/main",
    "HEAD",
    "a@b",
    "0123456789abcdef0123456789abcdef01234567",
    "ünicode",
  ])("may be %s", (ref) => {
    expect(refProblem(ref)).toBeNull();
  });

  it.each([
    "",
    "-x",
    "--upload-pack=x",
    "a b",
    "a	b",
    "a\0",
    "a",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "a@{1}",
    "a.lock",
    "a.lock/b",
    "a/",
    "/a",
    "a//b",
    "a.",
    ".a",
    "a/.b",
    "@",
    "a‮b",
    "a".repeat(251),
  ])("may not be %j", (ref) => {
    expect(refProblem(ref)).toEqual(expect.any(String));
  });
});

describe("a subpath", () => {
  it.each([
    [".", "."],
    ["./", "."],
    ["skills/web", "skills/web"],
    ["./skills/web/", "skills/web"],
    ["a/./b//c", "a/b/c"],
    [".hidden/x", ".hidden/x"],
    ["a b/c", "a b/c"],
    ["...a", "...a"],
  ])("%s is read as %s [R-MANIFEST-08]", (text, subpath) => {
    expect(readSubpath(text)).toEqual({ subpath });
  });

  it.each([
    "",
    "/",
    "/etc",
    "..",
    "../a",
    "a/..",
    "a/../b",
    "C:x",
    "c:/x",
    "a\\b",
    "a:b",
    "a\0",
    "a\nb",
    "a.",
    "a./b",
    "a /b",
    "a ",
    "-a",
    ".git",
    "a/.GIT/b",
    "...",
    "a‮b",
    "a".repeat(1025),
  ])("%j is refused", (text) => {
    expect(readSubpath(text)).toEqual({ problem: expect.any(String) });
  });
});

describe("a version range", () => {
  it.each([
    "1.2.3",
    "v1.2.3",
    "=1.0.0",
    "^2.0",
    "~1.4",
    "~>1.4",
    ">=1 <3",
    ">= 1.0.0",
    "1.x || 2.x",
    "1.0 - 2.0",
    "*",
    "x",
    "1",
    "1.2.3-beta.1",
    "1.0.0+build.5",
    "^0.2.3||>=4",
  ])("may be %s", (range) => {
    expect(isVersionRange(range)).toBe(true);
  });

  it.each([
    "",
    "latest",
    "^",
    "1.2.3.4",
    "^^1",
    "1..2",
    "1 -",
    "|| 1",
    "1 ||",
    "-1",
    "1.2.3; rm",
    `1${" 1".repeat(11)}`,
    "9".repeat(10_000),
    `1${" ".repeat(50_000)}x`,
  ])("may not be %j", (range) => {
    expect(isVersionRange(range)).toBe(false);
  });
});
