import { expect, it } from "vitest";
import type { SkillList } from "../../../src/inspect/list-skills.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { listLines } from "../../../src/cli/views/list-view.js";

const skill: SkillList["skills"][number] = {
  id: "web-design",
  source: { repo: "https://example.com/a.git", ref: "v1", subpath: "." },
  install: { mode: "symlink" },
  verify: { enabled: true, checks: [] },
  targets: [
    { agent: "claude-code", path: "/c/web-design" },
    { agent: "cursor", path: "/u/web-design" },
  ],
  commit: "0123456789abcdef0123456789abcdef01234567",
  version: null,
  enabled: true,
  groups: [],
  alias: null,
  wanted: true,
  collection: null,
  state: "installed",
  dev: null,
  skill_version: "1.2",
  bytes: 2048,
};

it("skills are a table [R-CLI-07]", () => {
  const off = {
    ...skill,
    id: "b",
    enabled: false,
    wanted: false,
    commit: null,
    skill_version: null,
    bytes: null,
    targets: [],
    source: { ...skill.source, ref: null },
  };
  const elsewhere = { ...off, id: "c", enabled: true, groups: ["ops"], wanted: false };
  const skills = [skill, off, elsewhere];
  const inventory: SkillList = { schema_version: 1, command: "list", count: 3, skills };
  expect(listLines(inventory, undefined, palette(false))).toEqual([
    "SKILL       VERSION      STATE          SIZE     SOURCE                          AGENTS",
    "web-design  1.2 0123456  installed      2.0 KiB  https://example.com/a.git @ v1  claude-code, cursor",
    "b           -            disabled       -        https://example.com/a.git       -",
    "c           -            only with ops  -        https://example.com/a.git       -",
  ]);
  expect(listLines({ ...inventory, skills: [skill, off] }, 40, palette(false))).toEqual([
    "web-design",
    "  version  1.2 0123456",
    "  state    installed",
    "  size     2.0 KiB",
    "  source   https://example.com/a.git @",
    "           v1",
    "  agents   claude-code, cursor",
    "b",
    "  state    disabled",
    "  source   https://example.com/a.git",
  ]);
});

it("no skills are said to be none", () => {
  const none: SkillList = { schema_version: 1, command: "list", count: 0, skills: [] };
  expect(listLines(none, 80, palette(false))).toEqual(["no skills"]);
});
