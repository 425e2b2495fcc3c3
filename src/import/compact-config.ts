import { EdenError, sanitize } from "../errors.js";
import { EVERYTHING, sharedSources } from "../manifest/compact/compact-manifest.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RunOptions } from "../run/options.js";
import { inRun } from "../run/run-context.js";
import { editManifest, textOf } from "../workspace/edit-manifest.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { compactChecked, keyOfShared, lookAtSources } from "./compact-checked.js";

/** The document of `config compact --json`. */
export interface CompactReport {
  schema_version: 1;
  command: "config compact";
  manifest: string;
  dry_run: boolean;
  changed: boolean;
  /** Lines of the manifest. */
  lines: { before: number; after: number };
  /** Sources whose skills stay entries of their own, since the source could not be read. */
  skipped: { repo: string; reason: string }[];
  toml: string;
}

/**
 * Rewrites a manifest in its short form, with the same skills. Reads the pinned commits of sources
 * with several skills; the lockfile stays as it is.
 * @throws EdenError as `loadManifest`; `INVALID_TOML` for a manifest that cannot be edited.
 */
export async function compactConfig(options: RunOptions, { dryRun }: { dryRun: boolean }): Promise<CompactReport> {
  const { manifest } = await loadManifest(options);
  const { text } = textOf(manifest.path);
  const sources = sharedSources(text, EVERYTHING);
  const found = await inRun({ command: "config compact", manifest, options }, async (context) => {
    return await lookAtSources(context, manifest, sources);
  });
  const compact = async (before: string, current: Manifest) =>
    await compactChecked(options, { text: before, manifest: current, found, scope: EVERYTHING });
  let after = text;
  if (dryRun) after = await compact(text, manifest);
  else await editManifest(options, async (now, current) => (after = await compact(now, current)));
  return {
    schema_version: 1,
    command: "config compact",
    manifest: manifest.path,
    dry_run: dryRun,
    changed: after !== text,
    lines: { before: linesOf(text), after: linesOf(after) },
    skipped: sources.flatMap((source) => {
      const content = found.get(keyOfShared(source));
      return content instanceof EdenError ? [{ repo: source.repo, reason: sanitize(content.message) }] : [];
    }),
    toml: after,
  };
}

function linesOf(text: string): number {
  return text === "" ? 0 : text.trimEnd().split("\n").length;
}
