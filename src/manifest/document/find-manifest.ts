import { dirname, join } from "node:path";
import { isKnown, requireKnown } from "../../system/known-directory.js";
import { expandPath } from "../names/expand-path.js";
import { productHome, type ProductHomeContext } from "../names/product-home.js";

/** The inputs of the search; `config` is the `--config` flag. */
export interface ManifestSearch {
  config?: string | undefined;
  env: Record<string, string | undefined>;
  cwd: string;
  home: string;
}

/** `path` is absolute; `origin` is the rule that found it. */
export interface FoundManifest {
  path: string;
  origin: "flag" | "environment" | "project" | "user";
}

/**
 * The manifest of a command: `--config`, else `EDEN_SKILLS_CONFIG`, else `skills.toml` in the
 * working directory or a parent up to the first directory that contains `.git`, else the one in the
 * home directory; null if there is none. A path that the user named is returned even if it does not
 * exist, since some commands create it.
 */
export function findManifest(search: ManifestSearch, exists: (path: string) => boolean): FoundManifest | null {
  const { config, env, cwd, home } = search;
  if (config !== undefined) return { path: expandPath(config, cwd, home), origin: "flag" };
  const variable = env["EDEN_SKILLS_CONFIG"];
  if (variable !== undefined && variable !== "")
    return { path: expandPath(variable, cwd, home), origin: "environment" };
  const project = projectManifest(requireKnown(cwd), exists);
  if (project !== null) return { path: project, origin: "project" };
  if (!isKnown(productHome({ home, env }))) return null;
  const user = userManifestPath({ home, env });
  return exists(user) ? { path: user, origin: "user" } : null;
}

/** `skills.toml` in the product's home, absolute. @throws EdenError `HOME_UNKNOWN`. */
export function userManifestPath(context: ProductHomeContext): string {
  return requireKnown(join(productHome(context), "skills.toml"));
}

/** The lockfile beside a manifest: the same name with `.lock` for `.toml`. */
export function lockfilePathFor(manifestPath: string): string {
  return `${manifestPath.replace(/\.toml$/i, "")}.lock`;
}

function projectManifest(cwd: string, exists: (path: string) => boolean): string | null {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const candidate = join(directory, "skills.toml");
    if (exists(candidate)) return candidate;
    if (exists(join(directory, ".git")) || dirname(directory) === directory) return null;
  }
}
