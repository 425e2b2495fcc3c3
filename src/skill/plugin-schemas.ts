import * as z from "zod/mini";

/** Maximum number of plugins of one manifest, and of skills of one plugin. */
const MOST = 1000;

// Other programs read these files, and each of them differently: a value of another form counts as
// absent.
const text = absentIfWrong(z.string().check(z.maxLength(1024)));
const texts = z.prefault(
  z.pipe(
    z.transform((value: unknown) => (Array.isArray(value) ? value.slice(0, MOST) : [value])),
    z.pipe(
      z.array(text),
      z.transform((values) => values.filter((value) => value !== undefined)),
    ),
  ),
  [],
);

const sourceSchema = z.looseObject({
  source: text,
  repo: text,
  url: text,
  path: text,
  ref: text,
  sha: text,
  package: text,
  version: text,
  registry: text,
});

/** The manifest of a plugin, which is also its entry in a marketplace. */
export const pluginSchema = z.object({
  name: text,
  source: absentIfWrong(z.union([z.string().check(z.maxLength(1024)), sourceSchema])),
  skills: texts,
});

/** The list of plugins of a source. */
export const marketplaceSchema = z.object({
  metadata: absentIfWrong(z.object({ pluginRoot: text })),
  plugins: absentIfWrong(
    z.pipe(
      z.transform((value: unknown) => (Array.isArray(value) ? value.slice(0, MOST) : value)),
      z.array(absentIfWrong(pluginSchema)),
    ),
  ),
});

/** The portable manifest of a plugin. */
export const agentPluginSchema = z.object({ $schema: text });

function absentIfWrong<S extends z.core.$ZodType>(schema: S) {
  // eslint-disable-next-line promise/valid-params -- it is zod's
  return z.catch(z.optional(schema), undefined);
}

/** Where a plugin says that it is: a path or an address, or a table of these. */
export type PluginSource = z.infer<typeof pluginSchema>["source"];
