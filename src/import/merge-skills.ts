import { requireUnchanged } from "../workspace/require-unchanged.js";
import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import { appendRegistries } from "../manifest/edit/append-registries.js";
import { appendSkills, removeSkill } from "../manifest/edit/edit-skills.js";
import {
  formatManifest,
  normalManifest,
  type NormalRegistry,
  type NormalSkill,
} from "../manifest/edit/normal-manifest.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import type { Manifest, ManifestSkill, RegistrySettings } from "../manifest/document/manifest.js";
import { parseToml } from "../manifest/format/parse-toml.js";
import { systemClock } from "../system/clock.js";
import { writeThroughLinks } from "../system/write-through.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import type { RunOptions } from "../run/options.js";
import { requireApart } from "../workspace/require-apart.js";

/** A skill to import, in the form of the manifest. */
export interface Candidate {
  id: string;
  skill: TomlTable;
}

/** The code for settings that an existing manifest keeps. */
export const SETTINGS_LEFT = "SETTINGS_LEFT";

/**
 * An item that was not imported. `ALREADY_THERE` and `SETTINGS_LEFT` do not affect the exit code;
 * any other code is the reason.
 */
export interface SkippedEntry {
  id: string;
  reason: string;
  code: string;
}

/** A registry to import. */
export interface IncomingRegistry {
  name: string;
  table: NormalRegistry;
  settings: RegistrySettings;
}

/** A manifest's text with the imported skills. */
export interface MergedManifest {
  text: string;
  manifest: Manifest;
  imported: string[];
  registries: string[];
  skipped: SkippedEntry[];
}

type Options = Pick<RunOptions, "strict" | "host">;

/**
 * Adds skills to a manifest's text, each separately: an existing or impossible one is skipped and
 * the rest is imported.
 * @param replace the manifest's skills become the candidates, and an impossible one is an error.
 * @throws EdenError if the manifest cannot be edited; with `replace`, the problems it would have.
 */
export async function mergeSkills(
  place: ManifestPlace,
  options: Options,
  candidates: readonly Candidate[],
  { registries = [], replace = false }: { registries?: readonly IncomingRegistry[]; replace?: boolean } = {},
): Promise<MergedManifest> {
  const { manifest } = place;
  const skipped: SkippedEntry[] = [];
  const fresh = newRegistries(manifest, registries, skipped);
  const document = normalOf(place.text);
  const withRegistries = appendRegistries(place.text, new Map(fresh.map(({ name, table }) => [name, table])));
  const refused = new Set(skipped.map(({ id }) => id.slice("registries.".length)));
  const { skills: there = [], ...settings } = document;
  const around = { ...settings, registries: { ...settings.registries, ...tablesOf(fresh) } };
  const head = formatManifest(around.registries === undefined ? settings : around);
  const possible = candidates.filter((one) => !asksRefused(one, refused, skipped));
  const read = await withoutBad(head, place, options, possible, { base: 0, skipped, replace });
  const wanted = read.kept.filter(({ id }, index) => {
    const [known, mine] = [manifest.skills.find((skill) => skill.id === id), read.manifest.skills[index]];
    if (known === undefined || mine === undefined) return true;
    if (replace) {
      const isSame = isDeepStrictEqual(plain(there[known.index]), plain(possible.find((one) => one.id === id)?.skill));
      if (isSame) skipped.push(alreadyThere(id));
      return !isSame;
    }
    skipped.push(clash(known, mine));
    return false;
  });
  const stays = (id: string) => !replace || skipped.some((one) => one.id === id);
  let text = withRegistries;
  for (const { id, index } of manifest.skills.toReversed()) if (!stays(id)) text = await removeSkill(text, index);
  const base = manifest.skills.filter(({ id }) => stays(id)).length;
  const written = await withoutBad(text, place, options, wanted, { base, skipped, replace });
  return {
    text: written.text,
    manifest: written.manifest,
    imported: written.kept.map(({ id }) => id),
    registries: fresh.map(({ name }) => name),
    skipped,
  };
}

/** Writes it. @throws EdenError `MANIFEST_CHANGED` if the manifest was changed in the meantime. */
export async function writeMerged(place: ManifestPlace, { text }: MergedManifest): Promise<void> {
  if (text === place.text) return;
  await withManifestLock(place.manifest, { clock: systemClock }, () => {
    requireUnchanged(place);
    writeThroughLinks(place.manifest.path, `${place.mark}${text}`);
  });
}

/** The text with all possible candidates; the others are skipped with their problems. */
async function withoutBad(
  text: string,
  place: ManifestPlace,
  options: Options,
  candidates: readonly Candidate[],
  { base, skipped, replace }: { base: number; skipped: SkippedEntry[]; replace: boolean },
): Promise<{ text: string; manifest: Manifest; kept: Candidate[] }> {
  let kept = [...candidates];
  for (;;) {
    const longer = await appendSkills(
      text,
      kept.map(({ skill }) => skill),
    );
    try {
      const { manifest } = await interpretEdited(`${place.mark}${longer}`, place.manifest.path, options);
      requireApart(manifest.skills, manifest.skills.slice(base));
      return { text: longer, manifest, kept };
    } catch (error) {
      if (!(error instanceof EdenError) || replace) throw error;
      const problems = new Map<Candidate, SkippedEntry>();
      for (const { path, message, code } of error.facts.problems ?? []) {
        const candidate = kept[Number(/^skills\[(\d+)\]/u.exec(path)?.[1] ?? -1) - base];
        if (candidate !== undefined && !problems.has(candidate))
          problems.set(candidate, { id: candidate.id, reason: message, code });
      }
      if (problems.size === 0) throw error;
      skipped.push(...problems.values());
      kept = kept.filter((one) => !problems.has(one));
    }
  }
}

function newRegistries(
  manifest: Manifest,
  registries: readonly IncomingRegistry[],
  skipped: SkippedEntry[],
): IncomingRegistry[] {
  return registries.filter(({ name, settings }) => {
    const known = manifest.registries[name];
    if (known !== undefined && known.source.key !== settings.source.key) {
      const reason = "another registry of that name is there";
      skipped.push({ id: `registries.${name}`, reason, code: "DUPLICATE_REGISTRY" });
    }
    return known === undefined;
  });
}

function tablesOf(registries: readonly IncomingRegistry[]): Record<string, NormalRegistry> {
  return Object.fromEntries(registries.map(({ name, table }) => [name, table]));
}

function asksRefused({ id, skill }: Candidate, refused: ReadonlySet<string>, skipped: SkippedEntry[]): boolean {
  const { registry } = skill;
  if (typeof registry !== "string" || !refused.has(registry)) return false;
  skipped.push({ id, reason: `its registry ${registry} is another one here`, code: "DUPLICATE_REGISTRY" });
  return true;
}

/** Why a skill with an existing id is not imported. */
function clash({ id, source }: ManifestSkill, { source: other }: ManifestSkill): SkippedEntry {
  const another = { id, reason: "another skill of that id is there", code: "DUPLICATE_SKILL_ID" };
  if (source.kind === "registry" || other.kind === "registry") {
    return isDeepStrictEqual(source, other) ? alreadyThere(id) : another;
  }
  const place = (one: typeof source) => (one.kind === "directory" ? one.path : one.key);
  if (source.kind !== other.kind || place(source) !== place(other) || source.subpath !== other.subpath) return another;
  if (source.ref === other.ref) return alreadyThere(id);
  return { ...another, reason: `it is there with another ref, ${source.ref ?? "the default branch"}` };
}

function alreadyThere(id: string): SkippedEntry {
  return { id, reason: "it is there already", code: "ALREADY_THERE" };
}

function normalOf(text: string) {
  const toml = parseToml(text, Number.POSITIVE_INFINITY);
  if ("problem" in toml) throw new EdenError("INVALID_TOML", toml.problem.message);
  return normalManifest(toml.document);
}

/** Without keys that are undefined. */
function plain(value: NormalSkill | TomlTable | undefined): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
