import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of used buffers after which they are released. */
const EVERY_BYTES = 8 * 1024 * 1024;

let passed = 0;
let collect: ((options: { type: "minor" }) => void) | undefined;

/**
 * Reports a buffer that was read and is no longer needed. V8 waits for 32 MiB of such buffers
 * before it collects any; a stream of large files would add that much to a process that needs a
 * fraction of it. So young objects are collected every 8 MiB, which takes about a millisecond.
 */
export function bufferPassed(bytes: number): void {
  passed += bytes;
  if (passed < EVERY_BYTES) return;
  passed = 0;
  collect ??= collector();
  collect({ type: "minor" });
}

/** V8 exposes `gc` only in contexts that are created while this flag is set. */
function collector(): (options: { type: "minor" }) => void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof gc === "function" ? (options) => void gc(options) : () => {};
}
