import * as z from "zod/mini";
import { action, environment, installMode } from "./report-schema.js";

/** The document of `plan --json`. */
export const planSchema = z.array(
  z.object({
    skill_id: z.string(),
    source_path: z.nullable(z.string()).check(z.describe("null for a skill that was never synced, or goes away")),
    target_path: z.string(),
    environment,
    install_mode: installMode,
    action,
    reasons: z.array(z.string()),
  }),
);
