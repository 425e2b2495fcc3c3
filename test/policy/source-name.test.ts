import { describe, expect, it } from "vitest";
import { addressName } from "../../src/manifest/policy/source-name.js";
import { matchesSource } from "../../src/manifest/policy/source-glob.js";
import { parseSource } from "../../src/manifest/source/source-grammar.js";

const nameOf = (repo: string): string => {
  const parsed = parseSource(repo, { directory: "/p", home: "/h" });
  return parsed.kind === "remote" ? addressName(parsed.key) : parsed.kind;
};

describe("names of sources", () => {
  it("are the same for all spellings of one address [R-POLICY-01] [R-THREAT-63]", () => {
    for (const repo of [
      "https://github.com/acme/skills.git",
      "https://GitHub.com:443//acme/skills/",
      "https://github.com./acme/%73kills",
      "git@github.com:acme/skills.git",
      "ssh://git@github.com/acme/skills",
      "acme/skills",
    ])
      expect(nameOf(repo), repo).toBe("github.com/acme/skills");
    expect(nameOf("https://git.example.com:8443/a/b")).toBe("git.example.com:8443/a/b");
    expect(nameOf("https://github.com/acme/%2e%2e/evil/x")).toBe("refused");
  });

  it("match a host, an organisation, a repository, and wildcards [R-POLICY-01]", () => {
    const name = "github.com/acme/skills";
    for (const glob of ["github.com", "github.com/acme", "github.com/acme/", "github.com/*/skills", "*", "**", name])
      expect(matchesSource(glob, name, { ignoreCase: false }), glob).toBe(true);
    for (const glob of ["github.co", "acme", "github.com/acm", "*.github.com", "github.com/acme/skills/x"])
      expect(matchesSource(glob, name, { ignoreCase: false }), glob).toBe(false);
    expect(matchesSource("*.example.com", "a.b.example.com/x", { ignoreCase: false })).toBe(true);
    expect(matchesSource("github.com/ACME", name, { ignoreCase: false })).toBe(false);
    expect(matchesSource("github.com/ACME", name, { ignoreCase: true })).toBe(true);
  });
});
