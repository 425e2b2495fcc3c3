import { EdenError } from "../errors.js";
import { lockfilePathFor } from "../manifest/document/find-manifest.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import type { LockedPolicy } from "../manifest/lockfile/locked-policy.js";
import type { LockfilePlace } from "../manifest/lockfile/lockfile-paths.js";
import { parseLockfile, type Lockfile } from "../manifest/lockfile/lockfile.js";
import type { StoredTeamFile } from "../manifest/policy/read-policy.js";
import { readTeamPolicy } from "../store/team-policies.js";
import { readBytesIfExists } from "../system/read-files.js";
import { sha256Hex } from "../system/sha256.js";

/**
 * The pins of a team's policy, the one that counts first: that of the lockfile on disk, since an
 * earlier state must not bring back an earlier policy; then that of the lockfile that replaces it.
 */
export function lockedPolicy(path: string, place: LockfilePlace, instead?: string | null): LockedPolicy[] {
  return [bytesOf(lockfilePathFor(path)), instead ?? null].flatMap((text) => {
    const parsed = text === null ? null : parseLockfile(text, place);
    return parsed !== null && "lockfile" in parsed && parsed.lockfile.policy !== undefined
      ? [parsed.lockfile.policy]
      : [];
  });
}

/** The pin of a source, and its file if that is stored as pinned. */
export function storedPolicy(
  pins: readonly LockedPolicy[],
  { source, repository, storageRoot }: { source: string; repository: RepositorySource; storageRoot: string },
): StoredTeamFile {
  const locked = pins.find((pin) => pin.source === source && pin.commit !== "") ?? null;
  const stored = locked === null ? null : readTeamPolicy(storageRoot, { ...repository, commit: locked.commit });
  const isPinned = stored !== null && sha256Hex(stored.policy) === locked?.sha256;
  return { locked, content: isPinned ? stored : null };
}

/**
 * Why a lockfile does not lock the team's policy file of a manifest, as sentences: a file at a path as
 * it is, one in a repository at a commit.
 */
export function policyDifference({ policy: { team } }: Manifest, { policy: locked }: Lockfile): string[] {
  if (team === null) return locked === undefined ? [] : ["a policy is locked but the manifest extends none"];
  if (locked === undefined) return [`the policy ${team.source} is not locked`];
  if (locked.source !== team.source) return ["extends of the policy changed"];
  const isChanged = team.repository === null && team.pin !== null && team.pin.sha256 !== locked.sha256;
  return isChanged ? [`the policy file ${team.source} changed`] : [];
}

function bytesOf(path: string): Buffer | null {
  try {
    return readBytesIfExists(path);
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return null;
    throw error;
  }
}
