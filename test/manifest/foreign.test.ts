import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readForeign } from "../../src/manifest/foreign/read-foreign.js";

const AROUND = { beside: () => null, claudePlugins: "/p", inClaudePlugins: () => null };

const read = async (document: unknown, name = "skills-lock.json") =>
  await readForeign(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)), name, AROUND);

/** Each skill on one line: `id repo#ref subpath`. */
const lines = async (document: unknown, name?: string) =>
  (await read(document, name)).skills.map(({ id, source, subpath }) =>
    source.kind === "path"
      ? `${id} ${source.path} ${subpath}`
      : `${id} ${source.repo}#${source.ref ?? source.refAndPath} ${subpath}`,
  );
const reasons = async (document: unknown, name?: string) =>
  (await read(document, name)).skipped.map(({ id, code }) => `${id} ${code}`);

describe("lock files of the skills command [R-IMPORT-05]", () => {
  it("of a project", async () => {
    const skills = {
      pdf: { source: "acme/skills", sourceType: "github", computedHash: "a".repeat(64) },
      ref: { source: "acme/skills", ref: "v1", sourceType: "github", skillPath: "skills/ref/SKILL.md", future: [] },
      lab: { source: "group/repo", sourceType: "gitlab", skillPath: "SKILL.md" },
      git: { source: "git@example.com:own/skills.git", sourceType: "git", skillPath: "skills\\git\\SKILL.md" },
      near: { source: "own/near", sourceType: "local" },
    };
    expect(await lines({ version: 1, skills })).toEqual([
      "pdf https://github.com/acme/skills.git#null null",
      "ref https://github.com/acme/skills.git#v1 skills/ref",
      "lab https://gitlab.com/group/repo.git#null .",
      "git git@example.com:own/skills.git#null skills/git",
      "near ./own/near null",
    ]);
  });

  it("of the home directory", async () => {
    const about = { skillFolderHash: "b".repeat(40), installedAt: "2026-01-01T00:00:00Z", updatedAt: "…" };
    const skills = {
      pdf: { source: "acme/skills", sourceType: "github", sourceUrl: "https://github.com/acme/skills.git", ...about },
      page: {
        source: "acme/skills",
        sourceType: "github",
        sourceUrl: "https://github.com/acme/skills/tree/main/skills/page",
        skillPath: "skills/page/SKILL.md",
        ...about,
      },
      git: { source: "own/skills", sourceType: "git", sourceUrl: "https://git.example.com/own/skills.git", ...about },
    };
    expect(
      await lines({ version: 3, skills, lastSelectedAgents: ["codex"], dismissed: {} }, ".skill-lock.json"),
    ).toEqual([
      "pdf https://github.com/acme/skills.git#null null",
      "page https://github.com/acme/skills#main/skills/page skills/page",
      "git https://git.example.com/own/skills.git#null null",
    ]);
  });

  it("whose entries are wrong lose those alone [R-IMPORT-06]", async () => {
    const good = { source: "acme/skills", sourceType: "github" };
    const text = `{"version": 1, "skills": {
      "__proto__": ${JSON.stringify(good)}, "constructor": ${JSON.stringify(good)}, "../up": ${JSON.stringify(good)},
      "Upper": ${JSON.stringify(good)}, "none": null, "list": [], "text": "acme/skills", "empty": {"source": ""},
      "number": {"source": 4}, "npm": {"source": "left-pad", "sourceType": "node_modules"},
      "site": {"source": "mintlify/bun.com", "sourceType": "mintlify"}, "hostless": {"source": "a/b", "sourceType": "git"},
      "up": ${JSON.stringify({ ...good, skillPath: "../../etc/SKILL.md" })},
      "root": ${JSON.stringify({ ...good, skillPath: "/etc" })}, "path": ${JSON.stringify({ ...good, skillPath: 4 })},
      "ref": ${JSON.stringify({ ...good, ref: "--upload-pack=x" })}, "reflist": ${JSON.stringify({ ...good, ref: ["a"] })},
      "name": {"source": "no source at all"}, "bare": {"source": "pdf"}, "good": ${JSON.stringify(good)}
    }}`;
    expect(await reasons(text)).toEqual([
      "__proto__ INVALID_SKILL_ID",
      "../up INVALID_SKILL_ID",
      "Upper INVALID_SKILL_ID",
      "none MISSING_FIELD",
      "list MISSING_FIELD",
      "text MISSING_FIELD",
      "empty MISSING_FIELD",
      "number MISSING_FIELD",
      "npm INVALID_REPO_URL",
      "site INVALID_REPO_URL",
      "hostless INVALID_REPO_URL",
      "up INVALID_SUBPATH",
      "root INVALID_SUBPATH",
      "path INVALID_SUBPATH",
      "ref INVALID_REF",
      "reflist INVALID_REF",
      "name INVALID_REPO_URL",
      "bare INVALID_REPO_URL",
    ]);
    expect((await read(text)).skills.map(({ id }) => id)).toEqual(["constructor", "good"]);
  });
});

describe("agents.toml [R-IMPORT-05]", () => {
  const AGENTS = `version = 1
agents = ["claude", "cursor", "vscode", "nobody", 4]
minimum_release_age = 60
[trust]
github_orgs = ["acme"]
[[skills]]
name = "short"
source = "acme/skills"
[[skills]]
name = "tagged"
source = "acme/skills@v1.0.0"
path = "skills/tagged"
[[skills]]
name = "hosted"
source = "https://gitlab.com/group/repo"
ref = "main"
[[skills]]
name = "own"
source = "git:ssh://git@example.com/own.git"
[[skills]]
name = "near"
source = "path:local/near"
[[skills]]
name = "*"
source = "acme/more"
path = "skills/engineering"
exclude = ["old", 5]
[[skills]]
name = "site"
source = "https://cli.example.com"
[[skills]]
source = "acme/skills"
[[mcp]]
name = "other"
`;

  it("with its agents, its sources and its wildcards", async () => {
    const file = await read(AGENTS, "agents.toml");
    expect(file.agents).toEqual(["claude-code", "cursor", "github-copilot", "nobody"]);
    expect(await lines(AGENTS, "agents.toml")).toEqual([
      "short https://github.com/acme/skills.git#null null",
      "tagged https://github.com/acme/skills.git#v1.0.0 skills/tagged",
      "hosted https://gitlab.com/group/repo#main null",
      "own ssh://git@example.com/own.git#null null",
      "near ./local/near null",
      "null https://github.com/acme/more.git#null skills/engineering",
    ]);
    expect(file.skills.at(-1)?.except).toEqual(["old"]);
    expect(await reasons(AGENTS, "agents.toml")).toEqual(["site INVALID_REPO_URL", "skills[7] MISSING_FIELD"]);
  });

  it("takes short sources from GitLab where it says so", async () => {
    const text = AGENTS.replace("version = 1", 'version = 1\ndefaultRepositorySource = "gitlab"');
    expect((await lines(text, "agents.toml"))[0]).toBe("short https://gitlab.com/acme/skills.git#null null");
  });
});

describe("package.json [R-IMPORT-05]", () => {
  it("with sources, and skills of them", async () => {
    const skills = [
      "acme/skills",
      "acme/skills#v1",
      "acme/more@pdf",
      "./own",
      { source: "acme/some", skills: ["one", "two"] },
      { source: "acme/all", ref: "v2" },
      4,
      null,
      { skills: ["x"] },
    ];
    expect(await lines({ name: "app", skills }, "package.json")).toEqual([
      "null https://github.com/acme/skills.git#null null",
      "null https://github.com/acme/skills.git#v1 null",
      "pdf https://github.com/acme/more.git#null null",
      "null ./own null",
      "one https://github.com/acme/some.git#null null",
      "two https://github.com/acme/some.git#null null",
      "null https://github.com/acme/all.git#v2 null",
    ]);
    expect(await reasons({ skills }, "package.json")).toEqual([
      "skills[6] MISSING_FIELD",
      "skills[7] MISSING_FIELD",
      "x MISSING_FIELD",
    ]);
  });
});

describe("any other file [R-IMPORT-06]", () => {
  const skill = '[[skills]]\nid = "a"\n[skills.source]\nrepo = "acme/skills"\n[[skills.targets]]\nagent = "codex"\n';
  it.each([
    ["", "skills-lock.json"],
    ["{", "skills-lock.json"],
    ["null", "skills-lock.json"],
    ["[]", "skills-lock.json"],
    ["{}", "package.json"],
    ['{"skills": {}}', "package.json"],
    ['{"version": 4, "skills": {}}', "skills-lock.json"],
    ['{"version": "1", "skills": {}}', "skills-lock.json"],
    ["[".repeat(1_000_000), "skills-lock.json"],
    [" ".repeat(8 * 1024 * 1024 + 1), "skills-lock.json"],
    ["version = 2", "agents.toml"],
    ["version = ", "agents.toml"],
    ["skills = 1", "agents.toml"],
    [`version = 1\n${skill}`, "skills.toml"],
  ])("%.20j is refused", async (text, name) => {
    await expect(read(text, name)).rejects.toThrow(expect.objectContaining({ code: "IMPORT_INVALID" }));
  });

  it("never throws anything else, whatever it holds", async () => {
    const word = fc.constantFrom(
      "version",
      "skills",
      "source",
      "name",
      "ref",
      "path",
      "skillPath",
      "a/b",
      "../x",
      "*",
      "path:",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(1, 3, null, true, "", "acme/skills", "git:x", "https://u:p@h/x"),
        word,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(word, tie("tree"), { maxKeys: 5 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.record({ version: fc.constantFrom(1, 2, 3), skills: tree }), async (document) => {
        try {
          await read(document);
        } catch (error) {
          expect(error).toMatchObject({ name: "EdenError", code: "IMPORT_INVALID" });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
