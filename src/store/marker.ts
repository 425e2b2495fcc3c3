import * as z from "zod/mini";
import { parseJson } from "../system/parse-json.js";
import { safetySchema } from "./safety.js";

const originSchema = z.object({
  /** The normalised repository URL; a path for a directory. */
  repository: z.string(),
  /** "" for a directory. */
  commit: z.string(),
  subpath: z.string(),
});

const markerSchema = z.object({
  version: z.literal(1),
  tree: z.string(),
  integrity: z.string(),
  /**
   * Other integrities by which it is recognised: without modes, and without files that have names
   * of litter.
   */
  otherIntegrities: z.exactOptional(z.array(z.string())),
  files: z.number(),
  bytes: z.number(),
  safety: safetySchema,
  /** The hash of what it can do, with the edition of the rules; see `capabilitiesHash`. */
  capabilities: z.exactOptional(z.string()),
  /** Why its SKILL.md is not as it should be, or null. */
  skillProblem: z.nullable(z.string()),
  /** Paths of executable files: the file system of the store may not keep that. */
  executables: z.array(z.string()),
  /** Path of the file by id of the git object with its content; links are not included. */
  blobs: z.record(z.string(), z.string()),
  /** Trees of the same content with another name in its SKILL.md, by that name. */
  aliases: z.exactOptional(z.record(z.string(), z.string())),
  /** Where this content was found: a locked commit is trusted without asking git again. */
  origins: z.array(originSchema),
});

/** What is known of one store entry. Its presence says that the content is complete. */
export type Marker = z.infer<typeof markerSchema>;
export type Origin = z.infer<typeof originSchema>;

/** The `skillProblem` of a directory that is not a skill. */
export const NO_SKILL_FILE = "there is no SKILL.md";

/** A marker as it was written; null for anything else. */
export function parseMarker(text: string): Marker | null {
  return parseJson(markerSchema, text);
}

export function hasOrigin(marker: Marker, origin: Origin): boolean {
  return marker.origins.some((known) => isSame(known, origin));
}

/**
 * How many origins a marker keeps: enough for every pin in use; older ones are asked for again when
 * they are needed.
 */
const MOST_ORIGINS = 64;

/** The origins with one more at the front, each once. */
export function withOrigin(origins: readonly Origin[], origin: Origin): Origin[] {
  const others = origins.filter((known) => !isSame(known, origin));
  return [origin, ...others].slice(0, MOST_ORIGINS);
}

function isSame(one: Origin, other: Origin): boolean {
  return one.repository === other.repository && one.commit === other.commit && one.subpath === other.subpath;
}
