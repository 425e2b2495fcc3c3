import { cleanFiles } from "../archive/clean-files.js";
import { EdenError } from "../errors.js";
import type { ImportedFile } from "../git/import-commit.js";
import type { RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import { formatOf } from "../manifest/names/object-id.js";
import { blobId, treeId } from "../store/tree-id.js";
import { unpackTar } from "../system/unpack-tar.js";
import { digestOf, type Distribution, type Transfer } from "../web/distribution.js";
import {
  MOST_CONFIG,
  readEntryConfig,
  readEntryManifest,
  tagOf,
  type Descriptor,
  type ProvenOrigin,
} from "./entry-document.js";
import { provesTree } from "./proof.js";

/** An entry of a remote store. Nothing in it was verified but its digests. */
export interface RemoteEntry {
  tree: string;
  origins: readonly ProvenOrigin[];
  layer: Descriptor;
}

/** A place where a content was found. */
export interface Place {
  source: Pick<RepositorySource, "key" | "subpath">;
  commit: string;
}

/**
 * True if an entry proves that its content is of this place; false if it does not name it.
 * @throws EdenError `INTEGRITY_MISMATCH` for a wrong proof.
 */
export function isProvenAt({ origins, tree }: RemoteEntry, { source, commit }: Place): boolean {
  const { key, subpath } = source;
  const origin = origins.find((one) => one.repository === key && one.commit === commit && one.subpath === subpath);
  if (origin === undefined) return false;
  if (isProven(origin, tree)) return true;
  throw invalid(`it does not prove that commit ${commit.slice(0, 12)} has this content`);
}

/** True if the objects of an origin prove that it has a tree. */
export function isProven({ commit, subpath, objects }: ProvenOrigin, tree: string): boolean {
  return provesTree(
    { commit, subpath, tree },
    objects.map((object) => Buffer.from(object, "base64")),
  );
}

/**
 * The entry of a content, by its integrity; null if the store has none.
 * @throws EdenError `ARCHIVE_INVALID`, `INTEGRITY_MISMATCH`; as `askWeb`.
 */
export async function fetchEntry(
  registry: Distribution,
  { integrity, tree }: { integrity: string; tree: string },
  transfer: Transfer,
): Promise<RemoteEntry | null> {
  try {
    const { body } = await registry.manifest(tagOf(integrity), transfer);
    const found = readEntryManifest(body);
    if (found === null) throw invalid("its manifest is not that of a skill");
    const config = readEntryConfig(await contentOf(registry, found.config, MOST_CONFIG, transfer));
    if (config?.integrity !== integrity || config.tree !== tree) throw invalid("it describes another content");
    return { tree, origins: config.origins, layer: found.layer };
  } catch (error) {
    if (error instanceof EdenError && (error.code === "REF_NOT_FOUND" || error.code === "FETCH_NOT_FOUND")) return null;
    throw error;
  }
}

/** A file with its content. */
export type RemoteFile = ImportedFile & { oid: string };

/**
 * The files of an entry, which have this tree.
 * @throws EdenError `INTEGRITY_MISMATCH`, `SKILL_UNSAFE`, `ARCHIVE_INVALID`; as `askWeb`.
 */
export async function fetchFiles(
  registry: Distribution,
  { layer, tree }: RemoteEntry,
  limits: SkillLimits,
  transfer: Transfer,
): Promise<RemoteFile[]> {
  const mostBytes = mostUnpacked(limits);
  const packed = await contentOf(registry, layer, mostBytes, transfer);
  const format = formatOf(tree);
  const files: RemoteFile[] = [];
  const entries = unpackTar(packed, mostBytes);
  for await (const file of cleanFiles({ entries, dropsTop: false }, "it").files)
    files.push({ ...file, oid: blobId(file.content, format) });
  const found = treeId(files, format);
  if (found !== tree) throw invalid(`its files have the tree ${found.slice(0, 12)}, not ${tree.slice(0, 12)}`);
  return files;
}

/** The maximum bytes of a tar of a skill: its files, and for each a header with a long path. */
function mostUnpacked({ maxBytes, maxFiles }: SkillLimits): number {
  return maxBytes + maxFiles * 4096 + 1024 * 1024;
}

/** A content, from its descriptor if that has it. */
async function contentOf(
  registry: Distribution,
  { digest, size, data }: Descriptor,
  mostBytes: number,
  transfer: Transfer,
): Promise<Buffer> {
  if (size > mostBytes) throw new EdenError("SKILL_UNSAFE", `it has ${size} bytes`, { stage: "fetch" });
  if (data === undefined) return await registry.blob(digest, Math.min(size, mostBytes), transfer);
  const content = Buffer.from(data, "base64");
  if (digestOf(content) === digest) return content;
  throw invalid("a content in its manifest has another digest");
}

function invalid(why: string): EdenError {
  return new EdenError("INTEGRITY_MISMATCH", why, { stage: "fetch" });
}
