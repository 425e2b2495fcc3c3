import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { AGENT_ID } from "../names/agent-id.js";
import { CUSTOM_AGENT } from "../targets/agents.js";
import { pathTextProblem } from "../targets/path-text.js";

const agent = z.strictObject({
  project: described(
    z.optional(z.string().check(rule("TARGET_PATH_INVALID", projectProblem))),
    "Its skills directory, relative to a project.",
  ),
  global: described(
    z.optional(z.string().check(rule("TARGET_PATH_INVALID", pathTextProblem))),
    "The user's skills directory for it, such as ~/.my-agent/skills.",
  ),
});

/** The directory of a project is the same in every project, so it cannot be outside of it. */
function projectProblem(path: string): string | null {
  const isOutside = /^(?:[/\\~]|[a-z]:)/iu.test(path) || path.split(/[/\\]/u).includes("..");
  return pathTextProblem(path) ?? (isOutside ? "the directory of a project is inside the project" : null);
}

const isUsable = z.check<Record<string, unknown>>(
  ({ value, issues }) => {
    for (const [id, table] of Object.entries(value)) {
      const message = agentProblem(id, table);
      if (message !== null)
        issues.push({
          code: "custom",
          input: table,
          path: [id],
          params: { code: "INVALID_AGENT" },
          message,
          continue: true,
        });
    }
  },
  { when: ({ value }) => typeof value === "object" && value !== null },
);

function agentProblem(id: string, table: unknown): string | null {
  if (id === CUSTOM_AGENT) return `"${CUSTOM_AGENT}" is for targets with a path of their own`;
  if (!AGENT_ID.test(id))
    return 'the id of an agent is 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit';
  const isEmpty = typeof table === "object" && table !== null && !("project" in table) && !("global" in table);
  return isEmpty ? "an agent needs a directory: `project`, `global`, or both" : null;
}

/** `[agents]` */
export const agentsSchema = z
  .record(
    z.string(),
    described(agent.check(z.meta({ minProperties: 1 })), "An agent of your own, or other directories of a known one."),
  )
  .check(isUsable, z.meta({ propertyNames: { pattern: AGENT_ID.source, not: { const: CUSTOM_AGENT } } }));

/** The same without invalid fields. An invalid agent stays, so that its targets get no further problem. */
// eslint-disable-next-line promise/valid-params -- it is zod's
export const incompleteAgentsSchema = () => z.record(z.string(), z.catch(agent, {}));
