import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import {
  formatManifest,
  type NormalCollection,
  type NormalManifest,
  type NormalSkill,
  type NormalTarget,
} from "../manifest/edit/normal-manifest.js";
import { withoutDefaults } from "../manifest/edit/default-targets.js";
import { rebaseManifest } from "../manifest/edit/rebase.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import type { InstallMode, Manifest } from "../manifest/document/manifest.js";
import { newManifest } from "../manifest/document/new-manifest.js";
import { currentHost } from "../system/host.js";
import { readBytesIfExists } from "../system/read-files.js";
import { interpretManifest } from "../workspace/load-manifest.js";
import { documentOf } from "./export-config.js";
import { manifestPlace, type ManifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import type { Candidate } from "./append-valid.js";
import type { IncomingRegistry } from "./incoming-registries.js";
import { mergeIntoManifest, writeMerged } from "./merge-into-manifest.js";
import { SETTINGS_LEFT, type SkippedEntry } from "./skipped-entry.js";

/** The document of `config import --json`. */
export interface ConfigImportReport {
  schema_version: 1;
  command: "config import";
  manifest: string;
  dry_run: boolean;
  imported: string[];
  /** The imported collections, as the lockfile names them; absent if the other manifest has none. */
  collections?: string[];
  /** Names of the imported registries. */
  registries: string[];
  /** The other tables that are imported: `storage` …, all into a new manifest; `agents.ID` into any. */
  settings: string[];
  skipped: SkippedEntry[];
}

/**
 * Imports the skills, collections, registries and agents of another manifest into the one that the
 * command finds or creates; installs nothing.
 * @param from absolute path.
 * @throws EdenError `MANIFEST_NOT_FOUND`, and the problems of both manifests.
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
  const found = await manifestPlace(options, false);
  const rebase = { cwd: dirname(from), home: host.home, manifestDirectory: found.manifest.directory };
  const { skills = [], collections = [], registries = {}, ...rest } = rebaseManifest(documentOf(source), rebase);
  const settings = settingsOf(rest);
  const place = found.isNew ? await withSettings(found, source, settings, options) : found;
  const { manifest } = place;
  const { targets, mode } = { targets: rest.defaults?.targets, mode: source.defaults.mode };
  const usual = manifest.defaults.mode;
  const candidates = skills.map((skill): Candidate => ({
    id: skill.id ?? skill.name ?? "",
    skill: found.isNew ? skill : withDefaults(skill, { targets, mode }, usual),
  }));
  const there = found.isNew ? null : documentOf(manifest);
  const sources = collections.map((one) =>
    there === null ? one : collectionWithDefaults(one, { targets, mode }, there),
  );
  const incoming = Object.entries(registries).flatMap(([name, table]): IncomingRegistry[] => {
    const known = source.registries[name];
    return known === undefined ? [] : [{ name, table, settings: known }];
  });
  const merged = await mergeIntoManifest(place, options, {
    skills: candidates,
    collections: sources,
    registries: incoming,
    agents: rest.agents ?? {},
    replace,
  });
  if (!dryRun) await writeMerged(place, merged);
  const { imported, collections: keys, registries: names, agents } = merged;
  const skipped = [...merged.skipped, ...(found.isNew ? [] : leftSettings(place, settings, agents))];
  const tables = found.isNew ? Object.keys(settings) : agents.map((id) => `agents.${id}`);
  const about = {
    manifest: manifest.path,
    dry_run: dryRun,
    imported,
    ...(collections.length > 0 && { collections: keys }),
  };
  const details = { ...about, registries: names, settings: tables, skipped };
  return { schema_version: 1, command: "config import", ...details };
}

/** `[defaults]` of the other manifest, as written. */
interface Defaults {
  targets: readonly NormalTarget[] | undefined;
  mode: InstallMode;
}

/**
 * A skill with what it had from the defaults of its manifest, for a manifest with other defaults.
 * @param usual the default mode there.
 */
function withDefaults(skill: NormalSkill, defaults: Defaults, usual: InstallMode): NormalSkill {
  const { targets = defaults.targets, install, ...rest } = skill;
  const mode = install?.mode ?? defaults.mode;
  return {
    ...rest,
    ...(targets !== undefined && { targets }),
    ...(mode !== usual && { install: { ...install, mode } }),
  };
}

/**
 * The same for a collection.
 * @param there the other manifest; what equals its defaults is left out.
 */
function collectionWithDefaults(
  { mode, targets, ...collection }: NormalCollection,
  defaults: Defaults,
  there: NormalManifest,
): NormalCollection {
  const whole = { mode: mode ?? defaults.mode, targets: targets ?? defaults.targets };
  const own = withoutDefaults(whole, { defaults: { mode: "symlink", ...there.defaults } });
  return { ...collection, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

/** The settings of a manifest besides its skills and registries, by table. */
function settingsOf({ version: _version, scope: _scope, ...tables }: NormalManifest): TomlTable {
  return tables;
}

/**
 * A manifest that is created for the import gets the settings of the other one. One that `--config`
 * names gets its scope, too; the user's own manifest is global.
 */
async function withSettings(
  place: ManifestPlace,
  { scope }: Manifest,
  settings: TomlTable,
  options: RunOptions,
): Promise<ManifestPlace> {
  const begun = newManifest(options.manifest === undefined ? place.manifest.scope : scope);
  const text = Object.keys(settings).length === 0 ? begun : `${begun}\n${formatManifest(settings)}`;
  const { manifest } = await interpretManifest(Buffer.from(text), place.manifest.path, options);
  return { ...place, text, manifest };
}

/**
 * Settings of the other manifest that differ from those of an existing one, which keeps its own
 * because they were chosen for it.
 * @param brought ids of the agents that it gets.
 */
function leftSettings({ manifest }: ManifestPlace, settings: TomlTable, brought: readonly string[]): SkippedEntry[] {
  const own = settingsOf(documentOf(manifest));
  const isThere = ([id, agent]: [string, unknown]) =>
    brought.includes(id) || isDeepStrictEqual((own["agents"] as TomlTable | undefined)?.[id], agent);
  const isSame = (name: string) =>
    name === "agents"
      ? Object.entries(settings[name] as TomlTable).every(isThere)
      : isDeepStrictEqual(own[name], settings[name]);
  return Object.keys(settings)
    .filter((name) => !isSame(name))
    .map((name) => ({ id: name, reason: `an existing manifest keeps its own [${name}]`, code: SETTINGS_LEFT }));
}
