import { isAbsolute, sep } from "node:path";
import { expandPath } from "../names/expand-path.js";
import { parseArchive } from "./archive-address.js";
import { parseRemoteUrl, parseScpAddress, type Refused, type Remote } from "./remote-url.js";

/**
 * The meaning of a `repo` string: an address for git, a path on this machine (absolute), or a
 * refused text.
 */
export type ParsedSource = Remote | { kind: "path"; path: string } | Refused;

/**
 * The base of relative paths and `~`, whether unencrypted transports are allowed, and the ref: an
 * address whose ref is a digest is that of an archive.
 */
export interface SourceContext {
  directory: string;
  home: string;
  allowInsecure?: boolean;
  ref?: string | null;
}

/**
 * Reads a `repo` string:
 *
 *     https://host/path   ssh://[user@]host/path   file:///path     a URL (http:// and git:// to loopback, or when allowed)
 *     user@host:path      host:path                                 ssh's short form
 *     owner/repo                                                    https://github.com/owner/repo.git
 *     npm:name   npm:@scope/name                                a package
 *     oci://host/repository                                     an image
 *     /path   ./path   ../path   ~/path   name   a/b/c              a path on this machine
 *
 * A text that git could read as an option, a remote helper (`ext::…`), a second line and a password
 * are refused. The reason never quotes the text.
 */
export function parseSource(repo: string, context: SourceContext): ParsedSource {
  const refusal = hostileText(repo);
  if (refusal !== null) return { kind: "refused", reason: refusal };
  const archive = parseArchive(repo, context.ref ?? null, context.allowInsecure ?? false);
  if (archive !== null) return blankProblem(repo) ?? archive;
  if (repo.includes("://") && !/^[./~\\]/.test(repo)) {
    const blank = blankProblem(repo);
    return blank ?? parseRemoteUrl(repo, context.allowInsecure ?? false);
  }
  if (isScpAddress(repo)) return blankProblem(repo) ?? parseScpAddress(repo);
  const github = githubShorthand(repo);
  if (github !== null) return parseRemoteUrl(github, false);
  return localPath(repo, context);
}

/** `https://github.com/owner/repo.git` for `owner/repo`, else null. */
export function githubShorthand(text: string): string | null {
  const match = /^([A-Za-z0-9][A-Za-z0-9_-]{0,99})\/([A-Za-z0-9_][A-Za-z0-9._-]{0,99})$/.exec(text);
  if (match === null) return null;
  const [, owner = "", name = ""] = match;
  return `https://github.com/${owner}/${name.endsWith(".git") ? name : `${name}.git`}`;
}

function hostileText(repo: string): string | null {
  if (repo === "") return "a source is not empty";
  if (repo.length > 2048) return "a source has at most 2048 characters";
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u.test(repo))
    return "a source holds no control character";
  if (repo.startsWith("-")) return 'a source does not begin with "-"';
  if (repo !== repo.trim()) return "a source neither begins nor ends with a space";
  if (/^(?:https?|ssh|git|file):\/(?!\/)/i.test(repo)) return "an address has two slashes after the colon";
  if (repo.startsWith("//")) return "an address begins with https:// or ssh://, a path with one slash";
  if (/^[^/[@]*::/.test(repo)) return "remote helpers (name::address) are not supported: they run programs";
  return null;
}

/** Spaces are allowed in a path, but not in an address. */
function blankProblem(repo: string): Refused | null {
  if (/[\s\\]/.test(repo))
    return { kind: "refused", reason: "the address of a repository holds no space and no backslash" };
  if (/%(?:[01][0-9a-f]|7f)/i.test(repo))
    return { kind: "refused", reason: "the address holds an escaped control character" };
  return null;
}

/** `host:path` if the text before the colon is neither a path nor a drive letter. */
function isScpAddress(repo: string): boolean {
  const host = /^(?:[^:/\\]*@)?(\[[^\]/]*\]|[^:/\\]*):/.exec(repo)?.[1];
  return host !== undefined && !/^[.~]/.test(repo) && !/^[a-z]:/i.test(repo);
}

function localPath(repo: string, context: SourceContext): ParsedSource {
  if (/^[a-z]:/i.test(repo) && !isAbsolute(repo))
    return refusedPath("this is a Windows drive, and not on this machine");
  if (sep === "/" && repo.includes("\\")) return refusedPath('separate directories with "/"');
  if (/^~[^/\\]/.test(repo)) return refusedPath("only ~ and ~/ stand for a home directory");
  return { kind: "path", path: expandPath(repo, context.directory, context.home) };
}

function refusedPath(reason: string): Refused {
  return { kind: "refused", reason };
}
