import { createHash } from "node:crypto";

/** 32 hex digits that stand for a path, or any other text, in the name of a file of ours. */
export function nameOfPath(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 32);
}
