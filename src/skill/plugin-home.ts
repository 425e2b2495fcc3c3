import { posix } from "node:path";
import { githubShorthand } from "../manifest/source/source-grammar.js";
import { formatShortSource, type ShortSource } from "../manifest/source/short-source.js";
import type { PluginSource } from "./plugin-schemas.js";

/**
 * The location of a plugin: a directory below the requested one, another source, or the reason why
 * it has neither.
 */
export type PluginHome = { path: string } | { source: ShortSource } | { reason: string };

/**
 * Reads the `source` of a plugin in a marketplace, for all vendors: `github`, `url`, `git-subdir`,
 * `npm`, `local`, and texts.
 * @param root the directory of plugins without a directory of their own.
 * @returns null if the marketplace does not name one.
 */
export function pluginHome(source: PluginSource, root: string): PluginHome | null {
  if (source === undefined) return null;
  if (typeof source === "string") {
    if (isAddress(source)) return { source: { repo: source } };
    // A bare name is a directory below the plugins' root.
    return { path: source.startsWith("./") || source === "." ? source : posix.join(root, source) };
  }
  const { url, package: npm, version, registry } = source;
  const subpath = (source.path ?? "").replace(/^\.?\/+|\/+$/gu, "");
  if (source.source === "local" || (subpath !== "" && source.repo === undefined && url === undefined))
    return { path: source.path ?? "." };
  // Some manifests write the directory itself as an address.
  if (url !== undefined && /^\.{1,2}(?:\/|$)/u.test(url)) return { path: posix.join(url, subpath) };
  const repo = source.repo ?? (url === undefined ? undefined : (githubName(url) ?? url));
  if (repo !== undefined) {
    // The commit that the marketplace has reviewed is more exact than its branch.
    const ref = source.sha ?? source.ref;
    return { source: { repo, ...(ref !== undefined && { ref }), ...(!/^\.?$/u.test(subpath) && { subpath }) } };
  }
  // The same name in another registry is another package.
  if (npm !== undefined && registry !== undefined)
    return {
      reason: `it is the package ${npm} of ${registry}: with that registry in .npmrc, install it from npm:${npm}`,
    };
  if (npm !== undefined) return { source: { repo: `npm:${npm}`, ...(version !== undefined && { ref: version }) } };
  const isEmpty = Object.values(source).every((value) => value === undefined);
  return isEmpty ? null : { reason: "it has a source of an unknown kind" };
}

/** Why a plugin in another source is not searched for skills: what to install. */
export function installFrom(source: ShortSource): string {
  const { repo, ref, subpath } = source;
  const long = `${repo}${subpath === undefined ? "" : `//${subpath}`}${ref === undefined ? "" : `#${ref}`}`;
  return `install it from ${formatShortSource(source) ?? long}`;
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[^/\s]+@[^/\s]+:/iu.test(text);
}

/** `owner/repo` for an address of a repository on GitHub. */
function githubName(url: string): string | null {
  const match = /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/iu.exec(url);
  const name = match === null ? url : `${match[1]}/${match[2]}`;
  return githubShorthand(name) === null ? null : name;
}
