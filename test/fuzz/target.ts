import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type * as fc from "fast-check";
import { EdenError } from "../../src/errors.js";

/** One reader of untrusted text or bytes. */
export interface Target {
  name: string;
  /** Real inputs, which the mutations begin with. */
  seeds: readonly Buffer[];
  /** Inputs of the right form, beside the mutations. */
  generated?: fc.Arbitrary<Buffer>;
  /** Further errors that are values to the callers. */
  expected?: readonly (new (...args: never[]) => Error)[];
  /** Bytes that the result may have beside ten times the input: the limit that the reader was given. */
  mayKeep?: number;
  /** Reads an input: one to three parts. */
  run(parts: readonly Buffer[]): unknown;
}

/** The repository's root: the bundle of the worker lies elsewhere. */
const ROOT = process.cwd();

/** A fixture as bytes. */
export const fixture = (path: string) => readFileSync(join(ROOT, "fixtures", path));

/** All fixtures below a directory with that ending. */
export function fixtures(directory: string, ending: string): Buffer[] {
  return readdirSync(join(ROOT, "fixtures", directory), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => fixture(join(directory, name)));
}

/** Texts as seeds. */
export const texts = (...all: string[]) => all.map((text) => Buffer.from(text));

/** True for an error that a caller of the target expects. */
export function isExpected(error: unknown, { expected = [] }: Target): boolean {
  return (error instanceof EdenError && error.code !== "INTERNAL") || expected.some((kind) => error instanceof kind);
}
