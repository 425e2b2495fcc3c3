import { join } from "node:path";
import * as z from "zod/mini";
import type { Manifest } from "../manifest/document/manifest.js";
import { EdenError } from "../errors.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { nameOfPath } from "../system/path-name.js";
import { readTextIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";
import { privateMode } from "../system/private-mode.js";

/** A skill whose targets lead to a clone in place of its pinned content. */
export interface Development {
  /** The directory of the skill in the clone; absolute. */
  directory: string;
  /** The clone; absolute. */
  clone: string;
  /** The pinned commit that it began with. */
  commit: string;
}

/** By skill id. */
export type Developments = ReadonlyMap<string, Development>;

const developmentSchema = z.object({ directory: z.string(), clone: z.string(), commit: z.string() });
const fileSchema = z.object({ version: z.literal(1), manifest: z.string(), skills: mapOf(developmentSchema) });

/**
 * The file with the skills that a manifest has in development on this machine. It lies beside the
 * states, since a team shares neither.
 */
export function developmentsPath(root: string, manifestPath: string): string {
  return join(root, "development", `${nameOfPath(manifestPath)}.json`);
}

/** Those of a manifest; an image has none, since a clone is on this machine. @throws EdenError as `readDevelopments`. */
export function developmentsOf({
  storageRoot,
  path,
  root,
}: Pick<Manifest, "storageRoot" | "path" | "root">): Developments {
  return root === undefined ? readDevelopments(storageRoot, path) : new Map();
}

/** @throws EdenError `STATE_UNREADABLE` if the file is damaged or of a newer version. */
export function readDevelopments(root: string, manifestPath: string): Developments {
  const path = developmentsPath(root, manifestPath);
  const text = readTextIfExists(path);
  if (text === null) return new Map();
  const file = parseJson(fileSchema, text);
  if (file !== null) return new Map(file.skills);
  const hint = "Delete the file; `eden-skills apply` then installs the pinned content.";
  throw new EdenError("STATE_UNREADABLE", `${path} is damaged, or of a newer version`, { path, hint });
}

export function writeDevelopments(root: string, manifest: string, skills: Developments): void {
  const text = JSON.stringify({ version: 1, manifest, skills: Object.fromEntries(skills) }, null, 1);
  const path = developmentsPath(root, manifest);
  writeByRename(path, `${text}\n`, privateMode(path, 0o600));
}

/** Forgets skills; writes nothing if none of them is in development. */
export function dropDevelopments(root: string, manifest: string, ids: ReadonlySet<string>): void {
  const known = readDevelopments(root, manifest);
  const kept = new Map([...known].filter(([id]) => !ids.has(id)));
  if (kept.size < known.size) writeDevelopments(root, manifest, kept);
}
