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
    ["git@github.com:acme/skills.git#v2", { repo: "git@github.com:acme/skills.git", ref: "v2" }],
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
