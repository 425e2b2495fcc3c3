import { EdenError, sanitize } from "../errors.js";
import type { Repository } from "../git/repository.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import { formatOf } from "../manifest/names/object-id.js";
import type { SkillVersion } from "../run/events.js";
import { packedTar } from "../system/packed-tar.js";
import type { Distribution, Transfer } from "../web/distribution.js";
import { readContent, readStored } from "../workspace/read-snapshot.js";
import { layerOf, tagOf, writeEntryDocuments, type ProvenOrigin } from "./entry-document.js";
import { fetchEntry, isProven, isProvenAt, type RemoteEntry } from "./fetch-entry.js";

/** A skill in the local store. */
export interface StoredSkill {
  id: string;
  source: RepositorySource;
  version: SkillVersion;
}

/** Where skills are pushed to. */
export interface Pushing {
  registry: Distribution;
  manifest: Manifest;
  transfer: Transfer;
}

/**
 * What a remote store has of a content: all that is needed, an entry to add an origin to, or nothing
 * usable (null).
 */
export async function pushedEntry(
  { registry, transfer }: Pushing,
  { source, version }: StoredSkill,
): Promise<"complete" | RemoteEntry | null> {
  try {
    const entry = await fetchEntry(registry, version, transfer);
    if (entry === null || !isProvenAt(entry, { source, version })) return entry;
    const { data, digest } = entry.layer;
    return data !== undefined || (await registry.hasBlob(digest, transfer)) ? "complete" : entry;
  } catch (error) {
    // It is replaced by a correct one.
    if (error instanceof EdenError && error.code === "INTEGRITY_MISMATCH") return null;
    throw error;
  }
}

/**
 * Pushes a content of the local store, with the proof from its mirror.
 * @param before the present entry; the origins that it proves are kept.
 * @throws EdenError `INTEGRITY_MISMATCH` if the local store was changed; `SKILL_UNSAFE` if the proof
 *   is too large; of repository and registry.
 */
export async function pushEntry(
  { registry, manifest, transfer }: Pushing,
  repository: Repository,
  skill: StoredSkill,
  before: RemoteEntry | null,
): Promise<void> {
  const { id, version } = skill;
  const { tree, integrity } = version;
  const origin = await originOf(repository, skill);
  const layer = await packedSkill(manifest, tree, id);
  const isOther = ({ repository: key, commit, subpath }: ProvenOrigin) =>
    key !== origin.repository || commit !== origin.commit || subpath !== origin.subpath;
  // The tree of a repository with another hash has another id, which only its readers can check.
  const isKept = (one: ProvenOrigin) => formatOf(one.commit) !== formatOf(tree) || isProven(one, tree);
  const others = (before?.origins ?? []).filter((one) => isOther(one) && isKept(one));
  const documents = writeEntryDocuments(id, { integrity, origins: [origin, ...others] }, layerOf(layer));
  await registry.pushBlob(layer, transfer);
  await registry.pushBlob(documents.config, transfer);
  await registry.pushManifest(tagOf(integrity), documents.manifest, transfer);
}

/** The commit of a skill with its proof. Commit and trees are fetched if they are missing. */
async function originOf(repository: Repository, { source, version }: StoredSkill): Promise<ProvenOrigin> {
  const { commit, tree, archive } = version;
  const { key, subpath } = source;
  const ref = { oid: commit, commit, ...(archive !== undefined && { archive }) };
  const [failure] = (await repository.fetch([ref], "none")).values();
  if (failure !== undefined) throw failure;
  const objects = (await repository.proof({ commit, subpath })) ?? [];
  const origin = { repository: key, commit, subpath, objects: objects.map((object) => object.toString("base64")) };
  if (isProven(origin, tree)) return origin;
  const message = `the directories above ${sanitize(subpath)} are too large to prove where it is from`;
  throw new EdenError("SKILL_UNSAFE", message, { stage: "push" });
}

/** The files of an entry of the local store, which are verified. */
async function packedSkill(manifest: Manifest, tree: string, id: string): Promise<Buffer> {
  const { files, contents } = readStored(manifest, tree, id);
  return await packedTar(
    files.map(({ path, mode, oid }) => {
      const content = () => readContent(contents.get(oid) ?? "");
      if (mode === "120000") return { name: path, link: content().toString("utf8") };
      return { name: path, mode: mode === "100755" ? 0o755 : 0o644, content };
    }),
  );
}
