import * as z from "zod/mini";
import { lockfileSchema } from "../lockfile/lockfile-schema.js";
import { manifestSchema } from "../document/manifest-schema.js";
import { policyFileSchema } from "../policy/policy-schema.js";

/**
 * The JSON Schema of `skills.toml`, for editors; it does not contain checks that need the whole
 * document.
 */
export function manifestJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(manifestSchema.check(z.meta({ title: "eden-skills manifest" })), { io: "input" });
}

/** The JSON Schema of a policy file. */
export function policyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(policyFileSchema.check(z.meta({ title: "eden-skills policy" })), { io: "input" });
}

/** The JSON Schema of `skills.lock`. */
export function lockfileJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(lockfileSchema.check(z.meta({ title: "eden-skills lockfile" })), { io: "input" });
}
