import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { appendRegistries } from "../manifest/edit/append-registries.js";
import { removeSkill } from "../manifest/edit/edit-skills.js";
import {
  formatManifest,
  normalManifest,
  type NormalCollection,
  type NormalManifest,
} from "../manifest/edit/normal-manifest.js";
import { parseToml } from "../manifest/format/parse-toml.js";
import { systemClock } from "../system/clock.js";
import { writeThroughLinks } from "../system/write-through.js";
import type { RunOptions } from "../run/options.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { requireUnchanged } from "../workspace/require-unchanged.js";
import { appendAll, appendValid, type Appended, type AppendTo, type Candidate } from "./append-valid.js";
import { mergeCollections } from "./merge-collections.js";
import { clashingRegistry, skillOfClashing, sortRegistries, type IncomingRegistry } from "./incoming-registries.js";
import { alreadyThere, clash, type SkippedEntry } from "./skipped-entry.js";

/** What is imported into a manifest. */
export interface Import {
  skills: readonly Candidate[];
  collections?: readonly NormalCollection[];
  registries?: readonly IncomingRegistry[];
  /** The manifest's skills become exactly these; one that is not valid is an error. */
  replace?: boolean;
}

/** A manifest's text after an import, and what was imported. */
export interface MergedManifest {
  text: string;
  manifest: Manifest;
  /** Ids of skills. */
  imported: string[];
  /** Collections, as the lockfile names them. */
  collections: string[];
  /** Names of registries. */
  registries: string[];
  skipped: SkippedEntry[];
}

/**
 * Merges skills and registries into a manifest's text. Each is imported or skipped by itself:
 * skipped is what the manifest already has or cannot hold.
 * @throws EdenError when the manifest cannot be edited; with `replace`, every problem of the new
 *   manifest.
 */
export async function mergeIntoManifest(
  place: ManifestPlace,
  options: Pick<RunOptions, "strict" | "host">,
  { skills, collections = [], registries = [], replace = false }: Import,
): Promise<MergedManifest> {
  const { manifest } = place;
  const { skills: tables = [], collections: oldCollections = [], ...settings } = normalOf(place.text);
  const { fresh, clashing } = sortRegistries(manifest, registries);
  const skipped = clashing.map(clashingRegistry);
  const possible = skills.filter((one) => {
    const refused = skillOfClashing(one, clashing);
    if (refused !== null) skipped.push(refused);
    return refused === null;
  });
  const append = async (to: AppendTo, candidates: readonly Candidate[]): Promise<Omit<Appended, "refused">> => {
    if (replace) return await appendAll(to, candidates);
    const { refused, ...appended } = await appendValid(to, candidates);
    skipped.push(...refused);
    return appended;
  };
  // The candidates alone, under the manifest's settings: what they say is then known as skills of a
  // manifest.
  const alone = await append({ place, options, text: headOf(settings, fresh), skills: 0 }, possible);
  const wanted = alone.kept.filter(({ id, skill }, index) => {
    const [known, incoming] = [manifest.skills.find((one) => one.id === id), alone.manifest.skills[index]];
    if (known === undefined || incoming === undefined) return true;
    if (!replace) skipped.push(clash(known, incoming));
    else if (isDeepStrictEqual(plain(tables[known.index]), plain(skill))) skipped.push(alreadyThere(id));
    else return true;
    return false;
  });
  const own = manifest.skills.filter(({ collection }) => collection === undefined);
  const stays = own.filter(({ id }) => !replace || skipped.some((one) => one.id === id));
  let text = appendRegistries(place.text, new Map(fresh.map(({ name, table }) => [name, table])));
  for (const skill of own.toReversed()) if (!stays.includes(skill)) text = await removeSkill(text, skill.index);
  const merged = await mergeCollections(text, oldCollections, collections, replace);
  text = merged.text;
  skipped.push(...merged.skipped);
  const written = await append({ place, options, text, skills: stays.length }, wanted);
  return {
    text: written.text,
    manifest: written.manifest,
    imported: written.kept.map(({ id }) => id),
    collections: merged.imported,
    registries: fresh.map(({ name }) => name),
    skipped,
  };
}

/**
 * Writes the merged text.
 * @throws EdenError `MANIFEST_CHANGED` when the manifest changed since it was read; nothing is
 *   written then.
 */
export async function writeMerged(place: ManifestPlace, { text }: MergedManifest): Promise<void> {
  if (text === place.text) return;
  await withManifestLock(place.manifest, { clock: systemClock }, () => {
    requireUnchanged(place);
    writeThroughLinks(place.manifest.path, `${place.mark}${text}`);
  });
}

/** The manifest without skills, with the new registries. */
function headOf(settings: NormalManifest, fresh: readonly IncomingRegistry[]): string {
  if (settings.registries === undefined && fresh.length === 0) return formatManifest(settings);
  const added = Object.fromEntries(fresh.map(({ name, table }) => [name, table]));
  return formatManifest({ ...settings, registries: { ...settings.registries, ...added } });
}

function normalOf(text: string): NormalManifest {
  const toml = parseToml(text, Number.POSITIVE_INFINITY);
  if ("problem" in toml) throw new EdenError(toml.problem.code, toml.problem.message);
  return normalManifest(toml.document);
}

/** The value without keys that are undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
