import * as z from "zod/mini";
import { OBJECT_ID } from "../names/object-id.js";

/** One skill of a bundle: the pin of the lockfile, and the listing, which its tree id verifies. */
export interface BundledSkill {
  id: string;
  commit: string;
  tree: string;
  integrity: string;
  files: readonly { path: string; mode: "100644" | "100755" | "120000"; oid: string }[];
}

const oid = z.string().check(z.regex(OBJECT_ID));
const indexShape = z.object({
  format_version: z.literal(1),
  skills: z.array(
    z.object({
      id: z.string(),
      commit: oid,
      tree: oid,
      integrity: z.string(),
      files: z.array(z.object({ path: z.string(), mode: z.enum(["100644", "100755", "120000"]), oid })),
    }),
  ),
});

/** The index of a bundle, or why it is invalid. */
export function readBundleIndex(content: Buffer): { skills: BundledSkill[] } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(content.toString("utf8"));
  } catch {
    return { problem: "no JSON" };
  }
  const parsed = indexShape.safeParse(value);
  if (parsed.success) return { skills: parsed.data.skills };
  const [first] = parsed.error.issues;
  return { problem: `${first?.path.join(".") ?? ""}: ${first?.message ?? "not understood"}` };
}
