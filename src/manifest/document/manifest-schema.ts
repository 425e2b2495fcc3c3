import * as z from "zod/mini";
import { described } from "../format/described.js";
import { formatVersion, integer } from "../format/fields.js";
import type { FieldPath } from "../format/findings.js";
import { readDocument, removeFields, type DocumentIssue } from "../format/read-document.js";
import { manifestPolicySchema } from "../policy/policy-schema.js";
import { limitsSchema, reactorSchema, storeSchema } from "./settings-schema.js";
import { agentsSchema, incompleteAgentsSchema } from "./agents-schema.js";
import { collectionSchema, incompleteCollectionSchema } from "./collection-schema.js";
import { defaultsSchema, incompleteDefaultsSchema } from "./defaults-schema.js";
import { incompleteSkillSchema, skillSchema } from "./skill-schema.js";
import { scopeSchema } from "./target-schema.js";

const REGISTRY_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const registry = z.strictObject({
  url: described(z.string(), "The address of the registry's repository."),
  priority: described(z._default(integer(-1_000_000), 100), "The registry with the higher number is asked first."),
  auto_update: described(z._default(z.boolean(), false), "Update the index before it is searched."),
});

/** A key schema would be enough, but zod does not validate the value of a refused key. */
const registryNames = z.check<Record<string, unknown>>(
  ({ value, issues }) => {
    for (const name of Object.keys(value).filter((key) => !REGISTRY_NAME.test(key)))
      issues.push({ code: "invalid_key", origin: "record", input: name, path: [name], issues: [], continue: true });
  },
  { when: ({ value }) => typeof value === "object" && value !== null },
);

const manifestTable = z.strictObject({
  version: described(z.clone(formatVersion), "The version of the manifest's format, 1."),
  scope: described(z._default(scopeSchema, "global"), "Default scope of targets."),
  storage: described(
    z.prefault(
      z.strictObject({
        root: described(
          z._default(z.string(), "~/.eden-skills/skills"),
          "Directory of the store, the mirrors and the locks.",
        ),
      }),
      {},
    ),
    "Where skills are kept.",
  ),
  store: described(z.prefault(storeSchema, {}), "A second level behind the local store, which many machines share."),
  project: described(
    z.prefault(
      z.strictObject({
        gitignore: described(
          z._default(z.boolean(), true),
          "List the installed targets of a project in a .gitignore beside them, so that git does not track them.",
        ),
      }),
      {},
    ),
    "Settings for targets in a project.",
  ),
  defaults: described(z.prefault(defaultsSchema, {}), "For skills that do not set these keys."),
  agents: described(z.prefault(agentsSchema, {}), "Agents of your own, and other directories of known ones."),
  reactor: described(z.prefault(reactorSchema, {}), "How repositories are synced."),
  limits: described(z.prefault(limitsSchema, {}), "The limits of one skill; a larger one is not installed."),
  policy: described(z.optional(manifestPolicySchema), "What skills may come from."),
  registries: described(
    z.prefault(
      z
        .record(z.string(), described(registry, "A git repository that indexes skills by name."))
        .check(registryNames, z.meta({ propertyNames: { pattern: REGISTRY_NAME.source } })),
      {},
    ),
    "Registries by name.",
  ),
  collections: described(
    z.prefault(z.array(described(collectionSchema, "Many skills of one source.")), []),
    "Collections of skills, in order.",
  ),
  skills: described(z.prefault(z.array(skillSchema), []), "The skills, in order."),
});

/** The manifest's TOML document. `readManifest` makes the checks that need more than one field. */
export const manifestSchema = described(manifestTable, "The skills that this machine should have.");

/**
 * The same without invalid fields, so that the rest can be validated, too. These schemas are made
 * when they are needed: few manifests are invalid.
 */
const incompleteManifestSchema = () => {
  // eslint-disable-next-line promise/valid-params -- it is zod's
  const incompleteRegistry = z.catch(z.partial(registry, { url: true }), { priority: 0, auto_update: false });
  const table = z.extend(manifestTable, {
    defaults: z.prefault(incompleteDefaultsSchema(), {}),
    agents: z.prefault(incompleteAgentsSchema(), {}),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    policy: z.catch(z.optional(manifestPolicySchema), undefined),
    registries: z.prefault(z.record(z.string(), incompleteRegistry), {}),
    collections: z.prefault(z.array(incompleteCollectionSchema()), []),
    skills: z.prefault(z.array(incompleteSkillSchema()), []),
  });
  return z.partial(table, { version: true });
};

export type ManifestDocument = z.output<ReturnType<typeof incompleteManifestSchema>>;

/**
 * A manifest's document without its invalid fields, and their problems. Removes the invalid fields
 * from `value`.
 */
export function readManifestDocument(value: Record<string, unknown>): {
  document: ManifestDocument;
  issues: DocumentIssue[];
} {
  const whole = readDocument(manifestSchema, value);
  if ("document" in whole) return { document: whole.document, issues: [] };
  // A registry or an agent that is invalid as a whole stays, so that the skills that use it get no
  // further problem.
  const isNamed = (at: FieldPath) => (at[0] === "registries" || at[0] === "agents") && at.length === 2;
  removeFields(
    value,
    whole.issues.map(({ at }) => at).filter((at) => !isNamed(at)),
  );
  return { document: z.parse(incompleteManifestSchema(), value), issues: whole.issues };
}
