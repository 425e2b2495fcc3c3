import { cleanFiles } from "../archive/clean-files.js";
import { EdenError } from "../errors.js";
import type { ImportedFile } from "../git/import-commit.js";
import type { RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import { formatOf } from "../manifest/names/object-id.js";
import type { SkillVersion } from "../run/events.js";
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
  origins: readonly ProvenOrigin[];
  layer: Descriptor;
}

/** The place of a content, and its tree there. */
export interface Place {
  source: Pick<RepositorySource, "key" | "subpath">;
  version: Pick<SkillVersion, "commit" | "tree">;
}

/**
 * True if an entry proves that this place has its content; false if it does not name the place.
 * @throws EdenError `INTEGRITY_MISMATCH` for a wrong proof.
 */
export function isProvenAt({ origins }: RemoteEntry, { source, version }: Place): boolean {
  const { key, subpath } = source;
  const { commit, tree } = version;
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
  { integrity }: Pick<SkillVersion, "integrity">,
  transfer: Transfer,
): Promise<RemoteEntry | null> {
  try {
    const { body } = await registry.manifest(tagOf(integrity), transfer);
    const found = readEntryManifest(body);
    if (found === null) throw invalid("its manifest is not that of a skill");
    const config = readEntryConfig(await contentOf(registry, found.config, MOST_CONFIG, transfer));
    if (config?.integrity !== integrity) throw invalid("it describes another content");
    return { origins: config.origins, layer: found.layer };
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
  { layer }: RemoteEntry,
  { tree, limits }: { tree: string; limits: SkillLimits },
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
