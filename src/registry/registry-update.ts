import { EdenError, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { didYouMean } from "../manifest/names/nearest-word.js";
import { loadManifest } from "../workspace/load-manifest.js";
import type { RunOptions } from "../run/options.js";
import { inRun } from "../run/run-context.js";
import { registriesInOrder, updateRegistries } from "./registry-indexes.js";

/** The document of `registry update --json`. */
export interface RegistryUpdateReport {
  schema_version: 1;
  command: "registry update";
  registries: {
    name: string;
    status: "cloned" | "updated" | "skipped" | "failed";
    url: string;
    /** Why it failed, else null. */
    code: string | null;
    message: string | null;
    hint: string | null;
  }[];
  failed: number;
}

/**
 * Updates the indexes of registries, all if no names are given. A failed one is in the report, and
 * keeps its old index.
 * @throws EdenError as `loadManifest`; `MISSING_REGISTRIES`, `UNKNOWN_REGISTRY`.
 */
export async function registryUpdate(options: RunOptions, names: readonly string[]): Promise<RegistryUpdateReport> {
  const { manifest } = await loadManifest(options);
  const known = requireRegistries(manifest);
  for (const name of names) {
    if (known.includes(name)) continue;
    const message = `there is no [registries.${sanitize(name)}]${didYouMean(name, known)}`;
    throw new EdenError("UNKNOWN_REGISTRY", message, { hint: `The manifest has: ${known.join(", ")}.` });
  }
  const chosen = names.length === 0 ? known : known.filter((name) => names.includes(name));
  const start = { command: "registry update", manifest, options };
  const updates = await inRun(start, async (context) => await updateRegistries(context, manifest, chosen));
  const registries = chosen.map((name) => {
    const update = updates.get(name) ?? { error: new EdenError("INTERNAL", "it was not reached") };
    const url = sanitize(manifest.registries[name]?.url ?? "");
    if (!("error" in update)) return { name, status: update.status, url, code: null, message: null, hint: null };
    const { code, message, facts } = update.error;
    return { name, status: "failed" as const, url, code, message: sanitize(message), hint: facts.hint ?? null };
  });
  const failed = registries.filter(({ status }) => status === "failed").length;
  return { schema_version: 1, command: "registry update", registries, failed };
}

/**
 * The registries of a manifest in the order in which they answer.
 * @throws EdenError `MISSING_REGISTRIES`.
 */
export function requireRegistries(manifest: Manifest): string[] {
  const known = registriesInOrder(manifest);
  if (known.length > 0) return known;
  throw new EdenError("MISSING_REGISTRIES", "the manifest has no [registries.NAME]", {
    path: manifest.path,
    hint: "Add a [registries.NAME] table with the url of a registry.",
  });
}
