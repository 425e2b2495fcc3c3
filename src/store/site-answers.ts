import { join } from "node:path";
import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { parseJson } from "../system/parse-json.js";
import { listDirectory, readTextIfExists, statIfExists } from "../system/read-files.js";
import { sha256Hex, shortHash } from "../system/sha256.js";
import { removeIfPossible } from "../system/temporary-files.js";
import { makeDirectory, writeDisposable } from "../system/write-files.js";

const answerSchema = z.object({
  /** The requested address. */
  asked: z.string(),
  /** The address that answered, after redirects. */
  url: z.string(),
  etag: z.nullable(z.string()),
  lastModified: z.nullable(z.string()),
  /** Of the body. */
  sha256: z.string(),
  /** Base64. */
  body: z.string(),
});

/** What a site last sent for an address, to ask whether it has changed since. */
export type KeptAnswer = Omit<z.infer<typeof answerSchema>, "sha256" | "body"> & { body: Buffer };

/** The directory in the storage. */
const SITE_ANSWERS = "sites";

/** Maximum number of kept answers; the oldest are removed. */
const MOST_ANSWERS = 256;

/** Larger ones are fetched each time. */
const MOST_BYTES = 1024 * 1024;

/** The kept answer of an address; null if there is none that is intact. */
export function readKeptAnswer(storageRoot: string, asked: string): KeptAnswer | null {
  try {
    const text = readTextIfExists(pathOf(storageRoot, asked));
    const kept = text === null ? null : parseJson(answerSchema, text);
    if (kept?.asked !== asked) return null;
    const body = Buffer.from(kept.body, "base64");
    return sha256Hex(body) === kept.sha256 ? { ...kept, body } : null;
  } catch (error) {
    // It is fetched again.
    if (error instanceof EdenError) return null;
    throw error;
  }
}

/** Keeps an answer, if it can be revalidated. A failure only costs a request. */
export function keepAnswer(storageRoot: string, answer: KeptAnswer): void {
  const { asked, etag, lastModified, body } = answer;
  if ((etag === null && lastModified === null) || body.length > MOST_BYTES) return;
  const text = JSON.stringify({ ...answer, sha256: sha256Hex(body), body: body.toString("base64") });
  try {
    makeDirectory(join(storageRoot, SITE_ANSWERS));
    writeDisposable(pathOf(storageRoot, asked), text);
    const paths = keptAnswers(storageRoot);
    if (paths.length <= MOST_ANSWERS) return;
    for (const path of paths.toSorted((a, b) => timeOf(b) - timeOf(a)).slice(MOST_ANSWERS)) removeIfPossible(path);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
  }
}

/** Absolute paths of all kept answers. */
export function keptAnswers(storageRoot: string): string[] {
  const directory = join(storageRoot, SITE_ANSWERS);
  return listDirectory(directory)
    .filter((name) => /^[0-9a-f]{8,64}\.json$/u.test(name))
    .map((name) => join(directory, name));
}

function pathOf(storageRoot: string, asked: string): string {
  return join(storageRoot, SITE_ANSWERS, `${shortHash(asked)}.json`);
}

function timeOf(path: string): number {
  return statIfExists(path)?.mtimeMs ?? 0;
}
