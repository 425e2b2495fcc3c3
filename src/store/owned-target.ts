import * as z from "zod/mini";
import { mapOf } from "../system/parse-json.js";

/**
 * A link or copy with one of these contents was installed by us. Before an install both the old and
 * the new content are listed.
 */
export interface OwnedTarget {
  skill: string;
  agents: string[];
  /** Its place when it was recorded; left out when that is its path. */
  place?: string;
  /** Texts of links. */
  links: string[];
  /** Integrities of copies. */
  integrities: string[];
}

const ownedSchema = z.object({
  skill: z.string(),
  agents: z.array(z.string()),
  place: z.exactOptional(z.string()),
  links: z.array(z.string()),
  integrities: z.array(z.string()),
});

/** Records by path. */
export const targetsSchema = z.pipe(
  mapOf(ownedSchema),
  z.transform((targets) => Object.fromEntries(targets)),
);
