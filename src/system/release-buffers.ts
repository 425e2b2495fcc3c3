/** Bytes of buffers that have gone by before they are released. */
const EVERY_BYTES = 8 * 1024 * 1024;

let passed = 0;
let isEarly = false;
let collect: ((options: { type: "minor" }) => void) | undefined;

/**
 * Has buffers released early from now on, for as long as the process lives: the command line's own
 * process, never that of a program that embeds this one. V8 waits for 32 MiB of read buffers before it
 * looks at any of them; a stream of large files would add that much to a process that needs a fraction
 * of it. So the young ones are released every 8 MiB, in about a millisecond.
 */
export function releaseBuffersEarly(): void {
  isEarly = true;
}

/** Counts a buffer that was read and is not needed any more. */
export function bufferPassed(bytes: number): void {
  passed += bytes;
  if (!isEarly || passed < EVERY_BYTES) return;
  passed = 0;
  collect ??= collector();
  collect({ type: "minor" });
}

/** V8 hands out its collector only to contexts made while this flag is set. */
function collector(): (options: { type: "minor" }) => void {
  // Loaded here: most commands never read that much.
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof gc === "function" ? (options) => void gc(options) : () => {};
}
