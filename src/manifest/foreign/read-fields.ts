import type * as z from "zod/mini";
import { EdenError } from "../../errors.js";
import { formatFieldPath } from "../format/findings.js";
import { readDocument } from "../format/read-document.js";

/**
 * A document of another tool as its schema reads it.
 * @throws EdenError `IMPORT_INVALID` that names the first wrong field.
 */
export function readFields<S extends z.core.$ZodType>(schema: S, document: unknown): z.output<S> {
  const reading = readDocument(schema, document);
  if ("document" in reading) return reading.document;
  const [{ at, message }] = reading.issues;
  throw new EdenError("IMPORT_INVALID", at.length === 0 ? message : `${formatFieldPath(at)}: ${message}`);
}
