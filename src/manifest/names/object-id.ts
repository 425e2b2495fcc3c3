/** The hash of a repository: SHA-1 ids have 40 hex digits, SHA-256 ids 64. */
export type ObjectFormat = "sha1" | "sha256";

/** A full object id of git. */
export const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u;

/** An object id, or its first digits, at least seven. */
export const ABBREVIATED_ID = /^[0-9a-f]{7,40}(?:[0-9a-f]{24})?$/u;

export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

export function formatOf(oid: string): ObjectFormat {
  return oid.length === 64 ? "sha256" : "sha1";
}
