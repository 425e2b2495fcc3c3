import type { OutdatedSkill } from "./outdated-skill.js";
import type { SkillVersion } from "../run/events.js";
import { EdenError, sanitize } from "../errors.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill, SkillSource } from "../manifest/document/manifest.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { addedMessage, collectionChanges, droppedMessage, type CollectionChanges } from "./collection-changes.js";
import { lookUpstream, type Upstream } from "./look-upstream.js";
import { readLockfileFor } from "../workspace/read-lockfile.js";
import type { RunOptions } from "../run/options.js";
import { inRun, type RunContext } from "../run/run-context.js";
import { pinsOf } from "../workspace/pins.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import { resolveRegistrySkills, type ResolvedManifest } from "../registry/registry-skills.js";
import { developmentsOf } from "../store/developments.js";
import { developmentMessage } from "../workspace/development.js";
import { asEdenError } from "../reactor/task-failure.js";
import { deniedSkills } from "../policy/require-allowed.js";
import { knownCommit } from "../sync/resolve-commits.js";
import { select } from "../workspace/select.js";

/** The document of `outdated --json`. */
export interface OutdatedReport {
  schema_version: 1;
  command: "outdated";
  count: number;
  skills: OutdatedSkill[];
  /** The team's policy file, if it is in a repository. */
  policy?: {
    /** `extends` of the manifest. */
    source: string;
    status: "current" | "outdated" | "unreachable";
    /** Commits; null if unknown. */
    current: string | null;
    latest: string | null;
    message: string | null;
  };
}

/**
 * Asks every repository once for the refs of its skills, compares the contents, and changes only
 * mirrors. Skills of a directory of the user are left out, since they have no commit,
 * unless a collection gets or loses them.
 * @throws EdenError as `loadManifest`; `UNKNOWN_SKILL`. An unreachable repository is in the report.
 */
export async function outdated(options: RunOptions): Promise<OutdatedReport> {
  const { manifest } = await loadManifest(options);
  // Pins are to be moved, so registries are asked for all their skills.
  const start = { command: "outdated", manifest, options: { ...options, update: true } };
  return await inRun(start, async (context) => await compare(context, manifest));
}

async function compare(context: RunContext, manifest: Manifest): Promise<OutdatedReport> {
  const { host, settings } = context;
  const policy = await policyRow(context, manifest);
  const { lockfile } = readLockfileFor(settings, manifest, host.home);
  const locked = await lockedRegistrySkills(manifest, lockfile, host.home);
  const pins = pinsOf(withoutInstalled(locked), lockfile);
  const ids = new Set(select(manifest, settings).map(({ id }) => id));
  const asked = await askRegistries(context, manifest, lockfile, ids);
  const skills = asked.manifest.skills.filter(
    ({ id, enabled, source }) => enabled && ids.has(id) && source.kind !== "directory",
  );
  const denied = await deniedSkills(asked.manifest, skills);
  const asking = skills
    .filter(({ id }) => !denied.has(id))
    .filter((skill) => skill.source.kind === "repository" && !isSettled(skill, pins.get(skill.id)));
  const upstream = await lookUpstream(context, manifest, asking, pins);
  const versions = new Map(locked.skills.map((skill) => [skill.id, versionOf(skill)]));
  const isAll = settings.ids.length === 0 && !settings.offline;
  const { changes, failures } = isAll
    ? await collectionChanges(context, asked.manifest, pins, upstream)
    : { changes: [], failures: new Map<string, EdenError>() };
  const dropped = new Map(changes.flatMap((change) => change.removed.map((id) => [id, change] as const)));
  const development = developmentsOf(manifest);
  const rows = skills.map((skill) => {
    const developed = development.get(skill.id);
    const failure = denied.get(skill.id) ?? asked.unresolved.get(skill.id);
    const found = upstream.get(skill.id) ?? { answer: failure ?? null, now: null };
    const row = rowOf(skill, pins.get(skill.id), found);
    const change = dropped.get(skill.id);
    const gone = change === undefined ? {} : removedRow(change);
    const version = {
      current_version: versions.get(skill.id) ?? pins.get(skill.id)?.archive?.version ?? null,
      latest_version: versionOf(skill) ?? latestOf(found),
    };
    const note = developed === undefined ? {} : { message: row.message ?? developmentMessage(developed) };
    return {
      ...row,
      ...note,
      ...gone,
      ...version,
      ...(skill.collection !== undefined && { collection: skill.collection.key }),
    };
  });
  const listed = new Set(rows.map(({ id }) => id));
  const unlisted = changes.flatMap(changedRows).filter(({ id }) => !listed.has(id));
  const here = manifest.skills.filter(({ id }) => ids.has(id));
  const { outdatedSites } = await import("./outdated-sites.js");
  const sites = await outdatedSites(context, manifest, here, lockfile);
  const all = [...rows, ...sites, ...unlisted, ...[...failures].map(unreachableRow)];
  const about = { schema_version: 1, command: "outdated", count: all.length, skills: all } as const;
  return { ...about, ...(policy !== null && { policy }) };
}

async function policyRow(context: RunContext, manifest: Manifest): Promise<Required<OutdatedReport>["policy"] | null> {
  const { team } = manifest.policy;
  if (team?.repository == null) return null;
  const { completePolicy, currentTeamFile } = await import("../policy/team-file.js");
  await completePolicy(context, manifest, { moves: false });
  const { source, locked, pin } = manifest.policy.team ?? team;
  const current = locked?.commit ?? null;
  try {
    const now = context.settings.offline ? pin : await currentTeamFile(context, manifest);
    const isCurrent = now?.commit === current || now?.sha256 === locked?.sha256;
    return { source, status: isCurrent ? "current" : "outdated", current, latest: now?.commit ?? null, message: null };
  } catch (error) {
    const message = sanitize(asEdenError(error).message);
    return { source, status: "unreachable", current, latest: null, message };
  }
}

function removedRow({ collection, commit }: CollectionChanges) {
  return { status: "removed", latest: commit, message: droppedMessage(collection.key) } as const;
}

/** The rows of the skills that a collection would get and lose. */
function changedRows(change: CollectionChanges): OutdatedSkill[] {
  const { collection, commit, added, removed } = change;
  const { key, source } = collection;
  const about = { ref: source.ref, current: null, latest: commit, current_version: null, latest_version: null };
  const newRow = (id: string) =>
    ({ id, ...about, status: "added", message: addedMessage(key), collection: key }) as const;
  return [...added.map(newRow), ...removed.map((id) => ({ ...newRow(id), ...removedRow(change) }))];
}

/** A collection without members that cannot be looked at: it has no skill that could say so. */
function unreachableRow([key, error]: readonly [string, EdenError]): OutdatedSkill {
  const about = { ref: null, current: null, latest: null, current_version: null, latest_version: null };
  return { id: key, ...about, ...unreachable(error, key), collection: key };
}

/** An installed package moves like a ref: its pin is that of another version. */
function withoutInstalled(manifest: Manifest): Manifest {
  const skills = manifest.skills.map((skill): ManifestSkill => {
    if (skill.source.kind !== "repository") return skill;
    const { installed: _installed, ...source } = skill.source;
    return { ...skill, source };
  });
  return { ...manifest, skills };
}

/** Looks up the current versions of registries' skills; unknown if an index cannot be fetched. */
async function askRegistries(
  context: RunContext,
  manifest: Manifest,
  lockfile: Lockfile,
  ids: ReadonlySet<string>,
): Promise<ResolvedManifest> {
  if (!context.settings.offline)
    return await resolveRegistrySkills(context, manifest, lockfile, { ids, refresh: "all or fail" });
  const asked = manifest.skills.filter(({ source }) => source.kind === "registry");
  const miss = new EdenError("OFFLINE_MISS", "--offline does not allow to ask its registry", { stage: "resolve" });
  return { manifest, unresolved: new Map(asked.map(({ id }) => [id, miss])) };
}

function versionOf({ source }: ManifestSkill): string | null {
  return (source.kind === "repository" && source.release?.version) || null;
}

/** The version of an archive. */
function latestOf({ answer }: Upstream): string | null {
  return answer === null || answer instanceof EdenError ? null : (answer.archive?.version ?? null);
}

/** The upstream commit is known without a request: a commit does not move. */
function isSettled({ source }: ManifestSkill, pin: SkillVersion | undefined): boolean {
  const commit = source.kind === "repository" ? knownCommit({ pin: null, source }) : null;
  return commit !== null && (pin === undefined || pin.commit === commit);
}

type Row = Omit<OutdatedSkill, "current_version" | "latest_version" | "collection">;

function rowOf({ id, source }: ManifestSkill, pin: SkillVersion | undefined, { answer, now }: Upstream): Row {
  const ref = source.kind === "repository" ? source.ref : null;
  const current = pin?.commit ?? null;
  if (answer instanceof EdenError)
    return { id, ref, current, latest: null, ...unreachable(answer, source.kind === "registry" ? "" : source.repo) };
  // A registry's skill moves within its range, whatever the kind of its ref.
  const release = source.kind === "repository" ? source.release : undefined;
  const latest = release?.commit ?? answer?.commit ?? ref;
  const about = { id, ref, current, latest };
  if (pin === undefined) return { ...about, status: "missing", message: "it was never synced" };
  const isTag = release === undefined && answer?.tag === true;
  if (current === latest || (now !== null && "tree" in now && now.tree === pin.tree)) {
    const isFixed = isTag || (release === undefined && answer === null);
    return { ...about, status: isFixed ? "pinned" : "current", message: null };
  }
  if (now !== null && "removed" in now) return { ...about, status: "removed", message: removedMessage(source, latest) };
  const unknown =
    now !== null && "error" in now ? `which files changed is not known: ${sanitize(now.error.message)}` : null;
  const message = isTag ? "the tag was moved; update keeps its pin, unless forced" : unknown;
  return { ...about, status: "outdated", message };
}

function unreachable(error: EdenError, repo: string) {
  const failure = { code: error.code, hint: error.facts.hint ?? null, repo: sanitize(repo) };
  return { status: "unreachable", message: sanitize(error.message), failure } as const;
}

/** The note for a skill that was removed upstream. */
export function removedMessage(source: SkillSource, commit: string | null): string {
  const what = source.kind === "repository" && source.subpath !== "." ? sanitize(source.subpath) : "the skill";
  return `upstream removed it: ${what} is not in ${commit?.slice(0, 12) ?? "its ref"} any more`;
}
