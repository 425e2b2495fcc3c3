import { EdenError, sanitize } from "../errors.js";

/**
 * Runs a request for a pinned archive.
 * @throws EdenError `ARCHIVE_GONE` in place of `FETCH_NOT_FOUND` and `REF_NOT_FOUND`.
 */
export async function archiveGone<T>(name: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof EdenError) || !["FETCH_NOT_FOUND", "REF_NOT_FOUND"].includes(error.code)) throw error;
    const message = `the pinned archive of ${sanitize(name)} is no longer there: ${error.message}`;
    throw new EdenError("ARCHIVE_GONE", message, { stage: "fetch" }, error);
  }
}
