import { isDeepStrictEqual } from "node:util";
import { EdenError, sanitize } from "../errors.js";
import {
  compactManifest,
  sharedSources,
  type SharedSource,
  type SourceContent,
} from "../manifest/compact/compact-manifest.js";
import type { KnownMember, Manifest, ManifestCollection, ManifestSkill } from "../manifest/document/manifest.js";
import { cannotEdit } from "../manifest/edit/edit-skills.js";
import type { RunOptions } from "../run/options.js";
import { inRun, type RunContext } from "../run/run-context.js";
import { discoverMembers, type WantedCollection } from "../source/discover-members.js";
import { editManifest, interpretEdited, textOf } from "../workspace/edit-manifest.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { pinsOf } from "../workspace/pins.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { withMembers, type FoundMembers } from "../workspace/with-members.js";

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
  const sources = sharedSources(text);
  const found = await inRun({ command: "config compact", manifest, options }, async (context) => {
    return await lookAtSources(context, manifest, sources);
  });
  const contentOf = (source: SharedSource) => {
    const content = found.get(keyOf(source));
    return content === undefined || content instanceof EdenError ? null : content;
  };
  const compact = async (before: string, { path, skills }: Manifest): Promise<string> => {
    const after = compactManifest(before, contentOf);
    const { manifest: changed } = await interpretEdited(after, path, options);
    const expanded = await withMembers(changed, membersFound(changed, contentOf), false);
    if (!isDeepStrictEqual(expanded.manifest.skills.map(comparable).toSorted(), skills.map(comparable).toSorted()))
      throw cannotEdit();
    return after;
  };
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
      const content = found.get(keyOf(source));
      return content instanceof EdenError ? [{ repo: source.repo, reason: sanitize(content.message) }] : [];
    }),
    toml: after,
  };
}

/** What the sources have in the commit that most of their skills are pinned to. */
async function lookAtSources(
  context: RunContext,
  manifest: Manifest,
  sources: readonly SharedSource[],
): Promise<Map<string, SourceContent | EdenError>> {
  const pins = pinsOf(manifest, readLockfile(manifest, context.host.home).lockfile);
  const wanted = sources.flatMap((source, index): WantedCollection[] => {
    const skills = manifest.skills.filter(({ id }) => source.ids.includes(id));
    const from = skills[0]?.source;
    if (from === undefined || from.kind === "registry") return [];
    const commits = skills.flatMap(({ id }) => pins.get(id)?.commit ?? []);
    return [{ collection: everythingOf(from, index), commit: mostFrequent(commits) }];
  });
  const found = await discoverMembers(context, manifest, wanted);
  return new Map(
    wanted.flatMap(({ collection: { index }, commit }): [string, SourceContent | EdenError][] => {
      const [source, result] = [sources[index], found.get(index)];
      if (source === undefined || result === undefined) return [];
      if (result instanceof EdenError) return [[keyOf(source), result]];
      const isPinned = source.ids.every((id) => (pins.get(id)?.commit ?? null) === commit);
      const skills = result.members.map(({ id, subpath }) => ({ id, path: subpath }));
      return [[keyOf(source), { skills, isPinned }]];
    }),
  );
}

/** A collection of all skills of a source. */
function everythingOf(source: ManifestCollection["source"], index: number): ManifestCollection {
  return {
    key: source.repo,
    index,
    source: { ...source, subpath: "." },
    include: [],
    exclude: [],
    prefix: "",
    enabled: true,
    isComplete: false,
    wants: () => true,
    names: () => false,
    unmatched: () => [],
  };
}

/** The members of collections that were found in their sources. */
function membersFound(
  { collections, skills }: Manifest,
  contentOf: (source: SharedSource) => SourceContent | null,
): FoundMembers {
  const members = collections.flatMap((collection): KnownMember[] => {
    const { repo, ref } = collection.source;
    const known = skills.filter((skill) => skill.collection?.index === collection.index);
    const found = [false, true].flatMap(
      (allowInsecure) => contentOf({ repo, ref, allowInsecure, ids: [] })?.skills ?? [],
    );
    const added = found.filter(({ id, path }) => collection.wants({ name: id, path }));
    return [
      ...known.map(({ id, source }) => ({ collection, id, subpath: "subpath" in source ? source.subpath : "." })),
      ...added
        .filter(({ id }) => !known.some((skill) => skill.id === id))
        .map(({ id, path }) => ({ collection, id, subpath: path })),
    ];
  });
  return { members, complete: new Set() };
}

/** A skill without its position, as a text. */
function comparable({ index: _index, collection: _collection, targets, source, ...skill }: ManifestSkill): string {
  const sorted = targets.map((target) => JSON.stringify({ ...target, agents: target.agents.toSorted() })).toSorted();
  return JSON.stringify({ ...skill, source, targets: sorted });
}

function keyOf({ repo, ref, allowInsecure }: Omit<SharedSource, "ids">): string {
  return JSON.stringify([repo, ref, allowInsecure]);
}

function mostFrequent(words: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function linesOf(text: string): number {
  return text === "" ? 0 : text.trimEnd().split("\n").length;
}
