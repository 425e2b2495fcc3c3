import { EdenError, type Problem } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { systemClock } from "../system/clock.js";
import { readBytesIfExists } from "../system/read-files.js";
import { writeThroughLinks } from "../system/write-through.js";
import { interpretManifest, loadManifest } from "./load-manifest.js";
import { withManifestLock } from "./manifest-lock.js";
import type { RunOptions } from "../run/options.js";

const MARK = "\ufeff";

/**
 * Changes the text of the manifest that the command finds, under its lock. The result must be a
 * valid manifest; else nothing is written.
 * @param edit the text without its byte order mark, to the new text.
 * @param check throws if the new manifest must not be written.
 * @throws EdenError as `loadManifest`; for a change that makes it invalid, the problems it would
 *   have.
 */
export async function editManifest(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "signal" | "warn">,
  edit: (text: string, manifest: Manifest) => Promise<string>,
  check: (manifest: Manifest) => void = () => {},
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  const { warn: _, ...quiet } = options;
  const { manifest } = await loadManifest(quiet);
  const lock = { clock: systemClock, ...(options.signal !== undefined && { signal: options.signal }) };
  return await withManifestLock(manifest, lock, async () => {
    // Another process may have been faster.
    const { manifest: now } = await loadManifest({ ...quiet, manifest: manifest.path });
    const before = textOf(now.path);
    const after = await edit(before.text, now);
    const changed = await interpretEdited(`${before.mark}${after}`, now.path, options);
    check(changed.manifest);
    for (const warning of changed.warnings) options.warn?.(warning);
    if (after !== before.text) writeThroughLinks(now.path, `${before.mark}${after}`);
    return changed;
  });
}

/** The text of a manifest, without its byte order mark. */
export function textOf(path: string): { text: string; mark: string } {
  const text = readBytesIfExists(path)?.toString("utf8") ?? "";
  return text.startsWith(MARK) ? { text: text.slice(1), mark: MARK } : { text, mark: "" };
}

/** As `interpretManifest`, for a text that the user has not seen: its problems have no lines. */
export async function interpretEdited(
  text: string,
  path: string,
  options: Pick<RunOptions, "strict" | "host">,
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  try {
    return await interpretManifest(Buffer.from(text), path, options);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    const problems = (error.facts.problems ?? []).map((one) => ({ ...one, line: null, column: null }));
    throw new EdenError(error.code, error.message, { problems }, error);
  }
}
