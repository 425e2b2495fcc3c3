import { expect, it } from "vitest";
import { readForeign } from "../../src/manifest/foreign/read-foreign.js";

const AROUND = { beside: () => null, claudePlugins: "/p", inClaudePlugins: () => null };

/** What a file contains, a line for each skill. */
async function read(name: string, text: string) {
  const { skills, skipped, ...rest } = await readForeign(Buffer.from(text), name, AROUND);
  const lines = skills.map(({ id, source, subpath }) =>
    [id ?? "*", source.kind === "path" ? source.path : source.repo, "ref" in source ? source.ref : null, subpath].join(
      " ",
    ),
  );
  return { ...rest, lines, skipped: skipped.map(({ id, code }) => `${id} ${code}`) };
}

it("a rulesync.jsonc, with comments and commas, names sources of skills [R-IMPORT-15]", async () => {
  const text = `{
  "$schema": "https://github.com/dyoshikawa/rulesync/releases/latest/download/config-schema.json",
  "targets": ["copilot", "claudecode", "*"],
  "features": ["rules", "skills"],
  "sources": [
    // all skills of a repository
    { "source": "owner/repo" },
    { "source": "anthropics/skills", "skills": ["skill-creator"] }, /* one */
    { "source": "acme/ai-standards", "rules": ["testing-guidelines"] },
    { "source": "acme/ai-assets", "rules": ["*"], "skills": ["review-pr"], "path": "exports/skills" },
    { "source": "owner/repo@v1.0.0:path/to/skills" },
    { "source": "https://dev.azure.com/org/project/_git/repo", "transport": "git", "ref": "main", "path": "." },
    { "source": "@acme/skill-package", "transport": "npm" },
    { "skills": ["lost"], },
  ],
}`;
  expect(await read("rulesync.jsonc", text)).toEqual({
    format: "rulesync.jsonc",
    agents: ["github-copilot", "claude-code"],
    lines: [
      "* https://github.com/owner/repo.git  skills",
      "skill-creator https://github.com/anthropics/skills.git  ",
      "review-pr https://github.com/acme/ai-assets.git  exports/skills/review-pr",
      "* https://github.com/owner/repo.git v1.0.0 path/to/skills",
      "* https://dev.azure.com/org/project/_git/repo main .",
    ],
    skipped: ["@acme/skill-package INVALID_REPO_URL", "lost MISSING_FIELD"],
  });
});

it.each([
  ["rulesync.jsonc", `{"sources": [{"source": "${'\\\\"'.repeat(2_000_000)}`],
  ["rulesync.jsonc", "/*".repeat(4_000_000)],
  ["skills.json", JSON.stringify({ skills: { a: "a:".repeat(3_000_000) } })],
])("a hostile %s is read in a moment [R-IMPORT-06] [R-IMPORT-15]", { timeout: 10_000 }, async (name, text) => {
  try {
    expect((await read(name, text)).skipped).toEqual(["a INVALID_REPO_URL"]);
  } catch (error) {
    expect(error).toMatchObject({ code: "IMPORT_INVALID" });
  }
});

it("a skills.json of reskill names a source for each skill [R-IMPORT-15]", async () => {
  const skills = {
    planning: "github:user/planning-skill@v1.0.0",
    tool: "internal:team/tool",
    nested: "github:org/monorepo/skills/planning@branch:develop",
    exact: "gitlab:group/skill@commit:0123456789012345678901234567890123456789",
    inside: "https://github.com/org/monorepo.git/skills/inside@v1.0.0",
    ssh: "git@gitlab.company.com:team/skills.git/backend/apis@v2.0.0",
    whole: "git@github.com:user/skill.git",
    host: "gitlab.company.com:team/skill@v1.0.0",
    newest: "github:user/skill@latest",
    range: "github:user/skill@^2.0.0",
    archive: "https://example.com/skills/my-skill-v1.0.0.tar.gz",
    package: "@scope/skill-name@1.0.0",
  };
  const file = {
    skills,
    registries: { internal: "https://gitlab.company.com" },
    defaults: { installDir: ".skills", targetAgents: ["cursor", "claude-code"], installMode: "symlink" },
  };
  expect(await read("skills.json", JSON.stringify(file))).toEqual({
    format: "skills.json of reskill",
    agents: ["cursor", "claude-code"],
    lines: [
      "planning https://github.com/user/planning-skill.git v1.0.0 ",
      "tool https://gitlab.company.com/team/tool.git  ",
      "nested https://github.com/org/monorepo.git develop skills/planning",
      "exact https://gitlab.com/group/skill.git 0123456789012345678901234567890123456789 ",
      "inside https://github.com/org/monorepo.git v1.0.0 skills/inside",
      "ssh git@gitlab.company.com:team/skills.git v2.0.0 backend/apis",
      "whole git@github.com:user/skill.git  ",
      "host https://gitlab.company.com/team/skill.git v1.0.0 ",
    ],
    skipped: ["newest INVALID_REF", "range INVALID_REF", "archive INVALID_REPO_URL", "package INVALID_REPO_URL"],
  });
});
