import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { readBytesIfExists, readTextIfExists } from "../system/read-files.js";
import { writeByRename, writeDisposable } from "../system/write-files.js";
import { sha256Hex } from "../system/sha256.js";

/**
 * The index of a registry as it was last fetched:
 *
 *   registries/<name>-<hash>.json            a digest, then the whole index; replaced by one rename,
 *                                            trusted only if it is complete
 *   registries/<name>-<hash>.updated.json    the time of the last update
 */
export type StoredIndex = z.infer<typeof indexSchema>;

const indexSchema = z.object({
  commit: z.string(),
  /** Text by path; null for a file that was too large to be taken. */
  files: z.readonly(mapOf(z.nullable(z.string()))),
});

const updateSchema = z.object({
  updated_at: z.pipe(
    z.pipe(
      z.string(),
      z.transform((text) => new Date(text)),
    ),
    z.date(),
  ),
});

/** True for the name of a file of ours in that directory. */
export function isStoredIndexName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}-[0-9a-f]{16}(?:\.updated)?\.json$/u.test(name);
}

/** The path of the file with the time of the last update, beside the index. */
export function updatedPath(indexPath: string): string {
  return indexPath.replace(/\.json$/u, ".updated.json");
}

/** The index at a path; null when there is none that is complete. */
export function readStoredIndex(path: string): StoredIndex | null {
  try {
    const bytes = readBytesIfExists(path);
    if (bytes === null || bytes.subarray(0, 64).toString("latin1") !== sha256Hex(bytes.subarray(65))) return null;
    return parseJson(indexSchema, bytes.subarray(65).toString("utf8"));
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return null;
    throw error;
  }
}

/** @throws EdenError `REGISTRY_INVALID` for one that is too large to be read again. */
export function writeStoredIndex(path: string, { commit, files }: StoredIndex): void {
  const body = Buffer.from(JSON.stringify({ commit, files: Object.fromEntries(files) }));
  if (body.length > MOST_BYTES)
    throw new EdenError("REGISTRY_INVALID", `an index has at most ${MOST_BYTES} bytes, this one ${body.length}`);
  writeByRename(path, Buffer.concat([Buffer.from(`${sha256Hex(body)}\n`), body]));
}

const MOST_BYTES = 48 * 1024 * 1024;

/** Records the time of an update, by the wall clock. */
export function rememberUpdate(path: string, at: Date): void {
  writeDisposable(updatedPath(path), `${JSON.stringify({ updated_at: at.toISOString() })}\n`);
}

/** When the registry was last asked; null when unknown. */
export function lastUpdate(path: string): Date | null {
  try {
    return parseJson(updateSchema, readTextIfExists(updatedPath(path)) ?? "")?.updated_at ?? null;
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return null;
    throw error;
  }
}
