import * as z from "zod/mini";
import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { admits, chooseVersion } from "../manifest/names/choose-version.js";
import { isVersionRange } from "../manifest/names/version-range.js";
import { sha512In } from "../manifest/source/installed-package.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { download, requireDigest, secondsOf, unpackAny, type ArchiveAccess } from "./download.js";
import { archiveGone } from "./gone.js";
import { installedRelease } from "./installed-release.js";
import { NpmSettings } from "./npm-settings.js";
import type { ArchiveKind, Release } from "./release.js";

/** Maximum bytes of the document about a package. */
const MOST_DOCUMENT = 64 * 1024 * 1024;

const documentSchema = z.object({
  "dist-tags": z._default(mapOf(z.string()), new Map()),
  versions: mapOf(
    z.object({
      deprecated: z.optional(z.unknown()),
      dist: z.object({ tarball: z.string(), integrity: z.optional(z.string()) }),
    }),
  ),
});

type Package = z.infer<typeof documentSchema>;

/** A package of npm: the one that the project has installed, else that of the owner's registry. */
export function npmKind(access: ArchiveAccess, { repo, ref: wanted, installed }: RepositorySource): ArchiveKind {
  const name = repo.slice("npm:".length);
  const settings = new NpmSettings(access.host);
  const ask = async (url: URL, headers: Readonly<Record<string, string>>, maxBytes?: number) => {
    const authorization = settings.authorizationFor(url);
    const signIn = `Give npm access: \`npm login --registry=${settings.registryOf(name).href}\`, or _authToken in ~/.npmrc.`;
    const origin = settings.registryOf(name);
    return await download(access, url, { headers, authorization, signIn, origin }, maxBytes);
  };
  const lookUp = async (): Promise<Package> => {
    const url = new URL(name.replace("/", "%2f"), settings.registryOf(name));
    const { body } = await ask(url, { Accept: "application/vnd.npm.install-v1+json, application/json" }, MOST_DOCUMENT);
    const found = parseJson(documentSchema, body.toString("utf8"));
    if (found !== null) return found;
    throw new EdenError("ARCHIVE_INVALID", `${sanitize(url.href)} is no document about a package`, {
      stage: "resolve",
    });
  };
  const releaseOf = (version: string, one: Package, isFixed: boolean, digest?: string): Release => {
    const dist = one.versions.get(version)?.dist;
    const recorded = digest ?? sha512In(dist?.integrity ?? "");
    const url = URL.canParse(dist?.tarball ?? "") ? new URL(dist?.tarball ?? "") : null;
    if (recorded === null || url === null)
      throw new EdenError("ARCHIVE_INVALID", `${sanitize(repo)} ${version} has no SHA-512`, { stage: "resolve" });
    const unpack = async () => {
      const { body, validators } = await ask(url, {});
      requireDigest(body, recorded, `${repo} ${version}`);
      return { entries: unpackAny(body), dropsTop: true, published: secondsOf(validators.lastModified) };
    };
    return { pin: { version, digest: recorded }, isFixed, unpack };
  };
  return {
    find: async (ref) => {
      if (installed !== undefined && ref === wanted) return installedRelease(installed);
      const one = await lookUp();
      const version = versionIn(one, ref ?? "latest");
      if (version === null) throw noVersion(repo, ref, one);
      return releaseOf(version, one, ref !== null && /^[=v]*\d+\.\d+\.\d+(?:[-+].*)?$/u.test(ref));
    },
    pinned: ({ version = "", digest }) => [
      ...(installed?.version === version ? [async () => installedRelease(installed)] : []),
      async () =>
        await archiveGone(`${repo} ${version}`, async () => {
          const one = await lookUp();
          if (!one.versions.has(version)) throw noVersion(repo, version, one);
          const release = releaseOf(version, one, true, digest);
          return { ...release, unpack: async () => await archiveGone(`${repo} ${version}`, release.unpack) };
        }),
    ],
  };
}

/**
 * As npm chooses: a tag; else the `latest` version if it is in the range; else the highest that is
 * not deprecated.
 */
function versionIn({ "dist-tags": tags, versions }: Package, ref: string): string | null {
  const tagged = tags.get(ref);
  if (tagged !== undefined) return versions.has(tagged) ? tagged : null;
  if (!isVersionRange(ref)) return null;
  const latest = tags.get("latest");
  if (latest !== undefined && versions.has(latest) && admits(ref, latest)) return latest;
  const all = [...versions].map(([version, { deprecated }]) => ({ version, yanked: Boolean(deprecated) }));
  return (
    (
      chooseVersion(all, ref, null) ??
      chooseVersion(
        all.map(({ version }) => ({ version, yanked: false })),
        ref,
        null,
      )
    )?.version ?? null
  );
}

function noVersion(repo: string, ref: string | null, { "dist-tags": tags, versions }: Package): EdenError {
  const some = [...versions.keys()].slice(-5).toReversed().join(", ");
  const message = `${sanitize(repo)} has no version ${sanitize(ref ?? "latest")}`;
  return new EdenError("REF_NOT_FOUND", message, {
    stage: "resolve",
    hint: `It has: ${sanitize([...tags.keys(), some].join(", "))}.`,
  });
}
