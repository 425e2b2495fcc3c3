import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { rebaseManifest } from "../manifest/edit/rebase.js";
import type { Manifest } from "../manifest/manifest.js";
import { newManifest } from "../manifest/new-manifest.js";
import { currentHost } from "../system/host.js";
import { readBytesIfExists } from "../system/read-files.js";
import { interpretManifest } from "./load-manifest.js";
import { documentOf } from "./export-config.js";
import { manifestPlace, type ManifestPlace } from "./manifest-place.js";
import type { RunOptions } from "./options.js";
import { takeOver, writeTakenOver, type Candidate, type IncomingRegistry, type SkippedEntry } from "./take-over.js";

/** What `config import --json` prints. */
export interface ConfigImportReport {
  schema_version: 1;
  command: "config import";
  manifest: string;
  dry_run: boolean;
  imported: string[];
  /** Names of the registries that were taken over. */
  registries: string[];
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
  const place = withScope(await manifestPlace(options, host, false), source, options);
  const { manifest } = place;
  const way = { cwd: dirname(from), home: host.home, manifestDirectory: manifest.directory };
  const { skills = [], registries = {} } = rebaseManifest(documentOf(source), way);
  const candidates = skills.map((skill): Candidate => ({ id: skill.id ?? skill.name ?? "", skill }));
  const incoming = Object.entries(registries).flatMap(([name, table]): IncomingRegistry[] => {
    const settings = source.registries[name];
    return settings === undefined ? [] : [{ name, table, settings }];
  });
  const taken = await takeOver(place, options, candidates, { registries: incoming, replace });
  if (!dryRun) await writeTakenOver(place, taken);
  const { imported, registries: names, skipped } = taken;
  const about = { manifest: manifest.path, dry_run: dryRun, imported, registries: names, skipped };
  return { schema_version: 1, command: "config import", ...about };
}

/** A manifest that `--config` has made begins with the scope of the one it is made from; the user's own is global. */
function withScope(place: ManifestPlace, { scope }: Manifest, { config }: RunOptions): ManifestPlace {
  if (!place.isNew || config === undefined || place.manifest.scope === scope) return place;
  return { ...place, text: newManifest(scope), manifest: { ...place.manifest, scope } };
}
