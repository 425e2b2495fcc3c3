import { join } from "node:path";
import * as z from "zod/mini";
import { mirrorHas, type Mirror } from "../git/mirror.js";
import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { readTextIfExists } from "../system/read-files.js";
import { writeDisposable } from "../system/write-files.js";

/** What is recorded about the archive of a commit. */
const recordSchema = z.object({
  version: z.exactOptional(z.string()),
  digest: z.exactOptional(z.string()),
  published: z.exactOptional(z.number()),
});

export type ReleaseRecord = z.infer<typeof recordSchema>;

/** The archives that the commits of a mirror were made from; a file of ours, which git ignores. */
export class Releases {
  readonly #path: string;

  constructor(private readonly mirror: Mirror) {
    this.#path = join(mirror.directory, "releases.json");
  }

  of(commit: string): ReleaseRecord | null {
    return this.#read().get(commit) ?? null;
  }

  /** The commit in the mirror with that digest, or null. */
  commitOf({ digest }: ArchivePin): string | null {
    if (digest === undefined) return null;
    const found = [...this.#read()].find(([commit, one]) => one.digest === digest && mirrorHas(this.mirror, commit));
    return found?.[0] ?? null;
  }

  add(commit: string, record: ReleaseRecord): void {
    const all = this.#read().set(commit, record);
    writeDisposable(this.#path, `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`);
  }

  #read(): Map<string, ReleaseRecord> {
    const text = readTextIfExists(this.#path);
    return (text === null ? null : parseJson(mapOf(recordSchema), text)) ?? new Map();
  }
}
