import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SEED } from "../helpers/seeded.js";
import { bundleScript } from "../system/child-module.js";
import { Fuzzer } from "./fuzzer.js";
import { TARGETS } from "./targets/all.js";

/** Inputs of all targets together; `npm run fuzz` takes a million. */
const INPUTS = Math.ceil(Number(process.env["EDEN_INPUTS"] ?? 1_500) / TARGETS.length);
/** A long run has all large inputs, and larger ones. */
const LARGE =
  process.env["EDEN_INPUTS"] === undefined
    ? { largeBytes: 5_000, mostLarge: 3 }
    : { largeBytes: 100_000, mostLarge: Infinity };

let directory: string;
let fuzzer: Fuzzer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "eden-fuzz-"));
  fuzzer = new Fuzzer(await bundleScript(directory, "fuzz", 'import "../test/fuzz/worker.js";'));
});

afterAll(async () => {
  await fuzzer.close();
  rmSync(directory, { recursive: true });
});

describe(`random input, ${INPUTS} for each reader (seed ${SEED})`, () => {
  it.each(TARGETS.map(({ name }) => name))(
    "of %s: a value or a known error, in time, with memory of the size of the input [R-FUZZ-01] [R-FUZZ-02]",
    async (target) => {
      const started = performance.now();
      const answer = await fuzzer.run({ target, seed: SEED, inputs: INPUTS, ...LARGE });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const figures = [
        `${answer.inputs} inputs in ${seconds} s`,
        `longest ${answer.longestMs.toFixed(0)} ms`,
        `kept ${answer.keptTimes.toFixed(1)} times, peak ${answer.peakTimes.toFixed(1)} times`,
      ];
      if (process.env["EDEN_INPUTS"] !== undefined) console.log(`fuzz ${target}: ${figures.join(", ")}`);
      expect(answer.violation).toBeNull();
    },
    6 * 3_600_000,
  );
});
