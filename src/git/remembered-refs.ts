import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { OBJECT_ID } from "../manifest/names/object-id.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { readTextIfExists } from "../system/read-files.js";
import { writeDisposable } from "../system/write-files.js";
import type { Mirror, ResolvedRef } from "./mirror.js";
import type { RefAnswer } from "./remote-refs.js";

/** The last resolution of `ref` (null: the default branch), or null. */
export function rememberedRef(mirror: Mirror, ref: string | null): ResolvedRef | null {
  return readRefs(mirror).get(refKey(ref)) ?? null;
}

/** The ids of the objects, and of their commits, that refs were last resolved to. */
export function rememberedObjects(mirror: Mirror): ReadonlySet<string> {
  return new Set([...readRefs(mirror).values()].flatMap(({ oid, commit }) => [oid, commit]));
}

/** Stores resolutions, but no failures, beside the mirror; call it with the lock held. */
export function rememberRefs(mirror: Mirror, answers: ReadonlyMap<string | null, RefAnswer>): void {
  const found = [...answers].flatMap(([ref, answer]) => (answer instanceof EdenError ? [] : [[ref, answer] as const]));
  if (found.length === 0) return;
  const all = readRefs(mirror);
  for (const [ref, answer] of found) all.set(refKey(ref), answer);
  const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeDisposable(mirror.refsPath, `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`);
}

/** The default branch has a key that no ref can have, because it contains a space. */
function refKey(ref: string | null): string {
  return ref ?? "default branch";
}

function readRefs(mirror: Mirror): Map<string, ResolvedRef> {
  const text = readTextIfExists(mirror.refsPath);
  return (text === null ? null : parseJson(refsSchema, text)) ?? new Map();
}

const oid = z.string().check(z.regex(OBJECT_ID));
const archive = z.object({ version: z.exactOptional(z.string()), digest: z.exactOptional(z.string()) });
const ref = z.object({
  oid,
  commit: oid,
  tag: z.exactOptional(z.literal(true)),
  archive: z.exactOptional(archive),
});
const refsSchema = mapOf(ref);
