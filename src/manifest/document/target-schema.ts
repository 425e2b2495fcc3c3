import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { parseTargetSpec, type TargetSpec } from "../targets/parse-target-spec.js";
import {
  ENVIRONMENT,
  EXPECTED_ENVIRONMENT,
  parseEnvironment,
  type TargetEnvironment,
} from "../targets/target-environment.js";

/** The scope of skills: the user's, or the project's. */
export const scopeSchema = z.enum(["global", "project"]);

const environment = z.pipe(
  z.string().check(
    rule("INVALID_ENVIRONMENT", (text) => (ENVIRONMENT.test(text) ? null : EXPECTED_ENVIRONMENT)),
    z.meta({ pattern: ENVIRONMENT.source }),
  ),
  z.transform((text): TargetEnvironment => parseEnvironment(text) ?? { kind: "local" }),
);

const table = z.strictObject({
  agent: described(z.string(), 'An agent\'s id such as "claude-code", or "custom" for a path of your own.'),
  scope: described(
    z.optional(scopeSchema),
    "Whose skills: the user's, or the project's; the manifest's scope when absent.",
  ),
  path: described(
    z.optional(z.string()),
    'The agent\'s skills directory, when it is not the usual one; required for "custom".',
  ),
  environment: described(
    z.prefault(environment, "local"),
    'Where the directory is: "local", "docker:NAME", "podman:NAME" or "ssh:HOST".',
  ),
});

const spec = z.pipe(
  z.string(),
  z.transform((text, { issues }): TargetSpec => {
    const target = parseTargetSpec(text);
    if (!("problem" in target)) return target;
    issues.push({ code: "custom", input: text, params: { code: target.code }, message: target.problem });
    return z.NEVER;
  }),
);

const EXPECTED = 'expected a target such as "claude-code" or "custom:PATH", or a table';

/** Where a skill is installed: the short form, or a table. */
export const targetSchema = described(
  z.union([spec, table], EXPECTED),
  "One agent, and where it looks for skills: AGENT, custom:PATH, docker:NAME[:AGENT], podman:NAME[:AGENT], ssh:HOST[:AGENT], or a table.",
);

/** The same without invalid fields. */
export const incompleteTargetSchema = () => z.union([spec, z.partial(table, { agent: true })]);
