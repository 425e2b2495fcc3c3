import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { formatLockfile, inFileOrder } from "../manifest/lockfile/format-lockfile.js";
import { keepLockfile, parseLockfile, type Lockfile } from "../manifest/lockfile/lockfile.js";
import type { RunOptions } from "../run/options.js";
import { readBytesIfExists } from "../system/read-files.js";
import type { FoundLockfile } from "./found-lockfile.js";
import { lockfileWarning } from "./notices.js";

/** @param instead replaces the text of the lockfile on disk (null: no lockfile). */
export function readLockfile(manifest: Manifest, home: string, instead?: string | null): FoundLockfile {
  const unusable = (text: string | null, problem: string) => ({ text, lockfile: { skills: [] }, problem });
  let bytes: Buffer | null;
  try {
    bytes =
      instead === undefined ? readBytesIfExists(manifest.lockfilePath) : instead === null ? null : Buffer.from(instead);
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return unusable("", error.message);
    throw error;
  }
  if (bytes === null) return { text: null, lockfile: { skills: [] }, problem: null };
  const text = bytes.toString("utf8");
  const parsed = parseLockfile(bytes, { manifestDirectory: manifest.directory, home, root: manifest.root });
  if ("problem" in parsed) return unusable(text, parsed.problem);
  // Its paths lead to removals: none of them may lead to content that other manifests link to.
  const inside = parsed.lockfile.skills
    .flatMap(({ targets }) => targets)
    .find(({ path }) => path.startsWith(`${manifest.recordsRoot}/`));
  if (inside !== undefined) return unusable(text, `${inside.path} lies in the storage of eden-skills`);
  return { text, lockfile: parsed.lockfile, problem: null };
}

/** The same, with its problem as a warning. */
export function readLockfileFor({ warn }: Pick<RunOptions, "warn">, manifest: Manifest, home: string): FoundLockfile {
  const found = readLockfile(manifest, home);
  for (const warning of lockfileWarning(manifest, found)) warn?.(warning);
  return found;
}

/** The text of a lockfile that is to be written. */
export function lockfileText(manifest: Manifest, home: string, lockfile: Lockfile): string {
  const place = { manifestDirectory: manifest.directory, home, root: manifest.root };
  const text = formatLockfile(lockfile, place);
  keepLockfile(text, place, inFileOrder(lockfile, place));
  return text;
}
