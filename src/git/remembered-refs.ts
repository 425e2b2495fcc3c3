import { EdenError } from "../errors.js";
import { isObjectId } from "../manifest/names/object-id.js";
import { readTextIfExists } from "../system/read-files.js";
import { writeDisposable } from "../system/write-files.js";
import type { Mirror, ResolvedRef } from "./mirror.js";
import type { RefAnswer } from "./remote-refs.js";

/** The last resolution of `ref` (null: the default branch), or null. */
export function rememberedRef(mirror: Mirror, ref: string | null): ResolvedRef | null {
  const value = readRefs(mirror)[refKey(ref)];
  const isId = (text: unknown) => typeof text === "string" && isObjectId(text);
  return typeof value === "object" && value !== null && isId(value.oid) && isId(value.commit) ? value : null;
}

/** Stores resolutions, but no failures, beside the mirror; call it with the lock held. */
export function rememberRefs(mirror: Mirror, answers: ReadonlyMap<string | null, RefAnswer>): void {
  const found = [...answers].flatMap(([ref, answer]) => (answer instanceof EdenError ? [] : [[ref, answer] as const]));
  if (found.length === 0) return;
  const all = readRefs(mirror);
  for (const [ref, answer] of found) all[refKey(ref)] = answer;
  writeDisposable(
    mirror.refsPath,
    `${JSON.stringify(all, Object.keys(all).toSorted().concat("oid", "commit", "tag"), 1)}\n`,
  );
}

/** The default branch has a key that no ref can have, because it contains a space. */
function refKey(ref: string | null): string {
  return ref ?? "default branch";
}

function readRefs(mirror: Mirror): Record<string, ResolvedRef> {
  const all: Record<string, ResolvedRef> = Object.create(null);
  try {
    const value: unknown = JSON.parse(readTextIfExists(mirror.refsPath) ?? "{}");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) Object.assign(all, value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return all;
}
