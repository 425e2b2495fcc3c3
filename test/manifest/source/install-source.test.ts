import { describe, expect, it } from "vitest";
import { parseInstallSource } from "../../../src/manifest/source/install-source.js";

const GITHUB = "https://github.com/acme/skills.git";

describe("what people type for a source [R-SOURCE-01]", () => {
  it.each<[string, object]>([
    ["acme/skills", { repo: GITHUB, ref: null, subpath: ".", maybeSite: false }],
    ["acme/skills/", { repo: GITHUB, subpath: "." }],
    ["acme/skills/a/b", { repo: GITHUB, subpath: "a/b" }],
    ["acme/skills#v1/x", { repo: GITHUB, ref: "v1/x", subpath: "." }],
    ["acme/skills/a/b#v1", { repo: GITHUB, ref: "v1", subpath: "a/b" }],
    ["acme/skills@web-design", { repo: GITHUB, skill: "web-design" }],
    ["github:acme/skills", { repo: GITHUB }],
    ["gitlab:group/sub/repo", { repo: "https://gitlab.com/group/sub/repo", maybeSite: false }],
    ["https://github.com/acme/skills", { repo: GITHUB, maybeSite: false }],
    ["https://github.com/acme/skills.git#main", { repo: GITHUB, ref: "main" }],
    [
      "https://github.com/acme/skills/tree/feature/x/skills/a",
      { repo: "https://github.com/acme/skills", refAndPath: "feature/x/skills/a" },
    ],
    ["https://github.com/acme/skills/blob/main/skills/a/SKILL.md", { refAndPath: "main/skills/a" }],
    [
      "https://gitlab.com/g/s/repo/-/tree/v1/skills%20x/",
      { repo: "https://gitlab.com/g/s/repo", refAndPath: "v1/skills x" },
    ],
    ["http://127.0.0.1:1/g/repo.git/-/tree/v1/a", { repo: "http://127.0.0.1:1/g/repo.git", refAndPath: "v1/a" }],
    ["https://github.com/acme/skills?tab=readme-ov-file", { repo: GITHUB, ref: null }],
    [
      "https://github.com/acme/skills/releases/tag/v1.0",
      { repo: "https://github.com/acme/skills", refAndPath: "v1.0" },
    ],
    [
      "https://raw.githubusercontent.com/acme/skills/refs/heads/main/skills/a/SKILL.md",
      { repo: "https://github.com/acme/skills", refAndPath: "main/skills/a" },
    ],
    [
      "https://gist.github.com/me/0123456789abcdef0123",
      { repo: "https://gist.github.com/0123456789abcdef0123.git", ref: null },
    ],
    [
      `https://gist.github.com/me/0123456789abcdef0123/${"a".repeat(40)}#file-skill-md`,
      { repo: "https://gist.github.com/0123456789abcdef0123.git", ref: "a".repeat(40) },
    ],
    [
      "https://codeberg.org/acme/skills/src/branch/feature/x/skills/a",
      { repo: "https://codeberg.org/acme/skills", refAndPath: "feature/x/skills/a" },
    ],
    [
      "https://git.example.com/acme/skills/src/tag/v1",
      { repo: "https://git.example.com/acme/skills", refAndPath: "v1" },
    ],
    [
      "https://bitbucket.org/acme/skills/src/main/skills/a/SKILL.md",
      { repo: "https://bitbucket.org/acme/skills", refAndPath: "main/skills/a" },
    ],
    [
      "https://git.example.com/projects/AC/repos/skills/browse/skills/a?at=refs%2Fheads%2Ffeature%2Fx",
      { repo: "https://git.example.com/scm/ac/skills.git", ref: "feature/x", subpath: "skills/a" },
    ],
    [
      "https://dev.azure.com/acme/project/_git/skills?path=/skills/a&version=GBfeature/x",
      { repo: "https://dev.azure.com/acme/project/_git/skills", ref: "feature/x", subpath: "skills/a" },
    ],
    [
      "https://acme.visualstudio.com/project/_git/skills?version=GTv1",
      { repo: "https://acme.visualstudio.com/project/_git/skills", ref: "v1", subpath: "." },
    ],
    [
      "https://git.example.com/x.git//skills/a#v1",
      { repo: "https://git.example.com/x.git", ref: "v1", subpath: "skills/a" },
    ],
    ["npm:@acme/tool@^2//skills/a", { repo: "npm:@acme/tool", ref: "^2", subpath: "skills/a" }],
    ["oci://ghcr.io/acme/skills:v2//skills/a", { repo: "oci://ghcr.io/acme/skills", ref: "v2", subpath: "skills/a" }],
    ["https://host/x-1.0.tar.gz//a", { repo: "https://host/x-1.0.tar.gz", ref: null, subpath: "a" }],
    ["git@github.com:acme/skills.git#v2", { repo: "git@github.com:acme/skills.git", ref: "v2" }],
    ["git@host:x.git//skills/a#v2", { repo: "git@host:x.git", ref: "v2", subpath: "skills/a" }],
    ["host:path/to.git", { repo: "host:path/to.git" }],
    ["ssh://git@host/x.git", { repo: "ssh://git@host/x.git", maybeSite: false }],
    ["file:///srv/x", { repo: "file:///srv/x", maybeSite: false }],
    ["https://docs.example.com/guide", { repo: "https://docs.example.com/guide", maybeSite: true }],
    ["https://example.com/tree/of/life", { repo: "https://example.com/tree/of/life", refAndPath: null }],
  ])("%s is a repository", (typed, expected) => {
    expect(parseInstallSource(typed)).toMatchObject({ kind: "repository", ...expected });
  });

  it.each(["./skills", "../x", "/abs/x", "~/x", ".", "..", "~", "./a#b"])("%s is a path", (typed) => {
    expect(parseInstallSource(typed)).toEqual({ kind: "path", path: typed });
  });

  it.each<[string, object]>([
    ["review@acme/skills", { repo: GITHUB, ref: null, subpath: "." }],
    ["review@acme/skills/market#v1", { repo: GITHUB, ref: "v1", subpath: "market" }],
    ["Review.2@https://git.example.com/m.git#v1", { repo: "https://git.example.com/m.git", ref: "v1" }],
    ["review@https://github.com/acme/skills/tree/v1/m", { refAndPath: "v1/m" }],
    ["review@git@host:x.git", { repo: "git@host:x.git" }],
    ["review@gitlab:group/repo", { repo: "https://gitlab.com/group/repo" }],
    ["review@./market", { repo: "./market" }],
    ["review@..", { repo: ".." }],
  ])("%s is a plugin of a marketplace [R-SOURCE-28]", (typed, expected) => {
    expect(parseInstallSource(typed)).toMatchObject({ kind: "plugin", marketplace: expected });
  });

  it("is not confused with a user of a host, or with a range of versions [R-SOURCE-28]", () => {
    expect(parseInstallSource("git@host:acme/skills").kind).toBe("repository");
    expect(parseInstallSource("review@~1.2").kind).toBe("registry");
    expect(parseInstallSource("review@host:x.git").kind).toBe("repository");
  });

  it("knows sites and names of registries", () => {
    const url = "https://example.com/docs/.well-known/agent-skills/index.json";
    expect(parseInstallSource(url)).toEqual({ kind: "site", url });
    expect(parseInstallSource("web-design")).toEqual({ kind: "registry", name: "web-design", range: null });
    expect(parseInstallSource("web-design@^2.0")).toEqual({ kind: "registry", name: "web-design", range: "^2.0" });
  });

  it.each(["", "Bad Name", "a b/c", "-x", "--upload-pack=touch /tmp/x", "#main"])("%j is none", (typed) => {
    expect(() => parseInstallSource(typed)).toThrow(expect.objectContaining({ code: "INVALID_REPO_URL" }));
  });
});
