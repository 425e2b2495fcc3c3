import { expect, it } from "vitest";
import type { Inventory } from "../../../src/edit/inventory.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { listLines } from "../../../src/cli/views/list-view.js";

const skill: Inventory["skills"][number] = {
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
};

it("skills are a table [R-CLI-07]", () => {
  const off = {
    ...skill,
    id: "b",
    enabled: false,
    wanted: false,
    commit: null,
    targets: [],
    source: { ...skill.source, ref: null },
  };
  const elsewhere = { ...off, id: "c", enabled: true, groups: ["ops"], wanted: false };
  const skills = [skill, off, elsewhere];
  const inventory: Inventory = { schema_version: 1, command: "list", count: 3, skills };
  expect(listLines(inventory, palette(false))).toEqual([
    "SKILL              SOURCE                        SUBPATH  MODE     COMMIT        AGENTS",
    "web-design         https://example.com/a.git@v1  .        symlink  0123456789ab  claude-code,cursor",
    "b (disabled)       https://example.com/a.git     .        symlink  -             -",
    "c (only with ops)  https://example.com/a.git     .        symlink  -             -",
  ]);
});

it("no skills are said to be none", () => {
  expect(listLines({ schema_version: 1, command: "list", count: 0, skills: [] }, palette(false))).toEqual([
    "no skills",
  ]);
});
