import { readFileSync, writeFileSync } from "node:fs";
import { serialize, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { inputsOf, largeInputs } from "./mutation.js";
import { isExpected, type Target } from "./target.js";
import { TARGETS } from "./targets/all.js";

/** A request of the test. */
export interface FuzzRequest {
  target: string;
  seed: number;
  /** Number of inputs; they are the same ones for a seed. */
  inputs: number;
  /** Bytes of each large input, and how many there are at most. */
  largeBytes: number;
  mostLarge: number;
}

/** The answer, or the first violation. */
export interface FuzzAnswer {
  inputs: number;
  longestMs: number;
  /** The largest part of its input that a batch of results kept in memory, beyond the floor: at most 10. */
  keptTimes: number;
  /** The same for the peak during one large input. */
  peakTimes: number;
  violation: string | null;
}

/** Inputs between two measurements of memory. */
const BATCH = 200;
/** Results of each batch that are kept for it. */
const KEPT = 50;
/** Memory that does not count: what V8 and the caches of the program keep, whatever the input is. */
const FLOOR = 4 * 1024 * 1024;
const PEAK_FLOOR = 64 * 1024 * 1024;
const MOST_TIMES = 10;

const { shared } = workerData as { shared: SharedArrayBuffer };
const [counter, room] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, 8)];
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

parentPort?.on("message", (request: FuzzRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  void fuzz(request).then((answer) => parentPort?.postMessage(answer));
});

async function fuzz({ target: name, seed, inputs, ...large }: FuzzRequest): Promise<FuzzAnswer> {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const answer: FuzzAnswer = { inputs: 0, longestMs: 0, keptTimes: 0, peakTimes: 0, violation: null };
  const inputsOfTarget = inputsOf(target, partsOf(target));
  // What is loaded with the first inputs is not of their size.
  await runBatch(target, answer, { arbitrary: inputsOfTarget, seed, runs: 10, isMeasured: false });
  const started = live();
  for (let batch = 0; answer.inputs < inputs && answer.violation === null; batch++)
    await runBatch(target, answer, {
      arbitrary: inputsOfTarget,
      isMeasured: true,
      seed: (seed * 1_000_003 + batch) | 0,
      runs: Math.min(BATCH, inputs - answer.inputs),
    });
  const left = live() - started;
  if (answer.violation === null && left > FLOOR * 8) answer.violation = `${left} bytes were left in memory`;
  if (answer.violation === null) await runLarge(target, answer, large);
  return answer;
}

/** Base, ours and theirs of a merge. */
const partsOf = ({ name }: Target) => (/merge/u.test(name) ? 3 : 1);

interface Batch {
  arbitrary: fc.Arbitrary<Buffer[]>;
  seed: number;
  runs: number;
  isMeasured: boolean;
}

async function runBatch(target: Target, answer: FuzzAnswer, { arbitrary, seed, runs, isMeasured }: Batch) {
  const kept: unknown[] = [];
  let bytes = 0;
  const before = live();
  const property = fc.asyncProperty(arbitrary, async (input) => {
    const result = await runOne(target, input, answer);
    if (kept.length >= KEPT) return;
    kept.push(result);
    bytes += input.reduce((sum, part) => sum + part.length, target.mayKeep ?? 0);
  });
  const result = await fc.check(property, { seed, numRuns: runs });
  if (result.failed) {
    const [input = []] = result.counterexample ?? [];
    answer.violation = `seed ${seed}: ${String(result.errorInstance instanceof Error ? result.errorInstance.stack : result.errorInstance)}\ninput ${shownInput(input)}`;
    return;
  }
  if (!isMeasured) return;
  const times = (live() - before - FLOOR) / Math.max(bytes, 1);
  answer.keptTimes = Math.max(answer.keptTimes, times);
  if (times > MOST_TIMES) answer.violation = `seed ${seed}: ${kept.length} results kept ${times} times their input`;
}

async function runOne(target: Target, input: readonly Buffer[], answer: FuzzAnswer): Promise<unknown> {
  note(input);
  const begun = performance.now();
  try {
    return await target.run(input);
  } catch (error) {
    if (!isExpected(error, target)) throw error;
    return error;
  } finally {
    answer.inputs += 1;
    answer.longestMs = Math.max(answer.longestMs, performance.now() - begun);
  }
}

/** Each alone: the time is limited by the test, and the peak of memory is measured. */
async function runLarge(
  target: Target,
  answer: FuzzAnswer,
  { largeBytes: bytes, mostLarge }: Pick<FuzzRequest, "largeBytes" | "mostLarge">,
): Promise<void> {
  for (const input of largeInputs(target, bytes, mostLarge)) {
    collect();
    resetPeak();
    const before = peak();
    try {
      await runOne(target, Array<Buffer>(partsOf(target)).fill(input), answer);
    } catch (error) {
      answer.violation = `${String(error instanceof Error ? error.stack : error)}\nlarge input ${shownInput([input.subarray(0, 200)])}`;
      return;
    }
    const times = (peak() - before - PEAK_FLOOR - (target.mayKeep ?? 0)) / bytes;
    answer.peakTimes = Math.max(answer.peakTimes, times);
    if (times > MOST_TIMES) {
      answer.violation = `${times} times the memory of its input at the peak: ${shownInput([input.subarray(0, 200)])}`;
      return;
    }
  }
}

/** Leaves the input where the test finds it if this thread hangs or runs out of memory. */
function note(input: readonly Buffer[]): void {
  const bytes = serialize(input);
  counter[0] = (counter[0] ?? 0) + 1;
  counter[1] = Math.min(bytes.length, room.length);
  room.set(bytes.subarray(0, room.length));
}

function live(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Linux only; elsewhere the peak is 0. */
function peak(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then only a new peak of the process counts.
  }
}

function shownInput(input: readonly Buffer[]): string {
  return JSON.stringify(input.map((part) => Buffer.from(part).toString("latin1").slice(0, 4000)));
}
