import * as z from "zod/mini";
import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { DIGEST } from "../manifest/source/archive-address.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import type { PackedEntry } from "../system/unpack-tar.js";
import type { RegistryManifest } from "../web/distribution.js";
import { openRegistry } from "../web/open-registry.js";
import { MOST_PACKED, secondsOf, unpackAny, type ArchiveAccess } from "./download.js";
import { archiveGone } from "./gone.js";
import type { ArchiveKind, Release } from "./release.js";

const digest = z.string().check(z.regex(DIGEST));
const annotations = z._default(mapOf(z.string()), new Map());
const layerSchema = z.object({ digest, mediaType: z.string(), annotations });

type Layer = z.infer<typeof layerSchema>;

const documentSchema = z.object({
  annotations,
  layers: z.optional(z.array(layerSchema)),
  manifests: z.optional(z.array(z.object({ digest }))),
});

/** An image, or another artifact, of an OCI registry: the files of its layers, one over the other. */
export function ociKind(access: ArchiveAccess, { url, repo }: RepositorySource): ArchiveKind {
  const { web, signal, onBytes } = access;
  const registry = openRegistry(access, url, web);
  const transfer = { signal, onBytes };
  const invalid = (why: string) => new EdenError("ARCHIVE_INVALID", `${sanitize(repo)} ${why}`, { stage: "fetch" });
  const read = ({ body }: RegistryManifest) => {
    const document = parseJson(documentSchema, body.toString("utf8"));
    if (document === null) throw invalid("has a manifest that is not understood");
    return document;
  };
  const release = (manifest: RegistryManifest, isFixed: boolean): Release => ({
    pin: { digest: manifest.digest },
    isFixed,
    unpack: async () => {
      let document = read(manifest);
      const [only, ...others] = document.manifests ?? [];
      if (others.length > 0) throw invalid("has several images: name one by its digest");
      if (only !== undefined) document = read(await registry.manifest(only.digest, transfer));
      const files = new Map<string, PackedEntry>();
      for (const layer of document.layers ?? [])
        await addLayer(async (wanted) => await registry.blob(wanted, MOST_PACKED, transfer), layer, files, invalid);
      const published = secondsOf(document.annotations.get("org.opencontainers.image.created"));
      return { entries: files.values(), dropsTop: false, published };
    },
  });
  return {
    find: async (ref) => release(await registry.manifest(ref ?? "latest", transfer), ref !== null && DIGEST.test(ref)),
    pinned: (pin) => [
      async () =>
        await archiveGone(repo, async () => {
          const found = release(await registry.manifest(pin.digest ?? "", transfer), true);
          return { ...found, unpack: async () => await archiveGone(repo, found.unpack) };
        }),
    ],
  };
}

/** Maximum bytes of the files of an image. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Adds the files of a layer: those of a tar, or the content itself with its title as its name. A
 * file `.wh.NAME` removes what lower layers have under that name.
 */
async function addLayer(
  blob: (digest: string) => Promise<Buffer>,
  { digest: wanted, mediaType, annotations: notes }: Layer,
  files: Map<string, PackedEntry>,
  invalid: (why: string) => EdenError,
): Promise<void> {
  const title = notes.get("org.opencontainers.image.title");
  const isTar = /\btar\b/u.test(mediaType);
  if (mediaType.endsWith("+zstd")) throw invalid("has a layer in zstd, which is not supported");
  if (!isTar && title === undefined) return;
  const content = await blob(wanted);
  if (!isTar) {
    files.set(title ?? "", { path: title ?? "", kind: "file", executable: false, content });
    return;
  }
  let bytes = 0;
  const own = new Set<string>();
  for await (const entry of unpackAny(content)) {
    bytes += entry.content.length;
    if (bytes > MOST_BYTES) throw invalid(`has more than ${MOST_BYTES} bytes`);
    if (own.has(entry.path)) throw invalid(`has ${sanitize(entry.path)} twice in one layer`);
    own.add(entry.path);
    const removed = /^(?<above>(?:.*\/)?)\.wh\.(?<name>.+)$/su.exec(entry.path)?.groups;
    if (removed === undefined) files.set(entry.path, entry);
    else remove(files, `${removed["above"]}${removed["name"]}`);
  }
}

function remove(files: Map<string, PackedEntry>, path: string): void {
  for (const one of files.keys()) if (one === path || one.startsWith(`${path}/`)) files.delete(one);
}
