import { describe, expect, it } from "vitest";
import { collisionKey, entryNameProblem } from "../../src/skill/entry-name.js";

const INVISIBLE = "has an invisible or control character";
const SPECIAL = "has a character that is special on some system";
const ENDING = "ends with a dot or a space";
const GIT = "is reserved by git";
const DEVICE = "is a device name on Windows";

describe("entryNameProblem", () => {
  it.each([
    "SKILL.md",
    "a",
    ".a",
    "..a",
    "a..b",
    "...a",
    ".gitignore",
    ".gitattributes",
    ".github",
    "git",
    "gita~1",
    "git~",
    "git~x",
    "git~1x",
    "xgit~1",
    "con-1",
    "console",
    "xcon",
    "com",
    "com0",
    "com10",
    "lpt",
    "nul-",
    "auxiliary",
    "conin",
    "a.con",
    "übung",
    "日本語",
    "😀",
    "a b",
    " a",
    "~",
    "-x",
    "--upload-pack=x",
    "a".repeat(255),
    "ü".repeat(127),
    "#",
    "%41",
    "$HOME",
    "`id`",
    "a;b",
    "a'b",
  ])("[R-STORE-04] allows %j", (name) => {
    expect(entryNameProblem(name)).toBeNull();
  });

  it.each([
    ["", "is empty"],
    [".", "is a relative directory"],
    ["..", "is a relative directory"],
    ["a".repeat(256), "is longer than 255 bytes"],
    ["ü".repeat(128), "is longer than 255 bytes"],
    ["e\u0301", "is not in Unicode normal form C"],
    ["\u212b", "is not in Unicode normal form C"],
    ["a\nb", INVISIBLE],
    ["a\0b", INVISIBLE],
    ["\u001b[2J", INVISIBLE],
    ["a\u007f", INVISIBLE],
    ["a\u0085b", INVISIBLE],
    ["a\u200bb", INVISIBLE],
    [".g\u200cit", INVISIBLE],
    ["a\u200d", INVISIBLE],
    ["\ufeffa", INVISIBLE],
    ["a\u202eb", INVISIBLE],
    ["a\u2066b", INVISIBLE],
    ["a\u2028b", INVISIBLE],
    ["a\u2029b", INVISIBLE],
    ["a\u{e0041}", INVISIBLE],
    ["a\ue000", INVISIBLE],
    ["a\u00ad", INVISIBLE],
    ["a\ud800", INVISIBLE],
    ["a/b", SPECIAL],
    ["a\\b", SPECIAL],
    ["a:b", SPECIAL],
    ["a*", SPECIAL],
    ["a?", SPECIAL],
    ['a"', SPECIAL],
    ["a<", SPECIAL],
    ["a>", SPECIAL],
    ["a|b", SPECIAL],
    ["a.", ENDING],
    ["a ", ENDING],
    ["...", ENDING],
    [" ", ENDING],
    [".git.", ENDING],
    [".git", GIT],
    [".GIT", GIT],
    [".Git", GIT],
    ["git~1", GIT],
    ["GIT~22", GIT],
    ["con", DEVICE],
    ["CON", DEVICE],
    ["aux.md", DEVICE],
    ["NUL.tar.gz", DEVICE],
    ["prn", DEVICE],
    ["com1", DEVICE],
    ["COM9.txt", DEVICE],
    ["com¹", DEVICE],
    ["lpt1", DEVICE],
    ["LPT³.x", DEVICE],
    ["conin$", DEVICE],
    ["CONOUT$.log", DEVICE],
  ])("[R-STORE-04] refuses %j: it %s", (name, problem) => {
    expect(entryNameProblem(name)).toBe(problem);
  });
});

describe("collisionKey", () => {
  it.each([
    ["SKILL.md", "skill.MD"],
    ["\u00e9", "e\u0301"],
    ["\ufb01le", "file"],
    ["\u212aelvin", "kelvin"],
    ["\uff21", "a"],
    ["ÄB", "äb"],
  ])("[R-STORE-04] is one for %j and %j", (one, other) => {
    expect(collisionKey(one)).toBe(collisionKey(other));
  });

  it.each([
    ["a", "b"],
    ["a", "a."],
    ["a", "ä"],
    ["a-b", "a_b"],
  ])("[R-STORE-04] differs for %j and %j", (one, other) => {
    expect(collisionKey(one)).not.toBe(collisionKey(other));
  });
});
