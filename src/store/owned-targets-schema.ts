import * as z from "zod/mini";
import { mapOf } from "../system/parse-json.js";

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
