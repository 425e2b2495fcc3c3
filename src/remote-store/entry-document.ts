import * as z from "zod/mini";
import { mapOf, parseJson } from "../system/parse-json.js";
import { digestOf, IMAGE_MANIFEST } from "../web/distribution.js";
import { DIGEST } from "../manifest/source/archive-address.js";

/*
 * An entry of a remote store is a manifest of an image (specs/fleet-store.md):
 *   tag      sha256-<hex>: the integrity of the skill, as in the lockfile
 *   config   its integrity, and the commits that it was found in, each with a proof
 *   layer    one gzipped tar of its files
 */

const ARTIFACT_TYPE = "application/vnd.eden-skills.skill.v1";
const CONFIG_TYPE = "application/vnd.eden-skills.skill.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Contents of at most so many bytes are in the manifest as well, so that one request is enough. */
const MOST_EMBEDDED = 16 * 1024;

/** How many origins an entry keeps, the newest first. */
const MOST_ORIGINS = 16;

/** Maximum bytes of a config, also embedded. */
export const MOST_CONFIG = 1024 * 1024;

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().check(z.regex(DIGEST)),
  size: z.number().check(z.nonnegative()),
  /** Its content in base64. */
  data: z.optional(z.string()),
});

const documentSchema = z.object({
  artifactType: z.literal(ARTIFACT_TYPE),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).check(z.length(1)),
  annotations: z._default(mapOf(z.string()), new Map()),
});

const originSchema = z.object({
  /** The normalised address of the repository. */
  repository: z.string(),
  commit: z.string(),
  subpath: z.string(),
  /** In base64: the commit, then the trees on the way to the skill, as git has them. */
  objects: z.array(z.string()),
});

const configSchema = z.object({
  format_version: z.literal(1),
  integrity: z.string(),
  origins: z.array(originSchema),
});

/** A content by its digest. */
export type Descriptor = z.infer<typeof descriptorSchema>;
/** A commit that has the content, and the objects of git that prove it. */
export type ProvenOrigin = z.infer<typeof originSchema>;
export type EntryConfig = z.infer<typeof configSchema>;

/** The tag of a content: `sha256-<hex>` for an integrity `sha256-<base64>`. */
export function tagOf(integrity: string): string {
  return `sha256-${Buffer.from(integrity.replace(/^sha256-/u, ""), "base64").toString("hex")}`;
}

/** The config and the layer of an entry; null for anything else. */
export function readEntryManifest(body: Buffer): { config: Descriptor; layer: Descriptor } | null {
  const document = parseJson(documentSchema, body.toString("utf8"));
  const layer = document?.layers[0];
  if (document == null || layer === undefined || document.config.mediaType !== CONFIG_TYPE) return null;
  return layer.mediaType === LAYER_TYPE ? { config: document.config, layer } : null;
}

/** The config of an entry; null for anything else. */
export function readEntryConfig(body: Buffer): EntryConfig | null {
  return parseJson(configSchema, body.toString("utf8"));
}

/**
 * Writes the manifest of an entry, and its config.
 * @param title for people.
 * @param content the newest of its origins is the first.
 */
export function writeEntryDocuments(
  title: string,
  { origins, ...content }: Omit<EntryConfig, "format_version">,
  layer: Descriptor,
): { manifest: Buffer; config: Buffer } {
  const kept = origins.slice(0, MOST_ORIGINS);
  const configOf = (some: readonly ProvenOrigin[]) =>
    Buffer.from(JSON.stringify({ format_version: 1, ...content, origins: some }));
  while (kept.length > 1 && configOf(kept).length > MOST_CONFIG) kept.pop();
  const config = configOf(kept);
  const [newest] = kept;
  const document = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    artifactType: ARTIFACT_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: digestOf(config), size: config.length, data: config.toString("base64") },
    layers: [layer],
    annotations: {
      "org.opencontainers.image.title": title,
      ...(newest !== undefined && {
        "org.opencontainers.image.source": newest.repository,
        "org.opencontainers.image.revision": newest.commit,
      }),
    },
  };
  return { manifest: Buffer.from(JSON.stringify(document)), config };
}

/** The descriptor of a layer; a small one has its content. */
export function layerOf(content: Buffer): Descriptor {
  const descriptor = { mediaType: LAYER_TYPE, digest: digestOf(content), size: content.length };
  return content.length <= MOST_EMBEDDED ? { ...descriptor, data: content.toString("base64") } : descriptor;
}
