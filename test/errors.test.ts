import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EdenError, errorCode, errorMessage, looksLikeToken, redact, sanitize } from "../src/errors.js";

describe("EdenError", () => {
  it("[R-REACTOR-06] keeps code, facts and what was caught", () => {
    const cause = new Error("inner");
    const error = new EdenError("DISK_FULL", "no space", { path: "/x" }, cause);
    expect(error).toMatchObject({
      name: "EdenError",
      code: "DISK_FULL",
      message: "no space",
      facts: { path: "/x" },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect("cause" in new EdenError("X", "y")).toBe(false);
    expect(new EdenError("X", "y").facts).toEqual({});
  });
});

describe("errorCode", () => {
  it.each([
    [Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
    [new EdenError("DISK_FULL", "x"), "DISK_FULL"],
    [{ code: "E" }, "E"],
    [{ code: 5 }, undefined],
    [new Error("x"), undefined],
    [null, undefined],
    [undefined, undefined],
    ["ENOENT", undefined],
  ])("[R-SYSTEM-04] of %o is %s", (error, code) => {
    expect(errorCode(error)).toBe(code);
  });
});

describe("errorMessage", () => {
  it.each([
    [new Error("a\u001b[2J"), "a\\x1b[2J"],
    ["https://u:p@h/x", "https://***@h/x"],
    [undefined, "undefined"],
    [new URL("file:///own"), "file:///own"],
  ])("[R-REACTOR-06] of %o is %s", (thrown, text) => {
    expect(errorMessage(thrown)).toBe(text);
  });
});

describe("sanitize", () => {
  it.each([
    ["plain ü 日本 😀\n\tkept", "plain ü 日本 😀\n\tkept"],
    ["\u001b]0;title\u0007", "\\x1b]0;title\\x07"],
    ["a\rb", "a\\x0db"],
    ["\0\u0008\u000b\u001f", "\\x00\\x08\\x0b\\x1f"],
    ["\u007f\u0080\u009b\u009f\u00a0", "\\x7f\\x80\\x9b\\x9f\u00a0"],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["\u202a\u202e\u2066\u2069\u206a", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}\u206a"],
    ["a\u{e0041}\u{e007f}", "a\\u{e0041}\\u{e007f}"],
    ["\u{e0000}\u{e0080}", "\\u{e0000}\u{e0080}"],
  ])("[R-GIT-05] of %j is %j", (text, safe) => {
    expect(sanitize(text)).toBe(safe);
  });

  it("[R-GIT-05] leaves no character that a terminal obeys, and changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const safe = sanitize(text);
        // eslint-disable-next-line no-control-regex
        expect(safe).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(sanitize(safe)).toBe(safe);
      }),
    );
  });
});

describe("redact", () => {
  it.each([
    ["https://user:secret@h/x", "https://***@h/x"],
    ["https://user:p:q@h/x and http://a:b@g", "https://***@h/x and http://***@g"],
    ["https://:secret@h", "https://***@h"],
    ["https://user:@h", "https://***@h"],
    ["HTTPS://user:secret@h", "HTTPS://***@h"],
    ["https://u%3Asecret@h/x", "https://***@h/x"],
    ["https://ghp_0123456789abcdef@h/x", "https://***@h/x"],
    ["https://x-access-token:t@h", "https://***@h"],
    ["https://0123456789abcdef0123@h", "https://***@h"],
    ["ssh://git@h/x", "ssh://git@h/x"],
    ["ssh://deploy-user_1@h:22/x", "ssh://deploy-user_1@h:22/x"],
    ["git@h:x", "git@h:x"],
    ["https://h/a@b", "https://h/a@b"],
    ["https://h/x", "https://h/x"],
    ["mail me@example.com", "mail me@example.com"],
    ["git+ssh://u:p@h", "git+ssh://***@h"],
  ])("[R-GIT-05] of %s is %s", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});

describe("looksLikeToken", () => {
  it.each([
    "ghp_x",
    "gho_x",
    "ghu_x",
    "ghs_x",
    "ghr_x",
    "GHP_x",
    "github_pat_x",
    "glpat-x",
    "x-access-token",
    "xoxb-1",
    "xoxp-1",
    "a".repeat(20),
  ])("[R-GIT-05] takes %s for one", (user) => {
    expect(looksLikeToken(user)).toBe(true);
  });
  it.each(["git", "ghx_x", "me", "a".repeat(19), "first.last.and.more.of.it", ""])(
    "[R-GIT-05] does not take %s for one",
    (user) => {
      expect(looksLikeToken(user)).toBe(false);
    },
  );
});
