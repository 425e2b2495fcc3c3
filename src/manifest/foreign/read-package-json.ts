import * as z from "zod/mini";
import { addEntry, type ForeignFile } from "./foreign-skill.js";

const anything = z.optional(z.unknown());
const entrySchema = z.object({
  source: anything,
  // eslint-disable-next-line promise/valid-params -- it is zod's
  skills: z.catch(z.optional(z.array(z.unknown())), undefined),
  ref: anything,
});

/** A package.json that lists skills. */
export const packageSchema = z.object({
  // eslint-disable-next-line promise/valid-params -- it is zod's
  skills: z.array(z.catch(entrySchema, ({ input }) => ({ source: input, skills: undefined }))),
});

/**
 * Reads the `skills` of a package.json: a list of `owner/repo`, `owner/repo#ref` or any other
 * source, or of `{source, skills?, ref?}`.
 * @returns null for anything else.
 */
export function readPackageJson(document: unknown): ForeignFile | null {
  const { data } = z.safeParse(packageSchema, document);
  if (data === undefined) return null;
  const file: ForeignFile = { format: "package.json", skills: [], skipped: [], agents: [] };
  for (const [index, { source, skills: listed, ref }] of data.skills.entries()) {
    const place = typeof source === "string" ? source : `skills[${index}]`;
    const shorthand =
      typeof source === "string" ? /^(?<repo>[^@#:]+\/[^@#:]+)@(?<skill>[^/@#]+)$/u.exec(source)?.groups : null;
    const repo = shorthand?.["repo"] ?? source;
    const ids = listed ?? (shorthand == null ? null : [shorthand["skill"]]);
    if (ids === null) addEntry(file, place, { id: place, source: repo, ref }, true);
    for (const id of ids ?? []) addEntry(file, place, { id, source: repo, ref });
  }
  return file;
}
