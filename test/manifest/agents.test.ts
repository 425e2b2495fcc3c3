import { describe, expect, it } from "vitest";
import { agents, agentSkillsRoot, CUSTOM_AGENT, findAgent } from "../../src/manifest/agents.js";

const world = { home: "/home/ann", manifestDirectory: "/srv/project", env: {} };
const withEnv = (env: Record<string, string>) => ({ ...world, env });

describe("the agents", () => {
  it("are known by unique ids, none of which is the one for custom paths", () => {
    const ids = agents.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(70);
    expect(ids).not.toContain(CUSTOM_AGENT);
  });

  it("have directories that are relative to the project and to home", () => {
    for (const { projectDir, globalDir, globalDirEnv } of agents) {
      expect(projectDir).toMatch(/^[^/~][^:\\]*$/);
      if (globalDir !== null) expect(globalDir).toMatch(/^~\/[^:\\]+$/);
      if (globalDirEnv !== undefined) expect(globalDir?.startsWith(`${globalDirEnv.replaces}/`)).toBe(true);
    }
  });

  it.each([
    ["claude-code", "project", "/srv/project/.claude/skills"],
    ["claude-code", "global", "/home/ann/.claude/skills"],
    ["codex", "project", "/srv/project/.agents/skills"],
    ["codex", "global", "/home/ann/.agents/skills"],
    ["goose", "global", "/home/ann/.config/goose/skills"],
    ["openclaw", "project", "/srv/project/skills"],
    ["eve", "project", "/srv/project/agent/skills"],
  ] as const)("%s reads %s skills from %s", (id, scope, root) => {
    expect(agentSkillsRoot(id, scope, world)).toBe(root);
  });

  it("have no directory when they are unknown, or know none for the scope", () => {
    expect(agentSkillsRoot("nobody", "global", world)).toBeNull();
    expect(agentSkillsRoot("eve", "global", world)).toBeNull();
    expect(agentSkillsRoot("promptscript", "global", world)).toBeNull();
    expect(findAgent("toString")).toBeUndefined();
  });

  it.each([
    ["claude-code", { CLAUDE_CONFIG_DIR: "/data/claude" }, "/data/claude/skills"],
    ["goose", { XDG_CONFIG_HOME: "/data/config" }, "/data/config/goose/skills"],
    ["autohand-code", { AUTOHAND_HOME: "/data/hand" }, "/data/hand/skills"],
  ])("follow the variable that moves %s", (id, env, root) => {
    expect(agentSkillsRoot(id, "global", withEnv(env))).toBe(root);
    expect(agentSkillsRoot(id, "project", withEnv(env))).toBe(agentSkillsRoot(id, "project", world));
  });

  it("ignore a variable that is empty, relative, or moves a directory they do not read", () => {
    expect(agentSkillsRoot("claude-code", "global", withEnv({ CLAUDE_CONFIG_DIR: "" }))).toBe(
      "/home/ann/.claude/skills",
    );
    expect(agentSkillsRoot("claude-code", "global", withEnv({ CLAUDE_CONFIG_DIR: "x" }))).toBe(
      "/home/ann/.claude/skills",
    );
    expect(agentSkillsRoot("amp", "global", withEnv({ XDG_CONFIG_HOME: "/x" }))).toBe("/home/ann/.agents/skills");
  });

  it("keep the ~ of a machine we are not on", () => {
    expect(agentSkillsRoot("claude-code", "global", { ...world, home: "~" })).toBe("~/.claude/skills");
  });
});
