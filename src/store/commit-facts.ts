import { join } from "node:path";
import * as z from "zod/mini";
import { isObjectId } from "../manifest/names/object-id.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { readTextIfExists } from "../system/read-files.js";
import { writeDisposable } from "../system/write-files.js";
import { privateMode } from "../system/private-mode.js";

const factsSchema = z.object({
  /** The committer's date, in seconds since 1970; null if it has none that can be read. */
  committed: z.nullable(z.number()),
  /**
   * When it was first seen here, in ISO 8601; null if its repository was seen for the first time
   * then, or the commit was here before anyone asked.
   */
  seen: z.nullable(z.string()),
  /** By digest of the keys: null for a good signature, else why there is none. */
  signatures: mapOf(z.nullable(z.string())),
  /**
   * The licence file in the root of the repository, and the licence in it, if that is known; null
   * for no such file, absent if nothing asked.
   */
  license: z.exactOptional(z.nullable(z.object({ file: z.string(), name: z.nullable(z.string()) }))),
});

/** What a policy asks about a commit, kept in `commits/<commit>.json`. */
export type CommitFacts = z.infer<typeof factsSchema>;

/** Null if nothing is known about a commit. */
export function readCommitFacts(root: string, commit: string): CommitFacts | null {
  return isObjectId(commit) ? parseJson(factsSchema, readTextIfExists(pathOf(root, commit)) ?? "") : null;
}

/** Records what is known about a commit. */
export function writeCommitFacts(root: string, commit: string, facts: CommitFacts): void {
  const text = `${JSON.stringify({ ...facts, signatures: Object.fromEntries(facts.signatures) })}\n`;
  const path = pathOf(root, commit);
  writeDisposable(path, text, privateMode(path, 0o600));
}

function pathOf(root: string, commit: string): string {
  return join(root, "commits", `${commit}.json`);
}
