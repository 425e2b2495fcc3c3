import * as z from "zod/mini";
import { formatVersion, integer } from "../format/fields.js";
import type { FieldPath } from "../format/findings.js";
import { readDocument, removeFields, type DocumentIssue } from "../format/read-document.js";
import { limitsSchema, reactorSchema } from "./settings-schema.js";
import { incompleteSkillSchema, scopeSchema, skillSchema } from "./skill-schema.js";

const REGISTRY_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const registry = z.strictObject({
  url: z.string().check(z.describe("The address of the registry's repository.")),
  priority: z
    ._default(integer(-1_000_000), 100)
    .check(z.describe("The registry with the higher number answers first.")),
  auto_update: z._default(z.boolean(), false).check(z.describe("Update the index before it is searched.")),
});

/** A key schema would do, but zod does not look at the value of a key that it refuses. */
const registryNames = z.check<Record<string, unknown>>(
  ({ value, issues }) => {
    for (const name of Object.keys(value).filter((key) => !REGISTRY_NAME.test(key)))
      issues.push({ code: "invalid_key", origin: "record", input: name, path: [name], issues: [], continue: true });
  },
  { when: ({ value }) => typeof value === "object" && value !== null },
);

const manifestTable = z.strictObject({
  version: formatVersion.check(z.describe("The version of the manifest's format, 1.")),
  scope: z._default(scopeSchema, "global").check(z.describe("Default scope of targets.")),
  storage: z
    .prefault(
      z.strictObject({
        root: z
          ._default(z.string(), "~/.eden-skills/skills")
          .check(z.describe("Directory of the store, the mirrors and the locks.")),
      }),
      {},
    )
    .check(z.describe("Where skills are kept.")),
  project: z
    .prefault(
      z.strictObject({
        gitignore: z
          ._default(z.boolean(), true)
          .check(
            z.describe(
              "Name what is installed in the project in a .gitignore beside it, so that it stays out of the history.",
            ),
          ),
      }),
      {},
    )
    .check(z.describe("What is done around a project's targets.")),
  reactor: z.prefault(reactorSchema, {}).check(z.describe("How repositories are synced.")),
  limits: z.prefault(limitsSchema, {}).check(z.describe("What one skill may weigh; a heavier one is not installed.")),
  registries: z
    .prefault(
      z
        .record(z.string(), registry.check(z.describe("A git repository that indexes skills by name.")))
        .check(registryNames, z.meta({ propertyNames: { pattern: REGISTRY_NAME.source } })),
      {},
    )
    .check(z.describe("Registries by name.")),
  skills: z.prefault(z.array(skillSchema), []).check(z.describe("The skills, in order.")),
});

/** The manifest's TOML document. What needs more than one field to judge is judged by `readManifest`. */
export const manifestSchema = manifestTable.check(z.describe("What this machine should have."));

const incompleteRegistry = z.partial(registry, { url: true });

/** The same after everything wrong was taken out of it, so that the rest can be judged too. */
const incompleteManifestSchema = z.partial(
  z.extend(manifestTable, {
    // eslint-disable-next-line promise/valid-params -- it is zod's
    registries: z.prefault(z.record(z.string(), z.catch(incompleteRegistry, { priority: 0, auto_update: false })), {}),
    skills: z.prefault(z.array(incompleteSkillSchema), []),
  }),
  { version: true },
);

export type ManifestDocument = z.output<typeof incompleteManifestSchema>;

/** A manifest's document without what is wrong with it, and what that is. Takes the wrong fields out of `value`. */
export function readManifestDocument(value: Record<string, unknown>): {
  document: ManifestDocument;
  issues: DocumentIssue[];
} {
  const whole = readDocument(manifestSchema, value);
  if ("document" in whole) return { document: whole.document, issues: [] };
  // A registry that is wrong as a whole stays: skills that ask it have no problem of their own.
  const isRegistry = (at: FieldPath) => at[0] === "registries" && at.length === 2;
  removeFields(
    value,
    whole.issues.map(({ at }) => at).filter((at) => !isRegistry(at)),
  );
  return { document: z.parse(incompleteManifestSchema, value), issues: whole.issues };
}
