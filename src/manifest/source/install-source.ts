import { EdenError } from "../../errors.js";
import { readPage } from "./page-address.js";
import { githubShorthand } from "./source-grammar.js";
import { parseShortSource } from "./short-source.js";
import { SKILL_ID } from "../names/skill-id.js";

/** A source to install from, as typed. */
export type InstallSource =
  | RepositoryPlace
  | { kind: "path"; path: string }
  /** A plugin by its name in a marketplace. */
  | { kind: "plugin"; plugin: string; marketplace: RepositoryPlace }
  /** An address at or below which an index is located. */
  | { kind: "site"; url: string }
  | { kind: "registry"; name: string; range: string | null };

/** A place in a repository, or in a directory that is searched like one. */
export interface RepositoryPlace {
  kind: "repository";
  repo: string;
  ref: string | null;
  /** "." for the root. */
  subpath: string;
  /**
   * A ref and a subpath in one string, `feature/x/skills/a`: only the repository knows where the
   * ref ends.
   */
  refAndPath: string | null;
  /** A skill that was named with it. */
  skill: string | null;
  /** An address that may also be a site with an index of skills. */
  maybeSite: boolean;
}

/**
 * Reads a typed source:
 *
 *     owner/repo   owner/repo/sub/path   owner/repo#ref   owner/repo@skill   github:owner/repo   gitlab:group/repo
 *     https://github.com/owner/repo/tree/REF/sub/path    https://gitlab.com/group/repo/-/tree/REF/sub/path
 *     pages of Gitea, Forgejo, Bitbucket and Azure DevOps, and gists
 *     any git URL, `//sub/path` and `#ref` behind it      git@host:path      ./path  ../path  /path  ~/path
 *     npm:name@range//sub/path   oci://host/repository:tag   https://host/x.tar.gz//sub/path
 *     https://host/…/.well-known/…       name   name@^2.0   (looked up in the registries)
 *     plugin@owner/repo   plugin@https://host/path#ref   plugin@./path   (of a marketplace)
 *
 * @throws EdenError `INVALID_REPO_URL` for anything else. The manifest's reader decides whether an
 *   address is acceptable.
 */
export function parseInstallSource(typed: string): InstallSource {
  if (/^(?:\.{1,2}|~)?\/|^\.{1,2}$|^~$/u.test(typed)) return { kind: "path", path: typed };
  const named = PLUGIN.exec(typed)?.groups;
  if (named !== undefined) return pluginOf(named["plugin"] ?? "", parseInstallSource(named["marketplace"] ?? ""));
  const short = parseShortSource(typed);
  if (/^npm:|^oci:\/\//u.test(typed) || NAMED_ARCHIVE.test(short.repo))
    return repository(short.repo, { ref: short.ref ?? null, subpath: short.subpath ?? "." });
  const prefixed = /^(?<host>github|gitlab):(?!\/\/)(?<path>[^\s@#]+\/.+)$/u.exec(typed)?.groups;
  if (prefixed !== undefined) return parseInstallSource(`https://${prefixed["host"]}.com/${prefixed["path"]}`);
  const [, before = "", ref = null] = /^([^#]*)(?:#(.+))?$/u.exec(typed) ?? [];
  if (before.includes("://")) return readUrl(before, ref);
  if (/^(?:[^/@\s]+@)?[^/:\s]+:./u.test(before)) return repository(short.repo, { ref, subpath: short.subpath ?? "." });
  const one = /^(?<path>[^@]+)@(?<skill>[^/@]+)$/u.exec(before)?.groups;
  const parts = (one?.["path"] ?? before).replace(/\/+$/u, "").split("/");
  if (parts.length === 1 && SKILL_ID.test(parts[0] ?? "")) {
    if (ref === null) return { kind: "registry", name: parts[0] ?? "", range: one?.["skill"] ?? null };
  }
  const repo = githubShorthand(parts.slice(0, 2).join("/"));
  if (repo === null) {
    throw new EdenError("INVALID_REPO_URL", "this is not a source", {
      hint: "Use owner/repo, the address of a repository, a path such as ./skills, or the name of a skill in a registry.",
    });
  }
  return repository(repo, { ref, subpath: parts.slice(2).join("/") || ".", skill: one?.["skill"] ?? null });
}

/** True for a source that names a plugin, `plugin@marketplace`. */
export function namesPlugin(typed: string): boolean {
  return PLUGIN.test(typed);
}

/** Behind the `@` is a path, an address, `user@host:path`, or `owner/repo`: a bare word is a range of versions. */
const PLUGIN =
  /^(?<plugin>[a-z0-9][\w.-]*)@(?<marketplace>(?:\.{0,2}|~)\/.*|\.{1,2}|[a-z][a-z0-9+.-]*:\/\/.+|(?:github|gitlab):.+|[^/@\s:]+@[^/@:\s]+:.+|[\w-]+\/[^@:\s]+)$/isu;

function pluginOf(plugin: string, source: InstallSource): InstallSource {
  if (source.kind === "repository") return { kind: "plugin", plugin, marketplace: source };
  if (source.kind === "path") return { kind: "plugin", plugin, marketplace: repository(source.path, {}) };
  throw new EdenError("INVALID_REPO_URL", "a marketplace is a repository or a directory");
}

const NAMED_ARCHIVE = /^https?:\/\/.*\.(?:tar\.gz|tgz|zip)(?:\?.*)?$/iu;

function readUrl(address: string, ref: string | null): InstallSource {
  const page = readPage(address);
  // What is after the # of a page is a place on it.
  if (page !== null) return repository(page.repo, { ...page, ref: page.ref ?? null });
  if (/^https?:\/\/[^/]+\/(?:.*\/)?\.well-known(?:\/|$)/iu.test(address)) {
    if (ref !== null) throw new EdenError("INVALID_REF", "a site has no refs");
    return { kind: "site", url: address };
  }
  const [, url = "", subpath = "."] = /^(\w[\w+.-]*:\/\/.+?)(?:\/\/(.*?))?\/*$/su.exec(address) ?? [];
  const hub = /^https?:\/\/github\.com\/([^/?]+)\/([^/?]+)(?:\/?\?[^#]*)?$/iu.exec(url);
  if (hub !== null) return repository(githubShorthand(`${hub[1]}/${hub[2]}`) ?? url, { ref, subpath });
  const isPlainlyGit =
    !/^https?:/iu.test(url) ||
    subpath !== "." ||
    /\.git$|^https?:\/\/(?:gitlab\.com|bitbucket\.org|codeberg\.org)\//iu.test(url);
  return repository(url, { ref, subpath, maybeSite: !isPlainlyGit });
}

function repository(repo: string, known: Partial<RepositoryPlace>): RepositoryPlace {
  const nothing = { ref: null, subpath: ".", refAndPath: null, skill: null, maybeSite: false };
  return { ...nothing, ...known, kind: "repository", repo };
}
