import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  agentSkillsRoot,
  detectionPaths,
  directoriesOf,
  winnerOf,
} from "../../../src/manifest/targets/agent-directories.js";
import { agents, CUSTOM_AGENT, knownAgents, type Agent } from "../../../src/manifest/targets/agents.js";

const world = { agents: knownAgents, home: "/home/ann", manifestDirectory: "/srv/project", env: {} };
const withEnv = (env: Record<string, string>) => ({ ...world, env });
const known = (id: string): Agent => knownAgents.get(id) ?? expect.fail(`no agent ${id}`);

const inProject = z.string().regex(/^[^/~][^:\\]*[^/]$/);
const ofUser = z.string().regex(/^(?:~\/|\/)[^:\\]*[^/]$/);
const scoped = z.strictObject({ project: z.array(inProject), global: z.array(ofUser) });

/** The data as specs/agents.md describes it. */
const agentShape = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  name: z.string().min(1),
  projectDir: inProject.nullable(),
  globalDir: z
    .string()
    .regex(/^~\/[^:\\]+[^/]$/)
    .nullable(),
  alsoReads: scoped.optional(),
  formerly: scoped.optional(),
  readsAbove: z.literal(true).optional(),
  rootFiles: z.literal(true).optional(),
  shadowing: z.array(z.string()).optional(),
  followsLinksOutOfProject: z.boolean().optional(),
  skillNames: z.enum(["directory", "any"]).optional(),
  descriptionBudget: z
    .strictObject({
      contextShare: z.number().gt(0).lt(1),
      characters: z.int().positive(),
      each: z.int().positive().optional(),
      unless: z
        .string()
        .regex(/^[a-z-]+$/)
        .optional(),
    })
    .optional(),
  env: z
    .array(z.strictObject({ name: z.string().regex(/^[A-Z_]+$/), replaces: z.string().regex(/^~\/.*[^/]$/) }))
    .optional(),
  detect: z.array(z.string().regex(/^(?:~\/|\/|<cwd>\/|\$[A-Z_]+\/)/)),
  retired: z.strictObject({ on: z.iso.date(), successor: z.string().nullable() }).optional(),
  warning: z.string().optional(),
});

describe("the agents", () => {
  it("are data of one shape, with unique ids, none of which is the one for custom paths [R-AGENT-01]", () => {
    const problems = z.array(agentShape).safeParse(agents).error?.issues ?? [];
    expect(problems.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([]);
    const ids = agents.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(70);
    expect(ids).not.toContain(CUSTOM_AGENT);
  });

  it("have facts that belong together [R-AGENT-01]", () => {
    for (const agent of agents) {
      const { id, projectDir, globalDir, alsoReads, formerly, shadowing = [], env = [], retired } = agent;
      expect(projectDir ?? globalDir, id).not.toBeNull();
      const project = [projectDir ?? [], alsoReads?.project ?? []].flat();
      const global = [globalDir ?? [], alsoReads?.global ?? []].flat();
      const read = [...project, ...global];
      expect(new Set(read).size, id).toBe(read.length);
      // What was the directory before is still read, or it would be no use to name it.
      for (const path of [...(formerly?.project ?? []), ...(formerly?.global ?? [])]) expect(read, id).toContain(path);
      for (const one of shadowing) expect(["project", "global", ...read], id).toContain(one);
      expect(new Set(shadowing).size, id).toBe(shadowing.length);
      for (const { replaces } of env)
        expect([...global, ...agent.detect].filter((path) => `${path}/`.startsWith(`${replaces}/`)).length).not.toBe(0);
      if (retired?.successor != null) expect(known(retired.successor).retired, id).toBeUndefined();
    }
  });

  it.each([
    ["claude-code", "project", "/srv/project/.claude/skills"],
    ["claude-code", "global", "/home/ann/.claude/skills"],
    ["codex", "project", "/srv/project/.agents/skills"],
    ["codex", "global", "/home/ann/.agents/skills"],
    ["goose", "project", "/srv/project/.agents/skills"],
    ["goose", "global", "/home/ann/.agents/skills"],
    ["codewhale", "global", "/home/ann/.codewhale/skills"],
    ["zoo-code", "project", "/srv/project/.roo/skills"],
    ["gitlab-duo", "project", "/srv/project/.agents/skills"],
    ["openclaw", "project", "/srv/project/skills"],
    ["eve", "project", "/srv/project/agent/skills"],
  ] as const)("%s gets %s skills in %s [R-MANIFEST-09]", (id, scope, root) => {
    expect(agentSkillsRoot(id, scope, world)).toBe(root);
  });

  it("read further directories [R-AGENT-01]", () => {
    const paths = (id: string, scope: "project" | "global", env = {}) =>
      directoriesOf(known(id), scope, withEnv(env)).map(({ path }) => path);
    expect(paths("codex", "project")).toEqual(["/srv/project/.agents/skills", "/srv/project/.codex/skills"]);
    expect(paths("codex", "global", { CODEX_HOME: "/data/codex" })).toEqual([
      "/home/ann/.agents/skills",
      "/data/codex/skills",
      "/etc/codex/skills",
    ]);
    expect(paths("goose", "project")).toContain("/srv/project/.goose/skills");
    expect(paths("goose", "global", { XDG_CONFIG_HOME: "/data" })).toContain("/data/goose/skills");
    expect(paths("amp", "global")).toContain("/home/ann/.config/amp/skills");
    expect(paths("cursor", "global", { CLAUDE_CONFIG_DIR: "/data/claude" })).toContain("/home/ann/.claude/skills");
    expect(paths("eve", "global")).toEqual([]);
  });

  it("have no directory when they are unknown, or know none for the scope", () => {
    expect(agentSkillsRoot("nobody", "global", world)).toBeNull();
    expect(agentSkillsRoot("eve", "global", world)).toBeNull();
    expect(agentSkillsRoot("promptscript", "global", world)).toBeNull();
    expect(knownAgents.get("toString")).toBeUndefined();
  });

  it.each([
    ["claude-code", { CLAUDE_CONFIG_DIR: "/data/claude" }, "/data/claude/skills"],
    ["devin", { XDG_CONFIG_HOME: "/data/config" }, "/data/config/devin/skills"],
    ["autohand-code", { AUTOHAND_HOME: "/data/hand" }, "/data/hand/skills"],
    ["codewhale", { CODEWHALE_HOME: "/data/whale" }, "/data/whale/skills"],
  ])("follow the variable that moves %s", (id, env, root) => {
    expect(agentSkillsRoot(id, "global", withEnv(env))).toBe(root);
    expect(agentSkillsRoot(id, "project", withEnv(env))).toBe(agentSkillsRoot(id, "project", world));
  });

  it("are looked for where a variable moved them", () => {
    const paths = (id: string, env = {}) => detectionPaths(known(id), { home: "/home/ann", cwd: "/srv", env });
    expect(paths("codex")).toEqual(["/home/ann/.codex", "/etc/codex"]);
    expect(paths("codex", { CODEX_HOME: "/data/codex" })).toEqual(["/data/codex", "/etc/codex"]);
    expect(paths("gitlab-duo", { GLAB_CONFIG_DIR: "/data/duo" })).toEqual(["/data/duo"]);
    expect(paths("jazz")).toContain("/srv/.jazz");
    expect(paths("zed", { APPDATA: "/apps" })).toContain("/apps/Zed");
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

  it("say which of two skills of one name they take, where that is known [R-AGENT-03]", () => {
    const [own, also] = [
      { scope: "project", written: ".agents/skills" },
      { scope: "project", written: ".gemini/skills" },
    ] as const;
    const user = { scope: "global", written: "~/.claude/skills" } as const;
    expect(winnerOf(known("gemini-cli"), also, own)).toBe("second");
    expect(winnerOf(known("cline"), own, user)).toBe("second");
    expect(winnerOf(known("claude-code"), user, own)).toBe("first");
    expect(winnerOf(known("codex"), own, user)).toBe("both");
    expect(winnerOf(known("cline"), own, also)).toBeNull();
    expect(winnerOf(known("cursor"), own, user)).toBeNull();
  });
});
