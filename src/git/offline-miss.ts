import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";

/** The failure for content that is not on this machine and must not be fetched. */
export function offlineMiss(what: string, { repo }: Pick<RepositorySource, "repo">): EdenError {
  return new EdenError(
    "OFFLINE_MISS",
    `${what} of ${sanitize(repo)} is not on this machine, and --offline allows no fetch`,
    {
      stage: "fetch",
    },
  );
}
