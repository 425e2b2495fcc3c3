import type { LookedAt } from "./looked-at.js";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { isVersionRange } from "../manifest/names/version-range.js";
import { findInRegistries } from "../registry/find-in-registries.js";
import type { RunContext } from "../run/run-context.js";

/**
 * A skill by its name.
 * @throws EdenError `MISSING_REGISTRIES`, `INVALID_SEMVER`; as `findInRegistries`.
 */
export async function lookInRegistries(
  context: RunContext,
  manifest: Manifest,
  { name, range }: { name: string; range: string | null },
  registry: string | null,
): Promise<LookedAt> {
  if (Object.keys(manifest.registries).length === 0) {
    throw new EdenError(
      "MISSING_REGISTRIES",
      `${name} is to be looked up, but ${manifest.path} has no [registries.NAME]`,
      {
        hint:
          range === null
            ? `Write ./${name} for a directory, owner/repo for a repository, or add a registry to the manifest.`
            : PLUGIN_HINT,
      },
    );
  }
  if (range !== null && !isVersionRange(range)) {
    throw new EdenError(
      "INVALID_SEMVER",
      `${JSON.stringify(sanitize(range))} is not a version range such as "^2.0" or "1.4.2"`,
      { hint: PLUGIN_HINT },
    );
  }
  const found = await findInRegistries(context, manifest, { name, version: range ?? "*", registry });
  const skill = { id: name, name, description: found.description ?? "", path: found.source.subpath, warnings: [] };
  return {
    skills: [skill],
    unlisted: [],
    skipped: [],
    repo: found.source.repo,
    ref: null,
    start: ".",
    source: { kind: "registry", name, version: range ?? "*", registry },
    skill: null,
    // As in other package managers: versions that are compatible with the current one.
    release: { name, version: range ?? `^${found.version}`, ...(registry !== null && { registry }) },
  };
}

/** Agents know marketplaces by names of their own. */
const PLUGIN_HINT = "For a plugin of a marketplace write PLUGIN@OWNER/REPO, with the repository of the marketplace.";
