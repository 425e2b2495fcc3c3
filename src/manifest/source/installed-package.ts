import { dirname, join } from "node:path";
import * as z from "zod/mini";
import { parseJson } from "../../system/parse-json.js";
import { lstatIfExists, readTextIfExists, realPath } from "../../system/read-files.js";
import { mapOf } from "../../system/parse-json.js";
import type { Scope } from "../document/manifest.js";
import type { InstalledPackage } from "../document/repository-source.js";
import { admits } from "../names/choose-version.js";
import { isVersionRange } from "../names/version-range.js";

/** Finds the installed package that a source means, if there is one. */
export type FindInstalled = (repo: string, ref: string | null) => InstalledPackage | null;

/**
 * The finder for a manifest: a package in `node_modules` beside it or above it, up to the root of
 * the repository. Only a manifest of project scope has any, and only a version in the range counts.
 */
export function installedPackages(directory: string, scope: Scope): FindInstalled {
  return (repo, ref) => {
    if (scope !== "project" || (ref !== null && !isVersionRange(ref))) return null;
    const found = packageAbove(directory, repo.slice("npm:".length));
    return found !== null && (ref === null || admits(ref, found.version)) ? found : null;
  };
}

const packageSchema = z.object({ version: z.string().check(z.regex(/^[0-9A-Za-z.+-]{1,128}$/)) });

function packageAbove(directory: string, name: string): InstalledPackage | null {
  const place = join(directory, "node_modules", name);
  const { version } = parseJson(packageSchema, readTextIfExists(join(place, "package.json")) ?? "") ?? {};
  if (version !== undefined) {
    const digest = digestOf(directory, name, version);
    return { directory: realPath(place), version, ...(digest !== null && { digest }) };
  }
  const parent = dirname(directory);
  return parent === directory || lstatIfExists(join(directory, ".git")) !== null ? null : packageAbove(parent, name);
}

const npmLockSchema = z.object({
  packages: mapOf(z.object({ version: z.optional(z.string()), integrity: z.optional(z.string()) })),
});

/** What npm verified when it installed a package; other package managers do not record it there. */
function digestOf(directory: string, name: string, version: string): string | null {
  const text = readTextIfExists(join(directory, "node_modules/.package-lock.json"));
  const entry = parseJson(npmLockSchema, text ?? "")?.packages.get(`node_modules/${name}`);
  return entry?.version === version ? sha512In(entry.integrity ?? "") : null;
}

/** The SHA-512 among the hashes of an `integrity` of npm, or null. */
export function sha512In(integrity: string): string | null {
  return integrity.split(/\s+/u).find((one) => /^sha512-[A-Za-z0-9+/]{86}==$/u.test(one)) ?? null;
}
