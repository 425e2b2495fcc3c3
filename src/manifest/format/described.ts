import * as z from "zod/mini";

/**
 * Gives a schema its description in the JSON Schema, and returns it. `z.describe` is a check: it
 * copies the schema and is called for each value, which doubles the time that a manifest takes.
 * @param schema of this field alone; one that several fields share is copied first (`z.clone`).
 */
export function described<S extends z.core.$ZodType>(schema: S, description: string): S {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description });
  return schema;
}
