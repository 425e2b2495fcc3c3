import type { RepositorySource } from "../document/manifest.js";
import { refProblem } from "../names/ref-name.js";
import { isVersionRange } from "../names/version-range.js";
import { isLoopback, parseRemoteUrl, type Refused, type Remote } from "./remote-url.js";

/** SHA-256 of an archive, or of the manifest of an image, in place of a ref. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/u;

/** True for a source whose content is an archive: its mirror is made here, and is not fetched by git. */
export function isArchive({ transport }: Pick<RepositorySource, "transport">): boolean {
  return transport === "archive" || transport === "npm" || transport === "oci";
}

/**
 * Reads the address of an archive: `npm:NAME`, `oci://host/repository`, or a URL that is named like
 * an archive or whose ref is a digest. Null for any other address.
 */
export function parseArchive(repo: string, ref: string | null, allowInsecure: boolean): Remote | Refused | null {
  if (repo.startsWith("npm:")) return parsePackage(repo);
  if (repo.startsWith("oci://")) return parseImage(repo, allowInsecure);
  const isFile = NAMED.test(repo) || (ref !== null && DIGEST.test(ref) && /^https?:\/\//iu.test(repo));
  return isFile ? parseArchiveUrl(repo, allowInsecure) : null;
}

const NAMED = /^https?:\/\/[^/]+\/[^?#]+\.(?:tar\.gz|tgz|zip)(?:\?[^#]*)?$/iu;

/** Why a ref cannot be one of a source with this transport, or null if it can. */
export function sourceRefProblem({ transport }: Pick<RepositorySource, "transport">, ref: string): string | null {
  switch (transport) {
    case "npm":
      return isVersionRange(ref) || refProblem(ref) === null
        ? null
        : 'expected a version range such as "^2.0", or a tag';
    case "oci":
      return DIGEST.test(ref) || TAG.test(ref) ? null : "expected a tag, or sha256: and 64 hex digits";
    case "archive":
      return DIGEST.test(ref) ? null : "expected sha256: and 64 hex digits";
    default:
      return refProblem(ref);
  }
}

/** Why a text is a ref of no kind of source, or null if it is one. */
export function anyRefProblem(ref: string): string | null {
  return isVersionRange(ref) || DIGEST.test(ref) ? null : refProblem(ref);
}

const TAG = /^\w[\w.-]{0,127}$/u;

/** npm's rules for names that can still be published. */
const PACKAGE = /^npm:(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/u;

function parsePackage(repo: string): Remote | Refused {
  if (PACKAGE.test(repo) && repo.length <= 218)
    return { kind: "remote", url: repo, key: repo, host: "npm", transport: "npm" };
  return { kind: "refused", reason: "expected npm:NAME or npm:@scope/NAME; the range of versions is the `ref`" };
}

const REPOSITORY = /^\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/u;

function parseImage(repo: string, allowInsecure: boolean): Remote | Refused {
  const rest = repo.slice("oci://".length);
  const [host = ""] = rest.split("/");
  const isPlain = isLoopback(host.replace(/:\d*$/u, "").toLowerCase()) || allowInsecure;
  const parsed = parseRemoteUrl(`${isPlain ? "http" : "https"}://${rest}`, allowInsecure);
  if (parsed.kind === "refused") return parsed;
  if (!REPOSITORY.test(rest.slice(host.length)) || host.includes("@"))
    return { kind: "refused", reason: "expected oci://host/repository; the tag or digest is the `ref`" };
  return { ...parsed, key: parsed.key.replace(/^https?/u, "oci"), transport: "oci" };
}

function parseArchiveUrl(repo: string, allowInsecure: boolean): Remote | Refused {
  const [, address = repo, query = ""] = /^([^?]*)(\?.*)?$/su.exec(repo) ?? [];
  const parsed = parseRemoteUrl(address, allowInsecure);
  if (parsed.kind === "refused") return parsed;
  return { ...parsed, url: parsed.url + query, key: `archive+${parsed.key}${query}`, transport: "archive" };
}
