import { sha256Hex } from "./sha256.js";

/** 32 hex digits that represent a path, or any other text, in the name of a file of ours. */
export function nameOfPath(path: string): string {
  return sha256Hex(path).slice(0, 32);
}
