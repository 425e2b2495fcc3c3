import { EdenError } from "../errors.js";
import { readBundleIndex, type BundledSkill } from "../manifest/lockfile/bundle-index.js";
import { readArchive, writeArchive, type ArchivedFile } from "../system/archive.js";

/*
 * A bundle is a gzipped tar:
 *   eden-skills-bundle.json     which skills, each with its pin and the listing of its files
 *   blobs/<object id>           every content once
 * Nothing in it is trusted: the listing must hash to the tree that the lockfile names, and each
 * content to its object id.
 */

const INDEX = "eden-skills-bundle.json";
const BLOBS = "blobs/";
const MOST_INDEX_BYTES = 64 * 1024 * 1024;

/**
 * Writes a bundle. The same skills make the same bytes on every machine.
 * @param contentOf the content of an object id, read when it is written.
 */
export async function writeBundle(
  path: string,
  skills: readonly BundledSkill[],
  contentOf: (oid: string) => Buffer,
): Promise<void> {
  const oids = [...new Set(skills.flatMap(({ files }) => files.map((file) => file.oid)))].toSorted();
  const index = { format_version: 1, skills };
  function* archived(): Generator<ArchivedFile> {
    yield { name: INDEX, content: Buffer.from(`${JSON.stringify(index, null, 1)}\n`) };
    for (const one of oids) yield { name: BLOBS + one, content: contentOf(one) };
  }
  await writeArchive(path, archived());
}

/**
 * Reads a bundle: first what is in it, then every content, one at a time.
 * @param mostFileBytes a larger content is refused without reading it.
 * @throws EdenError `BUNDLE_INVALID`; whatever the callbacks throw.
 */
export async function readBundle(
  path: string,
  mostFileBytes: number,
  found: { skills(skills: BundledSkill[]): void; content(oid: string, content: Buffer): Promise<void> },
): Promise<void> {
  let isFirst = true;
  await readArchive(
    path,
    (name) => (name === INDEX ? MOST_INDEX_BYTES : mostFileBytes),
    async ({ name, content }) => {
      if (isFirst !== (name === INDEX)) throw invalid(path, `it must begin with ${INDEX}`);
      if (isFirst) {
        const skills = readBundleIndex(content);
        if (skills === null) throw invalid(path, `${INDEX} is not an index of skills`);
        found.skills(skills);
      }
      if (name.startsWith(BLOBS)) await found.content(name.slice(BLOBS.length), content);
      isFirst = false;
    },
  );
  if (isFirst) throw invalid(path, "it is empty");
}

function invalid(path: string, why: string, cause?: unknown): EdenError {
  return new EdenError("BUNDLE_INVALID", `${path} is not a bundle: ${why}`, { path, stage: "fetch" }, cause);
}
