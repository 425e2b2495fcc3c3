import type { Files } from "./fast-import.js";
import { skillText } from "./manifest-of.js";

/** How a public collection of skills is laid out; texts are made up. */
export interface PublicLayout {
  name: string;
  files: Files;
  /** Directories with a SKILL.md that are left out. */
  left: string[];
  /** What is left out and holds no SKILL.md of this source. */
  elsewhere?: string[];
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

/** Skills of a group in these directories; each is called as its directory, behind the group. */
function skills(group: string, ...paths: string[]): Files {
  return Object.fromEntries(paths.map((path) => [`${path}/SKILL.md`, skillText(`${group}-${path.split("/").at(-1)}`)]));
}

/** Twelve layouts that collections of skills have in the open. */
export const PUBLIC_LAYOUTS: PublicLayout[] = [
  {
    name: "skills/ beside a template, plugins that share a root",
    files: {
      ...skills("one", "skills/pdf", "skills/docs/slides", "template"),
      ".claude-plugin/marketplace.json": json({
        metadata: { version: "1" },
        plugins: [{ name: "office", source: "./", strict: false, skills: ["./skills/pdf"] }],
      }),
    },
    left: [],
  },
  {
    name: "folders that begin with a dot below skills/",
    files: skills("two", "skills/.curated/a", "skills/.curated/b", "skills/.experimental/c", "skills/.system/d"),
    left: [],
  },
  {
    name: "a plugin a directory, with manifests for three tools",
    files: {
      ...skills("three", "plugins/web/skills/a", "plugins/web/skills/b", "plugins/data/skills/c"),
      ...Object.fromEntries(
        [".claude-plugin", ".codex-plugin", ".cursor-plugin"].map((tool) => [
          `plugins/web/${tool}/plugin.json`,
          json({ name: "web", skills: "./skills/" }),
        ]),
      ),
      ".claude-plugin/marketplace.json": json({
        plugins: [
          { name: "web", source: "./plugins/web" },
          { name: "data", source: "./plugins/data" },
        ],
      }),
      ".agents/plugins/marketplace.json": json({
        plugins: [{ name: "web", source: { source: "local", path: "./plugins/web" } }],
      }),
      "plugins/web/hooks/shims/python": { symlink: "python3" },
      "plugins/web/hooks/shims/python3": { content: "#!/bin/sh\n", executable: true },
    },
    left: [],
  },
  {
    name: "an agent's directory that is a link to skills/",
    files: {
      ...skills("four", "skills/commit", "skills/review"),
      ".agents/skills": { symlink: "../skills" },
      "CLAUDE.md": { symlink: "AGENTS.md" },
      "AGENTS.md": "# Notes\n",
    },
    left: [],
    elsewhere: [".agents/skills"],
  },
  {
    name: "a submodule beside plugins, and skills for the work on the collection itself",
    files: {
      ...skills("five", "plugins/app/skills/ui", "plugins/app/skills/router", ".claude/skills/release"),
      harness: { gitlink: "2".repeat(40) },
      ".gitmodules": '[submodule "harness"]\n\tpath = harness\n\turl = https://example.com/harness.git\n',
    },
    left: [],
    elsewhere: ["harness"],
  },
  {
    name: "skills at the root, some in a second catalogue, one with a link in it",
    files: {
      ...skills("six", "brand", "invoices", "document-skills/docx", "apps/mail-automation"),
      "brand/README.md": { symlink: "SKILL.md" },
      "connect/.claude-plugin/plugin.json": json({ name: "connect" }),
      "apps/.claude-plugin/marketplace.json": json({ plugins: [] }),
    },
    left: [],
  },
  {
    name: "a skill at the root beside others",
    files: { "SKILL.md": skillText("seven-index"), ...skills("seven", "issues", "merge-requests") },
    left: [],
  },
  {
    name: "a marketplace of which most plugins lie elsewhere",
    files: {
      ...skills("eight", "plugins/dev/skills/hooks", "external_plugins/chat/skills/configure"),
      ".claude-plugin/marketplace.json": json({
        plugins: [
          { name: "dev", source: "./plugins/dev" },
          { name: "chat", source: "./external_plugins/chat" },
          { name: "far-url", source: { source: "url", url: "https://example.com/far.git" } },
          { name: "far-hub", source: { source: "github", repo: "acme/far" } },
          { name: "far-part", source: { source: "git-subdir", url: "https://github.com/acme/mono", path: "p" } },
        ],
      }),
    },
    left: [],
    elsewhere: ["far-url", "far-hub", "far-part"],
  },
  {
    name: "examples in a skill, an internal one, and packages that were committed",
    files: {
      ...skills("nine", "skills/author", "skills/author/examples/sample", "node_modules/pkg/skills/x"),
      "skills/own/SKILL.md": "---\nname: nine-own\ndescription: Ours.\nmetadata:\n  internal: true\n---\n",
    },
    left: ["skills/author/examples/sample", "skills/own", "node_modules/pkg/skills/x"],
  },
  {
    name: "heads that YAML refuses",
    files: {
      "skills/adr/SKILL.md": "---\nname: ten-adr\ndescription: Enforces the rule: one ADR\n---\n",
      "skills/review/SKILL.md":
        "---\nname: ten-review\nargument-hint: [pr-number] [priority]\ndescription: Reviews.\n---\n",
      "skills/year/SKILL.md": "\ufeff---\r\nname: 2026\r\ndescription: A name that is a number.\r\n---\r\n",
      "skills/tabs/SKILL.md": "---\nname: ten-tabs\ndescription: Tabs.\nmetadata:\n\tauthor: x\n---\n",
    },
    left: [],
  },
  {
    name: "names as build tools have them, and pages that are no skills",
    files: {
      ...skills("eleven", "skills/build", "skills/dist", "skills/vendor", "src/agents/deep/in/the/tree/of/it"),
      "docs/SKILL.md": "# How to write a skill\n",
      "skills/draft/SKILL.md": "---\nname: eleven-draft\n---\n",
    },
    left: ["docs", "skills/draft"],
  },
  {
    name: "one skill for several agents, as copies and as links",
    files: {
      ...skills("twelve", ".agents/skills/lint", ".claude/skills/lint", "source/format"),
      ".cursor/skills/format": { symlink: "../../source/format" },
      ".github/skills/lint": { symlink: "../../.agents/skills/lint" },
      "plugin.json": json({
        $schema: "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json",
        name: "twelve",
      }),
    },
    left: [".claude/skills/lint"],
    elsewhere: [".cursor/skills/format", ".github/skills/lint"],
  },
];
