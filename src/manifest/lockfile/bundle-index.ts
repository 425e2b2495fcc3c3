import * as z from "zod/mini";
import { parseJson } from "../../system/parse-json.js";
import { OBJECT_ID } from "../names/object-id.js";

const oid = z.string().check(z.regex(OBJECT_ID));

/** One skill of a bundle: the pin of the lockfile, and the listing, which its tree id verifies. */
const bundledSkill = z.object({
  id: z.string(),
  /** Empty for a skill of a site. */
  commit: z.union([oid, z.literal("")]),
  tree: oid,
  integrity: z.string(),
  files: z.array(z.object({ path: z.string(), mode: z.enum(["100644", "100755", "120000"]), oid })),
});

const indexSchema = z.object({ format_version: z.literal(1), skills: z.array(bundledSkill) });

export type BundledSkill = z.infer<typeof bundledSkill>;

/** The skills of a bundle's index, or null if it is invalid. */
export function readBundleIndex(content: Buffer): BundledSkill[] | null {
  return parseJson(indexSchema, content.toString("utf8"))?.skills ?? null;
}
