import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { appendTables } from "../manifest/edit/append-tables.js";
import { removeSkill } from "../manifest/edit/edit-skills.js";
import {
  formatManifest,
  normalManifest,
  type NormalCollection,
  type NormalManifest,
} from "../manifest/edit/normal-manifest.js";
import { parseToml } from "../manifest/format/parse-toml.js";
import { knownAgents } from "../manifest/targets/agents.js";
import { systemClock } from "../system/clock.js";
import { writeThroughLinks } from "../system/write-through.js";
import type { RunOptions } from "../run/options.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { requireUnchanged } from "../workspace/require-unchanged.js";
import { appendAll, appendValid, type Appended, type AppendTo, type Candidate } from "./append-valid.js";
import { mergeCollections, validCollections } from "./merge-collections.js";
import { clashingRegistry, skillOfClashing, sortRegistries, type IncomingRegistry } from "./incoming-registries.js";
import { alreadyThere, clash, type SkippedEntry } from "./skipped-entry.js";

/** Agents of the other manifest, by id. */
type IncomingAgents = NonNullable<NormalManifest["agents"]>;

/** What is imported into a manifest. */
export interface Import {
  skills: readonly Candidate[];
  collections?: readonly NormalCollection[];
  registries?: readonly IncomingRegistry[];
  agents?: IncomingAgents;
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
  /** Ids of agents. */
  agents: string[];
  skipped: SkippedEntry[];
}

/**
 * Merges skills, collections, registries and agents into a manifest's text. Each is imported or skipped by itself:
 * skipped is what the manifest already has or cannot hold.
 * @throws EdenError when the manifest cannot be edited; with `replace`, every problem of the new
 *   manifest.
 */
export async function mergeIntoManifest(
  place: ManifestPlace,
  options: Pick<RunOptions, "strict" | "host">,
  { skills, collections = [], registries = [], agents = {}, replace = false }: Import,
): Promise<MergedManifest> {
  const { manifest } = place;
  const { skills: tables = [], collections: oldCollections = [], ...settings } = normalOf(place.text);
  const { fresh, clashing } = sortRegistries(manifest, registries);
  const added = { registries: tablesOf(fresh), agents: newAgents(settings, agents) };
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
  const head = headOf(settings, added);
  const alone = await append({ place, options, text: head, skills: 0 }, possible);
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
  let text = appendTables(place.text, "registries", added.registries);
  text = appendTables(text, "agents", added.agents);
  for (const skill of own.toReversed()) if (!stays.includes(skill)) text = await removeSkill(text, skill.index);
  const read = async (edited: string) => await interpretEdited(edited, manifest.path, options);
  const valid = replace ? collections : await validCollections(head, collections, read, skipped);
  const merged = await mergeCollections(text, oldCollections, valid, replace);
  text = merged.text;
  skipped.push(...merged.skipped);
  const written = await append({ place, options, text, skills: stays.length }, wanted);
  return {
    text: written.text,
    manifest: written.manifest,
    imported: written.kept.map(({ id }) => id),
    collections: merged.imported,
    registries: Object.keys(added.registries),
    agents: Object.keys(added.agents),
    skipped,
  };
}

/**
 * Writes the merged text.
 * @param before called with the manifest's lock held, before it is written.
 * @throws EdenError `MANIFEST_CHANGED` when the manifest changed since it was read; nothing is
 *   written then.
 */
export async function writeMerged(
  place: ManifestPlace,
  { text }: MergedManifest,
  before: () => Promise<void> = async () => {},
): Promise<void> {
  if (text === place.text) return;
  await withManifestLock(place.manifest, { clock: systemClock }, async () => {
    requireUnchanged(place);
    await before();
    writeThroughLinks(place.manifest.path, `${place.mark}${text}`);
  });
}

type AddedTables = Required<Pick<NormalManifest, "registries" | "agents">>;

function tablesOf(registries: readonly IncomingRegistry[]): AddedTables["registries"] {
  return Object.fromEntries(registries.map(({ name, table }) => [name, table]));
}

/**
 * The agents that the manifest does not have. Other directories of a known agent would move its own
 * skills, so they are not among them.
 */
function newAgents({ agents: own = {} }: NormalManifest, incoming: IncomingAgents): IncomingAgents {
  const isNew = ([id]: [string, unknown]) => !knownAgents.has(id) && !Object.hasOwn(own, id);
  return Object.fromEntries(Object.entries(incoming).filter(isNew));
}

/** The manifest without skills, with the new registries and agents. */
function headOf(settings: NormalManifest, { registries, agents }: AddedTables): string {
  return formatManifest({
    ...settings,
    registries: { ...settings.registries, ...registries },
    agents: { ...settings.agents, ...agents },
  });
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
