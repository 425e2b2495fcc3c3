/** Bytes of buffers that were read before the young ones are released. */
const EVERY_BYTES = 4 * 1024 * 1024;

/** Skills that a phase is done with before all that is not needed any more is released. */
const EVERY_SKILLS = 250;

/** Without options it collects everything. */
type Collect = (options?: { type: "minor" }) => void;

let bytesRead = 0;
let skillsDone = 0;
let isEarly = false;
let isSmall = false;
let collect: Collect | undefined;

/**
 * Has memory released early from now on, for as long as the process lives: the command line's own
 * process, never that of a program that embeds this one. V8 waits for 32 MiB of read buffers before it
 * looks at any of them, and lets old objects grow to more than twice what is in use: large files and
 * hundreds of repositories would add that much to a process that needs a fraction of it. So young
 * buffers are released every 4 MiB, in about a millisecond, and everything every 250 skills, in about
 * fifteen.
 */
export function releaseMemoryEarly(): void {
  isEarly = true;
}

/** Counts a buffer that was read and is not needed any more. */
export function bufferPassed(bytes: number): void {
  if (!isEarly) return;
  keepYoungSmall();
  bytesRead += bytes;
  if (bytesRead < EVERY_BYTES) return;
  bytesRead = 0;
  collect ??= collector();
  collect({ type: "minor" });
}

/** Counts skills that a phase of the run is done with. */
export function skillsPassed(count: number): void {
  skillsDone += count;
  if (!isEarly || skillsDone < EVERY_SKILLS) return;
  skillsDone = 0;
  collect ??= collector();
  collect();
}

/**
 * V8 doubles the space for young objects, up to 32 MiB, while many are in use. Its first size is
 * enough: a run keeps few objects for long.
 */
function keepYoungSmall(): void {
  if (isSmall) return;
  isSmall = true;
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--semi-space-growth-factor=1");
  // Compiled code is written at the exit, and V8 refuses code that was made under another flag.
  process.prependOnceListener("exit", () => setFlagsFromString("--semi-space-growth-factor=2"));
}

/** V8 hands out its collector only to contexts made while this flag is set. */
function collector(): Collect {
  // Loaded here: most commands never read that much.
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof gc === "function" ? (gc as Collect) : () => {};
}
