import { join } from "node:path";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { shortHash } from "../system/sha256.js";
import { readBytesIfExists, statIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";

/** A policy file of a team at one commit, as it is stored: `policies/<hash>/policy.toml`. */
export interface StoredTeamPolicy {
  policy: Buffer;
  /** Absolute path of its file of allowed signers; null for none. */
  signers: string | null;
}

type Place = Pick<RepositorySource, "key" | "subpath"> & { commit: string };

/** Null if it is not here. */
export function readTeamPolicy(root: string, place: Place): StoredTeamPolicy | null {
  const directory = directoryOf(root, place);
  const policy = readBytesIfExists(join(directory, "policy.toml"));
  const signers = join(directory, "allowed_signers");
  return policy === null ? null : { policy, signers: statIfExists(signers) === null ? null : signers };
}

/** Stores it; the policy last, so that it is there only if all of it is. */
export function writeTeamPolicy(
  root: string,
  place: Place,
  { policy, signers }: { policy: Buffer; signers: Buffer | null },
): StoredTeamPolicy | null {
  const directory = directoryOf(root, place);
  if (signers !== null) writeByRename(join(directory, "allowed_signers"), signers);
  writeByRename(join(directory, "policy.toml"), policy);
  return readTeamPolicy(root, place);
}

function directoryOf(root: string, { key, subpath, commit }: Place): string {
  return join(root, "policies", shortHash(JSON.stringify([key, subpath, commit])));
}
