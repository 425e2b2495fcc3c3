import * as z from "zod/mini";
import { parseJson } from "../system/parse-json.js";

/**
 * The record of a target, in `.eden-skills/<skill>.json` of its directory there. A target without
 * one, or with other content, is not ours.
 */
export interface RemoteRecord {
  version: 1;
  skill: string;
  /** The manifest that installed it: `<machine>:<path>`. */
  manifest: string;
  /** Of the content; before a change, of the old and the new one. */
  integrities: string[];
}

const schema: z.ZodMiniType<RemoteRecord> = z.object({
  version: z.literal(1),
  skill: z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
  manifest: z.string(),
  integrities: z.array(z.string()),
});

/** Reads a record; null for anything else. @param text one character per byte. */
export function readRecord(text: string): RemoteRecord | null {
  return parseJson(schema, Buffer.from(text, "latin1").toString("utf8"));
}

/** The text of a record. */
export function recordText(record: Omit<RemoteRecord, "version">): string {
  return `${JSON.stringify({ version: 1, ...record } satisfies RemoteRecord)}\n`;
}
