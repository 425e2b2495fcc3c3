import { describe, expect, it } from "vitest";
import { agentSkillsRoot, directoriesOf } from "../../../src/manifest/targets/agent-directories.js";
import { agents, knownAgents, type Agent } from "../../../src/manifest/targets/agents.js";
import { leastDirectories } from "../../../src/manifest/targets/least-directories.js";
import type { Scope } from "../../../src/manifest/document/manifest.js";

const world = { agents: knownAgents, home: "/home/ann", manifestDirectory: "/srv/project", env: {} };
const SCOPES = ["project", "global"] as const;
const chosenFor = (ids: string[], scope: Scope = "project", env = {}) =>
  leastDirectories(ids, scope, { ...world, env }).map(({ manifestPath, owners, otherReaders }) => [
    manifestPath,
    owners,
    otherReaders,
  ]);

/** Agents that differ in what they read: one of each kind stands for all of it. */
function kinds(scope: Scope): Agent[] {
  const seen = new Set<string>();
  return agents.filter((agent) => {
    if (agentSkillsRoot(agent.id, scope, world) === null) return false;
    const paths = directoriesOf(agent, scope, world).map(({ path }) => path);
    const kind = paths.length === 1 && !paths[0]?.includes("/.agents/") ? "one of its own" : paths.join("\n");
    return !seen.has(kind) && seen.add(kind);
  });
}

function* combinations(all: readonly Agent[], scope: Scope): Generator<[Agent[], Scope]> {
  for (const [i, one] of all.entries())
    for (const [j, two] of all.slice(i + 1).entries()) {
      yield [[one, two], scope];
      for (const three of all.slice(i + j + 2)) yield [[one, two, three], scope];
    }
}

/**
 * The best that any choice of directories can do, also of such that are none of these agents' own: how often an agent sees a skill more than
 * once, and the number of directories.
 */
function bestOf(chosen: readonly Agent[], scope: Scope): [twice: number, directories: number] {
  const reads = chosen.map((agent) => directoriesOf(agent, scope, world).map(({ path }) => path));
  const all = [...new Set(reads.flat())];
  const masks = reads.map((paths) => paths.reduce((mask, path) => mask | (1 << all.indexOf(path)), 0));
  let best: [number, number] = [Infinity, Infinity];
  for (let choice = 1; choice < 1 << all.length; choice++) {
    let twice = -masks.length;
    for (const mask of masks) twice += (mask & choice) === 0 ? Infinity : bitsOf(mask & choice);
    if (twice > best[0]) continue;
    const size = bitsOf(choice);
    if (twice < best[0] || size < best[1]) best = [twice, size];
  }
  return best;
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest > 0; rest &= rest - 1) bits++;
  return bits;
}

describe("the directories that serve agents", () => {
  it("are the fewest in which no agent sees a skill twice, for any two or three agents [R-AGENT-05]", () => {
    let tried = 0;
    for (const scope of SCOPES) {
      for (const [chosen] of combinations(kinds(scope), scope)) {
        tried += 1;
        const served = leastDirectories(
          chosen.map(({ id }) => id),
          scope,
          world,
        );
        const paths = served.map(({ path }) => path);
        const times = chosen.map(
          (agent) => directoriesOf(agent, scope, world).filter(({ path }) => paths.includes(path)).length,
        );
        const twice = times.includes(0) ? Infinity : times.reduce((sum, count) => sum + count - 1, 0);
        const label = `${scope} ${chosen.map(({ id }) => id).join(" ")}: ${paths.join(" ")}`;
        expect([twice, paths.length], label).toEqual(bestOf(chosen, scope));
        // Each agent is named exactly once.
        const named = served
          .flatMap(({ owners, otherReaders }) => [...owners, ...otherReaders])
          .filter((id) => id !== "universal");
        const ids = chosen.map(({ id }) => id);
        expect(named.filter((id) => ids.includes(id)).toSorted(), label).toEqual(ids.toSorted());
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });

  it("can be worked out for all agents at once [R-AGENT-05]", () => {
    for (const scope of SCOPES) {
      const ids = agents
        .filter(({ id, retired }) => retired === undefined && agentSkillsRoot(id, scope, world) !== null)
        .map(({ id }) => id);
      const served = leastDirectories(ids, scope, world);
      const read = new Set(served.flatMap(({ readers }) => readers));
      expect(ids.filter((id) => id !== "universal" && !read.has(id))).toEqual([]);
    }
  });

  it("are those that people would choose [R-AGENT-05]", () => {
    expect(chosenFor(["claude-code", "cursor"])).toEqual([["./.claude/skills", ["claude-code"], ["cursor"]]]);
    expect(chosenFor(["claude-code", "codex", "cursor"])).toEqual([
      ["./.claude/skills", ["claude-code"], []],
      ["./.agents/skills", ["codex", "cursor"], []],
    ]);
    expect(chosenFor(["codex", "cursor", "gemini-cli"], "global")).toEqual([
      ["~/.agents/skills", ["codex", "cursor", "gemini-cli"], []],
    ]);
    expect(chosenFor(["rovodev", "zoo-code"])).toEqual([["./.agents/skills", ["universal"], ["rovodev", "zoo-code"]]]);
    expect(chosenFor(["rovodev"])).toEqual([["./.rovodev/skills", ["rovodev"], []]]);
    expect(chosenFor(["devin", "windsurf"], "global")).toHaveLength(1);
    // Cursor does not follow the variable that moves Claude Code.
    expect(chosenFor(["claude-code", "cursor"], "global", { CLAUDE_CONFIG_DIR: "/data/claude" })).toEqual([
      ["/data/claude/skills", ["claude-code"], []],
      ["~/.agents/skills", ["cursor"], []],
    ]);
    expect(chosenFor([])).toEqual([]);
    expect(knownAgents.get("universal")).toBeDefined();
  });
});
