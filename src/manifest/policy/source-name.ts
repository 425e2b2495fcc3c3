import { relative } from "node:path";
import type { DirectorySource, RepositorySource } from "../document/manifest.js";
import { directoryOf } from "../source/skill-source.js";
import { contains } from "../targets/target-danger.js";

/**
 * The name by which a policy knows a source: `github.com/acme/skills` however it is reached, with
 * a port that is not the usual one; `project:skills/a` for a directory in the manifest's;
 * `file:/srv/skills` for other directories and repositories in the file system; `npm:@acme/tool` for
 * a package.
 */
export function sourceName(source: RepositorySource | DirectorySource, manifestDirectory: string): string {
  if (source.kind === "directory") return pathName(directoryOf(source), manifestDirectory);
  if (source.transport === "file") return pathName(source.key.replace(/^file:\/\//u, ""), manifestDirectory);
  return source.transport === "npm" ? source.key : addressName(source.key);
}

/** The same for an address with a scheme. Different spellings of one address have one name. */
export function addressName(address: string): string {
  const [, rest = ""] = /^[a-z+]+:\/\/(?:[^@/]*@)?(.*)$/su.exec(address) ?? [];
  const slash = rest.indexOf("/");
  const [authority, path] = slash === -1 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash)];
  const host = authority
    .toLowerCase()
    .replace(/^\[(.*)\]/u, "$1")
    .replace(/\.(?=$|:\d+$)/u, "");
  const parts = decoded(path)
    .split("/")
    .filter((part) => part !== "" && part !== "~");
  return [host, ...parts].join("/").replace(/\.git$/iu, "");
}

/** The name of a directory by its absolute path. */
export function pathName(path: string, manifestDirectory: string): string {
  return contains(manifestDirectory, path)
    ? `project:${relative(manifestDirectory, path)}`
    : `file:${path.replace(/\.git$/u, "")}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
