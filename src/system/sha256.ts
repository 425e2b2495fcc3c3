import { createHash } from "node:crypto";

/** The SHA-256 of a content, as 64 hex digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Makes a name unique: the first 16 digits of the SHA-256 of the value that it represents. */
export function shortHash(content: string): string {
  return sha256Hex(content).slice(0, 16);
}
