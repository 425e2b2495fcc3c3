import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSource } from "../../../src/manifest/source/source-grammar.js";

const context = { directory: "/srv/project", home: "/home/ann" };
const key = (repo: string): string => {
  const parsed = parseSource(repo, { ...context, allowInsecure: true });
  return "key" in parsed ? parsed.key : parsed.kind;
};

describe("parseSource", () => {
  it.each([
    ["https://github.com/acme/skills.git", "https", "github.com"],
    ["HTTPS://GitHub.com/acme/skills.git", "https", "github.com"],
    ["https://alice@git.example.com:8443/acme/skills", "https", "git.example.com"],
    ["ssh://git@github.com/acme/skills.git", "ssh", "github.com"],
    ["ssh://build-host:2222/srv/x", "ssh", "build-host"],
    ["git@github.com:acme/skills.git", "ssh", "github.com"],
    ["gitbox:acme/skills.git", "ssh", "gitbox"],
    ["me@[::1]:x", "ssh", "[::1]"],
    ["http://localhost:8080/x", "http", "localhost"],
    ["http://127.0.0.53/x", "http", "127.0.0.53"],
    ["http://[::1]:8080/x", "http", "[::1]"],
    ["git://127.0.0.1/x", "git", "127.0.0.1"],
    ["file:///srv/git/x.git", "file", ""],
    ["acme/skills", "https", "github.com"],
  ])("takes %s as a repository by %s on host %s [R-MANIFEST-06]", (repo, transport, host) => {
    expect(parseSource(repo, context)).toMatchObject({ kind: "remote", transport, host });
  });

  it.each([
    ["acme/skills", "https://github.com/acme/skills.git"],
    ["acme/skills.git", "https://github.com/acme/skills.git"],
    ["HTTPS://Host/X", "https://Host/X"],
    ["git@github.com:acme/skills.git", "git@github.com:acme/skills.git"],
  ])("hands %s to git as %s", (repo, url) => {
    expect(parseSource(repo, context)).toMatchObject({ url });
  });

  it.each([
    ["/srv/skills", "/srv/skills"],
    ["/srv/my skills/", "/srv/my skills"],
    [".", "/srv/project"],
    ["./skills", "/srv/project/skills"],
    ["../skills", "/srv/skills"],
    ["~", "/home/ann"],
    ["~/skills", "/home/ann/skills"],
    ["skills", "/srv/project/skills"],
    ["a/b/c", "/srv/project/a/b/c"],
    [".skills/a", "/srv/project/.skills/a"],
    ["skills/.hidden", "/srv/project/skills/.hidden"],
    ["./a:b", "/srv/project/a:b"],
    ["skills/a:b", "/srv/project/skills/a:b"],
    ["./acme/skills", "/srv/project/acme/skills"],
  ])("takes %s as the path %s", (repo, path) => {
    expect(parseSource(repo, context)).toEqual({ kind: "path", path });
  });

  it.each([
    ["https://Host.example/x", "https://host.example/x/", true],
    ["https://host.example/x", "https://host.example:443/x", true],
    ["https://host.example/x", "https://alice@host.example/x", true],
    ["ssh://git@host/x", "ssh://git@HOST:22/x//", true],
    ["http://host/x", "http://host:80/x", true],
    ["git@host:x.git", "ssh://git@host/~/x.git", true],
    ["git@host:/srv/x.git", "ssh://git@host/srv/x.git", true],
    ["file:///srv/x", "file:///srv/x/", true],
    ["acme/skills", "https://github.com/acme/skills.git", true],
    ["https://host/x", "https://host/x.git", false],
    ["https://host/x", "https://host/X", false],
    ["https://host/x", "https://host:8443/x", false],
    ["https://host/x", "http://host/x", false],
    ["ssh://git@host/x", "ssh://alice@host/x", false],
    ["git@host:x", "ssh://git@host/x", false],
  ])("gives %s and %s one key: %s", (one, other, same) => {
    expect(key(one) === key(other)).toBe(same);
  });

  it.each([
    ["-oProxyCommand=x"],
    ["--upload-pack=touch /tmp/x"],
    ["ext::sh -c id"],
    ["fd::17"],
    ["ext::ssh://host/x"],
    ["ssh://-oProxyCommand=x/y"],
    ["ssh://user@-oProxyCommand=x/y"],
    ["-u@host:x"],
    ["ssh://-u@host/x"],
    ["host:-x"],
    ["user@-oX:y"],
    ["ssh://host/-x"],
    ["ssh://host/~/-x"],
    ["http://example.com/x"],
    ["git://example.com/x"],
    ["http://localhost.example.com/x"],
    ["http://127.0.0.1.example.com/x"],
    ["http://localhost@example.com/x"],
    ["https://user:pw@host/x"],
    ["https://user:@host/x"],
    ["https://:pw@host/x"],
    ["https://user%3apw@host/x"],
    ["https://ghp_abcdefghijklmnop@github.com/a/b"],
    ["https://%67hp_abcdefghijklmnop@github.com/a/b"],
    ["glpat-abcdefgh@gitlab.com:a/b"],
    ["user:pw@host:x"],
    ["https://host\n/x"],
    ["https://host/x\u0000"],
    ["https://ho st/x"],
    ["https://host/a%0ab"],
    ["https://host%0a/x"],
    ["https://h\u043est/x"],
    ["https:///x"],
    ["https://host"],
    ["https://host/"],
    ["https://host:0/x"],
    ["https://host:99999/x"],
    ["https://host:x/y"],
    ["https://host/a/../b"],
    ["https://host/x#y"],
    ["https://host/x%zz"],
    ["https://host/%ff"],
    ["https:\\\\host\\x"],
    ["ftp://host/x"],
    ["git+ssh://host/x"],
    ["javascript://host/x"],
    ["file://host/x"],
    ["file://./x"],
    ["file://"],
    [":x"],
    ["host:"],
    ["~root/x"],
    ["C:\\skills"],
    ["C:/skills"],
    [".\\skills"],
    [""],
    [" acme/skills"],
    ["./a\u202eb"],
    [`./${"a".repeat(3000)}`],
  ])("refuses %j", (repo) => {
    expect(parseSource(repo, context)).toMatchObject({ kind: "refused" });
  });

  it("takes unencrypted transports where they were asked for [R-MANIFEST-06]", () => {
    expect(parseSource("http://example.com/x", { ...context, allowInsecure: true })).toMatchObject({
      transport: "http",
    });
    expect(parseSource("git://example.com/x", { ...context, allowInsecure: true })).toMatchObject({ transport: "git" });
  });

  it("never throws, never quotes what it refuses, and lets no option or control character through", () => {
    const piece = fc.constantFrom(
      "https",
      "ssh",
      "file",
      "ext",
      "://",
      "::",
      ":",
      "@",
      "/",
      "-",
      "~",
      ".",
      "..",
      "%0a",
      "%",
      "[",
      "]",
      "?",
      "host",
      "s3cr3t",
      "\n",
      "é",
      "\\",
      " ",
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (repo) => {
        const parsed = parseSource(repo, { ...context, allowInsecure: true });
        if (parsed.kind === "refused") expect(parsed.reason).not.toContain("s3cr3t");
        if (parsed.kind !== "remote") return;
        expect(parsed.url).not.toMatch(/^-|::.*::|[\s\p{Cc}\\]/u);
        expect(parsed.host).not.toMatch(/^-/);
        expect(parsed.key).not.toMatch(/\/$/);
      }),
      { numRuns: 2000 },
    );
  });
});
