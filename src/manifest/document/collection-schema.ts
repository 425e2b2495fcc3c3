import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { globProblem } from "../names/glob-text.js";
import { incompleteSkillSchema, modeSchema, skillSchema } from "./skill-schema.js";
import { sourceTable } from "./source-schema.js";
import { scopeSchema } from "./target-schema.js";

const globs = z._default(z.array(z.string().check(rule("INVALID_GLOB", globProblem))), []);

const ID_PREFIX = /^(?:[a-z0-9][a-z0-9._-]{0,40})?$/;

const { ref, subpath, allow_insecure } = sourceTable.shape;
const { priority, enabled, groups, targets, verify, safety } = skillSchema.shape;

/** One `[[collections]]` table: many skills of one source. */
export const collectionSchema = z.strictObject({
  repo: described(z.string(), "The repository or directory, as in the source of a skill."),
  ref,
  subpath: described(z.clone(subpath), "The directory that is searched for skills; the root when absent."),
  allow_insecure,
  include: described(
    z.clone(globs),
    "Globs of the skills' names, or of their directories if they contain a slash; all skills when absent.",
  ),
  exclude: described(z.clone(globs), "Globs of skills that are left out."),
  prefix: described(
    z._default(
      z.string().check(
        rule("INVALID_SKILL_ID", (text) => (ID_PREFIX.test(text) ? null : "no id begins like this")),
        z.meta({ pattern: ID_PREFIX.source }),
      ),
      "",
    ),
    "Put before each id.",
  ),
  priority,
  enabled,
  groups,
  mode: described(z.optional(modeSchema), "Link to the store, or copy."),
  scope: described(z.optional(scopeSchema), "The scope of its targets; the manifest's when absent."),
  targets,
  verify,
  safety,
});

/** The same without invalid fields. */
export const incompleteCollectionSchema = () => {
  const incomplete = incompleteSkillSchema().shape;
  const table = z.extend(collectionSchema, {
    // eslint-disable-next-line promise/valid-params -- it is zod's
    include: z.catch(globs, []),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    exclude: z.catch(globs, []),
    groups: incomplete.groups,
    targets: incomplete.targets,
    verify: incomplete.verify,
  });
  return z.partial(table, { repo: true });
};

export type CollectionDocument = z.output<ReturnType<typeof incompleteCollectionSchema>>;
