import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { skillTable } from "../manifest/edit/skill-draft.js";
import type { ForeignFile, ForeignPin } from "../manifest/foreign/foreign-skill.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { currentHost, type Host } from "../system/host.js";
import type { AdoptedTarget } from "./adopt.js";
import { areShared, chosenTargets, type ChosenTargets } from "../edit/chosen-targets.js";
import { sharedSources } from "../manifest/compact/compact-manifest.js";
import { compactChecked, lookAtSources } from "./compact-checked.js";
import { findForeign } from "./find-foreign.js";
import { locateForeign } from "./locate-foreign.js";
import { manifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import { inRun } from "../run/run-context.js";
import { requireApart } from "../workspace/require-apart.js";
import { select } from "../workspace/select.js";
import { lockPins, pinImported, type PinnedSkills } from "./pin-imported.js";
import { mergeIntoManifest, writeMerged, type MergedManifest } from "./merge-into-manifest.js";
import { idsAlreadyThere, type SkippedEntry } from "./skipped-entry.js";

/** The request of `import`. */
export interface ImportRequest {
  /** As typed; null: the first file that is found. */
  file: string | null;
  /**
   * From the command line; if empty, the agents that the file names, else those installed on this
   * machine.
   */
  targets: readonly string[];
  copy: boolean;
  /** Use `./skills.toml`, even if it does not exist. */
  project: boolean;
  dryRun: boolean;
  /** Targets that already have exactly these skills become ours. */
  adopt: boolean;
}

/** The document of `import --json`. */
export interface ImportReport {
  schema_version: 1;
  command: "import";
  manifest: string;
  /** The file that was read, and its kind. */
  file: string;
  format: string;
  dry_run: boolean;
  imported: string[];
  skipped: SkippedEntry[];
  /**
   * The target directories of the agents found here, each with the agents that read it; only shared
   * directories.
   */
  directories?: { path: string; agents: string[] }[];
  /** Skills that the lockfile pins to the commit that the other tool has installed; absent if it keeps none. */
  pinned?: { skill_id: string; commit: string }[];
  /** Imported skills for which that commit was not found. */
  unpinned?: SkippedEntry[];
  /** Installed copies that differ from that commit; with `adopt` they are in `skipped`. */
  edited?: { skill_id: string; path: string }[];
  /** Only with `adopt`. */
  adopted?: AdoptedTarget[];
}

/**
 * Imports the skills of another tool's file into the manifest that the command finds or creates;
 * installs nothing.
 * @throws EdenError for an unreadable file, if there is no target, and as `loadManifest`. Faults of
 *   one entry are in `skipped`.
 */
export async function importForeign(options: RunOptions, request: ImportRequest): Promise<ImportReport> {
  const host = options.host ?? currentHost();
  const { path, file } = await findForeign(request.file, host);
  const place = await manifestPlace(options, request.project);
  const { manifest } = place;
  const { targets, directories } =
    file.skills.length === 0 ? { targets: [], directories: [] } : targetsOf(request.targets, file, manifest, host);
  const there = { ...options, host: { ...host, cwd: dirname(path) } };
  const { drafts, skipped, pins } = await inRun({ command: "import", manifest, options: there }, async (context) => {
    return await locateForeign(context, manifest, file.skills, { ...request, targets });
  });
  const candidates = drafts.map((draft) => ({ id: draft.id, skill: skillTable(draft) }));
  const separate = await mergeIntoManifest(place, options, { skills: candidates });
  const wanted = new Map([...pins].filter(([id]) => separate.imported.includes(id)));
  // Members of a collection are known only after the next apply: what is adopted or pinned now stays an entry.
  const isSeparate = request.adopt || wanted.size > 0;
  const merged = isSeparate ? separate : await withCollections(options, separate);
  if (request.adopt) requireAdoptable(merged);
  const write = async (before?: () => Promise<void>) => {
    if (!request.dryRun) await writeMerged(place, merged, before);
  };
  const pinned = wanted.size === 0 ? null : await writePinned({ options, merged, pins: wanted, write });
  if (pinned === null) await write();
  return {
    schema_version: 1,
    command: "import",
    manifest: manifest.path,
    file: path,
    format: file.format,
    dry_run: request.dryRun,
    imported: merged.imported,
    skipped: [...file.skipped, ...skipped, ...merged.skipped],
    ...(pinned !== null && pinsReported(pinned, request)),
    ...(areShared(directories) && {
      directories: directories.map((directory) => ({ path: directory.path, agents: directory.readers })),
    }),
  };
}

/** Looks up the pins, then writes lockfile and manifest: without the manifest, the lockfile is harmless. */
async function writePinned({
  options,
  merged: { manifest },
  pins,
  write,
}: {
  options: RunOptions;
  merged: MergedManifest;
  pins: ReadonlyMap<string, ForeignPin>;
  write(before: () => Promise<void>): Promise<void>;
}): Promise<PinnedSkills> {
  return await inRun({ command: "warm", manifest, options }, async (context) => {
    const pinned = await pinImported(context, manifest, pins);
    await write(async () => await lockPins(context, manifest, pinned));
    return pinned;
  });
}

function pinsReported(
  { versions, unpinned, edited }: PinnedSkills,
  { adopt, dryRun }: ImportRequest,
): Pick<ImportReport, "pinned" | "unpinned" | "edited"> {
  const pinned = [...versions].map(([id, { commit }]) => ({ skill_id: id, commit }));
  return { pinned, unpinned, edited: adopt && !dryRun ? [] : edited };
}

/**
 * Two imported skills of one source stay entries of their own: the members of a collection are known
 * only after the next apply.
 */
const LEAST_MEMBERS = 3;

/** Imported skills of one source become a collection, if the source can be read. */
async function withCollections(options: RunOptions, merged: MergedManifest): Promise<MergedManifest> {
  const { text, manifest, imported } = merged;
  const scope = { ids: new Set(imported), least: LEAST_MEMBERS };
  const sources = sharedSources(text, scope);
  if (sources.length === 0) return merged;
  const found = await inRun({ command: "import", manifest, options }, async (context) => {
    return await lookAtSources(context, manifest, sources);
  });
  return { ...merged, text: await compactChecked(options, { text, manifest, found, scope }) };
}

/**
 * A target that overlaps a source is not a copy that can be adopted.
 * @throws EdenError `TARGET_IS_SOURCE`, before anything is written.
 */
function requireAdoptable({ manifest, imported, skipped }: MergedManifest): void {
  const [refused] = skipped.filter(({ code }) => code === "TARGET_IS_SOURCE");
  if (refused !== undefined) throw new EdenError("TARGET_IS_SOURCE", refused.reason);
  requireApart(manifest.skills, select(manifest, { ids: [...imported, ...idsAlreadyThere(skipped)] }));
}

function targetsOf(typed: readonly string[], file: ForeignFile, manifest: Manifest, host: Host): ChosenTargets {
  const agents = file.agents.filter((id) => manifest.agents.has(id));
  if (typed.length > 0 || agents.length === 0) return chosenTargets(typed, manifest, host);
  return { targets: agents.map((agent) => ({ agent, environment: { kind: "local" } })), directories: [] };
}
