import * as z from "zod/mini";

/**
 * The value of a JSON text as its schema reads it; a byte order mark is ignored. Null for a text
 * that is not JSON, and for a value that the schema refuses.
 */
export function parseJson<S extends z.core.$ZodType>(schema: S, text: string): z.output<S> | null {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/u, ""));
  } catch {
    return null;
  }
  const result = z.safeParse(schema, value);
  return result.success ? result.data : null;
}

/**
 * An object whose keys are data, as a Map. zod's record would drop the key `__proto__`, which a ref
 * or a path may be.
 */
export function mapOf<V extends z.core.$ZodType>(value: V) {
  const entries = z.transform((object: unknown) =>
    typeof object === "object" && object !== null && !Array.isArray(object) ? new Map(Object.entries(object)) : object,
  );
  return z.pipe(entries, z.map(z.string(), value));
}
