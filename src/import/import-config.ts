import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import { formatManifest, type NormalManifest } from "../manifest/edit/normal-manifest.js";
import { rebaseManifest } from "../manifest/edit/rebase.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { newManifest } from "../manifest/document/new-manifest.js";
import { currentHost } from "../system/host.js";
import { readBytesIfExists } from "../system/read-files.js";
import { interpretManifest } from "../workspace/load-manifest.js";
import { documentOf } from "./export-config.js";
import { manifestPlace, type ManifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import {
  takeOver,
  writeTakenOver,
  type Candidate,
  type IncomingRegistry,
  type SkippedEntry,
  SETTINGS_LEFT,
} from "./take-over.js";

/** What `config import --json` prints. */
export interface ConfigImportReport {
  schema_version: 1;
  command: "config import";
  manifest: string;
  dry_run: boolean;
  imported: string[];
  /** Names of the registries that were taken over. */
  registries: string[];
  /** Names of the other tables that a new manifest got: `storage`, `reactor` … */
  settings: string[];
  skipped: SkippedEntry[];
}

/**
 * Takes the skills and registries of another manifest into the one that the command finds, or makes; installs nothing.
 * @param from absolute path.
 * @throws EdenError `MANIFEST_NOT_FOUND`, and what is wrong with either of the two.
 */
export async function importConfig(
  options: RunOptions,
  from: string,
  { replace, dryRun }: { replace: boolean; dryRun: boolean },
): Promise<ConfigImportReport> {
  const host = options.host ?? currentHost();
  const bytes = readBytesIfExists(from);
  if (bytes === null) {
    throw new EdenError("MANIFEST_NOT_FOUND", `there is no manifest at ${from}`, {
      hint: "Name the file with --from.",
    });
  }
  const { manifest: source } = await interpretManifest(bytes, from, options);
  const found = await manifestPlace(options, host, false);
  const way = { cwd: dirname(from), home: host.home, manifestDirectory: found.manifest.directory };
  const { skills = [], registries = {}, ...rest } = rebaseManifest(documentOf(source), way);
  const settings = settingsOf(rest);
  const place = found.isNew ? await withSettings(found, source, settings, options) : found;
  const { manifest } = place;
  const candidates = skills.map((skill): Candidate => ({ id: skill.id ?? skill.name ?? "", skill }));
  const incoming = Object.entries(registries).flatMap(([name, table]): IncomingRegistry[] => {
    const known = source.registries[name];
    return known === undefined ? [] : [{ name, table, settings: known }];
  });
  const taken = await takeOver(place, options, candidates, { registries: incoming, replace });
  if (!dryRun) await writeTakenOver(place, taken);
  const { imported, registries: names } = taken;
  const skipped = [...taken.skipped, ...(found.isNew ? [] : leftSettings(place, settings))];
  const tables = found.isNew ? Object.keys(settings) : [];
  const about = { manifest: manifest.path, dry_run: dryRun, imported, registries: names, settings: tables, skipped };
  return { schema_version: 1, command: "config import", ...about };
}

/** What a manifest says besides its skills and registries, table by table. */
function settingsOf({ version: _version, scope: _scope, ...tables }: NormalManifest): TomlTable {
  return tables;
}

/**
 * A manifest that is made for the import says what the other one says, its settings included. One that `--config` names gets its scope, too;
 * the user's own is global.
 */
async function withSettings(
  place: ManifestPlace,
  { scope }: Manifest,
  settings: TomlTable,
  options: RunOptions,
): Promise<ManifestPlace> {
  const begun = newManifest(options.config === undefined ? place.manifest.scope : scope);
  const text = Object.keys(settings).length === 0 ? begun : `${begun}\n${formatManifest(settings)}`;
  const { manifest } = await interpretManifest(Buffer.from(text), place.manifest.path, options);
  return { ...place, text, manifest };
}

/** Settings of the other manifest that one that is there does not have: its own stay, since they were chosen for this place. */
function leftSettings({ manifest }: ManifestPlace, settings: TomlTable): SkippedEntry[] {
  const own = settingsOf(documentOf(manifest));
  return Object.keys(settings)
    .filter((name) => !isDeepStrictEqual(own[name], settings[name]))
    .map((name) => ({ id: name, reason: `[${name}] of a manifest that is there stays as it is`, code: SETTINGS_LEFT }));
}
