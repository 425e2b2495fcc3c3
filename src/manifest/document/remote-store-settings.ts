import type { Findings } from "../format/findings.js";
import { parseArchive } from "../source/archive-address.js";
import type { RemoteStoreSettings } from "./manifest.js";
import type { ManifestDocument } from "./manifest-schema.js";

/** `[store]`; null without `remote`, or if that is invalid. */
export function readRemoteStore(
  { remote, timeout }: ManifestDocument["store"],
  findings: Findings,
): RemoteStoreSettings | null {
  if (remote === undefined) return null;
  const parsed = remote.startsWith("oci://") ? parseArchive(remote, null, false) : null;
  if (parsed?.kind === "remote") return { address: parsed.key, url: parsed.url, timeoutMs: timeout };
  // A refused address may contain a password.
  const problem = `expected oci://host/repository without a tag${parsed === null ? "" : `: ${parsed.reason}`}`;
  findings.error("INVALID_REPO_URL", ["store", "remote"], problem);
  return null;
}
