import { EdenError, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RegistryEntry } from "../manifest/registry/registry-index.js";
import { loadManifest } from "../workspace/load-manifest.js";
import type { RunOptions } from "../run/options.js";
import { inRun, type RunContext } from "../run/run-context.js";
import { registryHealth } from "./registry-health.js";
import { openIndexes } from "./registry-indexes.js";
import { requireRegistries } from "./registry-update.js";
import type { Diagnostic } from "../run/report.js";

/** The document of `search --json`. */
export interface SearchReport {
  schema_version: 1;
  command: "search";
  results: SearchResult[];
  /**
   * Registries that could not be searched (errors), old indexes and unreadable entries (warnings).
   */
  diagnostics: Diagnostic[];
}

export interface SearchResult {
  name: string;
  registry: string;
  description: string | null;
  /** The highest first, without withdrawn ones. */
  versions: string[];
}

/** Maximum unreadable entries of one registry that are reported separately. */
const MOST_PROBLEMS = 3;

/**
 * Searches for a word in names and descriptions, in all registries by priority, then by name.
 * Missing indexes, and those of registries with `auto_update`, are fetched first.
 * @throws EdenError as `loadManifest`; `MISSING_REGISTRIES`.
 */
export async function search(options: RunOptions, word: string): Promise<SearchReport> {
  const { manifest } = await loadManifest(options);
  return await inRun(
    { command: "search", manifest, options },
    async (context) => await searchAll(context, manifest, word),
  );
}

async function searchAll(context: RunContext, manifest: Manifest, word: string): Promise<SearchReport> {
  const { newestFirst } = await import("../manifest/names/choose-version.js");
  const names = requireRegistries(manifest);
  const { indexes, old } = await openIndexes(context, manifest, names, "missing");
  const diagnostics = old.map(({ error }) => diagnosticOf(error, "warning"));
  const results: SearchResult[] = [];
  for (const registry of names) {
    const index = indexes.get(registry);
    if (index instanceof EdenError) diagnostics.push(diagnosticOf(index, "error"));
    if (index === undefined || index instanceof EdenError) continue;
    const { entries, problems } = index.entries();
    diagnostics.push(...unreadable(registry, problems));
    for (const { name, description, versions } of entries.filter((entry) => isAbout(entry, word)).toSorted(byName)) {
      const offered = newestFirst(versions.filter(({ yanked }) => !yanked)).map(({ version }) => version);
      const about = description === null ? null : sanitize(description);
      results.push({ name, registry, description: about, versions: offered });
    }
  }
  for (const { name, ageMs, isStale } of registryHealth(manifest, context.host, context.clock))
    if (isStale) diagnostics.push(stale(name, ageMs));
  return { schema_version: 1, command: "search", results, diagnostics };
}

function isAbout({ name, description }: RegistryEntry, word: string): boolean {
  const wanted = word.toLowerCase();
  return name.includes(wanted) || (description ?? "").toLowerCase().includes(wanted);
}

function byName(a: RegistryEntry, b: RegistryEntry): number {
  return a.name < b.name ? -1 : 1;
}

function unreadable(registry: string, problems: readonly EdenError[]): Diagnostic[] {
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => diagnosticOf(problem, "warning"));
  const left = problems.length - shown.length;
  if (left === 0) return shown;
  const message = `registry ${registry}: ${left} more entries cannot be read`;
  return [...shown, diagnosticOf(new EdenError("REGISTRY_INVALID", message), "warning")];
}

function stale(name: string, ageMs: number | null): Diagnostic {
  const since = ageMs === null ? "an unknown time" : `${Math.floor(ageMs / (24 * 3600 * 1000))} days`;
  const hint = "Run `eden-skills registry update`.";
  const error = new EdenError("REGISTRY_STALE", `the index of registry ${name} was not updated for ${since}`, { hint });
  return diagnosticOf(error, "warning");
}

function diagnosticOf({ code, message, facts }: EdenError, severity: "error" | "warning"): Diagnostic {
  const { stage = "resolve", hint = null } = facts;
  return { code, severity, stage, message: sanitize(message), hint };
}
