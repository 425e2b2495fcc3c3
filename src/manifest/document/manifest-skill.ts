import { markDroppedLinks } from "../targets/dropped-links.js";
import { createFindings, formatFieldPath, quote, type FieldPath, type Findings } from "../format/findings.js";
import type { DefaultsDocument } from "./defaults-schema.js";
import type { MachineGroups } from "./machine-groups.js";
import type { ManifestDocument } from "./manifest-schema.js";
import type { SkillDocument } from "./skill-schema.js";
import type { TargetDocument } from "./manifest.js";
import type { CollectionDocument } from "./collection-schema.js";
import type { InstallMode, KnownMember, ManifestSkill, VerifyCheck } from "./manifest.js";
import { readSkillSource, type SkillSourceContext } from "../source/skill-source.js";
import { readSkillTargets, type PlacedTarget, type TargetContext } from "../targets/skill-targets.js";
import { reportOutsideRoot } from "../targets/outside-root.js";
import { reportRetired } from "../targets/retired-agents.js";
import { reportConflicts } from "../targets/target-conflicts.js";

/** The context for reading skills. */
export type SkillContext = SkillSourceContext & TargetContext & { groups: MachineGroups };

/**
 * The skills of a manifest, in order, then the members of its collections; skills with a problem
 * are reported and may be left out.
 */
export function readSkills(
  document: ManifestDocument,
  members: readonly KnownMember[],
  context: SkillContext,
): ManifestSkill[] {
  const { findings } = context;
  readDefaultTargets(document.defaults, context);
  const own = document.skills.map((skill, index) =>
    readSkill(skill, { at: ["skills", index], index }, document, context),
  );
  reportDuplicates(document.skills, findings);
  const skills = [...own, ...readMembers(document, members, context)];
  const targets = new Map<string, PlacedTarget[]>();
  for (const { id, placed } of skills) if (!targets.has(id)) targets.set(id, placed);
  reportConflicts([...targets.values()].flat(), findings);
  reportRetired([...targets.values()].flat(), findings);
  if (context.root !== undefined) reportOutsideRoot([...targets.values()].flat(), findings);
  return markDroppedLinks(
    skills.flatMap(({ skill }) => skill ?? []),
    context,
  );
}

const DEFAULT_TARGETS: FieldPath = ["defaults", "targets"];
const MISSING_TARGETS =
  "missing: the agents that get the skill; at least one [[skills.targets]] with an agent, or `targets` in [defaults]";

/** Reports the problems of default targets that no skill has. */
function readDefaultTargets({ targets = [] }: DefaultsDocument, context: SkillContext): void {
  readSkillTargets(targets, "?", DEFAULT_TARGETS, context);
}

interface SkillReading {
  id: string;
  placed: PlacedTarget[];
  skill: ManifestSkill | null;
}

function readSkill(
  document: SkillDocument,
  { at, index }: { at: FieldPath; index: number },
  manifest: ManifestDocument,
  context: SkillContext,
): SkillReading {
  const { findings } = context;
  const id = document.id ?? document.name;
  if (id === undefined) findings.missing([...at, "id"], "missing: the skill's id, or the `name` it has in a registry");
  const source = readSkillSource(document, manifest.registries, at, context);
  const installMode = document.install.mode ?? manifest.defaults.mode;
  const checks = readChecks(document, installMode, [...at, "verify", "checks"], findings);
  if (document.targets === undefined && manifest.defaults.targets === undefined && !findings.has(DEFAULT_TARGETS))
    findings.missing([...at, "targets"], MISSING_TARGETS);
  const targets = document.targets ?? manifest.defaults.targets ?? [];
  const targetsAt = document.targets === undefined ? DEFAULT_TARGETS : [...at, "targets"];
  // The targets of a skill without a usable id are still validated, under a placeholder name.
  const placed = readSkillTargets(targets, id ?? `?${index}`, targetsAt, context);
  if (id === undefined || source === null) return { id: id ?? `?${index}`, placed, skill: null };
  return {
    id,
    placed,
    skill: {
      id,
      index,
      priority: document.priority,
      enabled: document.enabled,
      source,
      groups: document.groups,
      isHere: context.groups.has(document.groups),
      installMode,
      alias: document.alias?.name ?? null,
      targets: placed.map(({ at: _at, ...target }) => target),
      verify: { enabled: document.verify.enabled, checks },
      noExecMetadataOnly: document.safety.no_exec_metadata_only,
    },
  };
}

/** The members of collections that no skill of the manifest replaces. */
function readMembers(
  manifest: ManifestDocument,
  members: readonly KnownMember[],
  context: SkillContext,
): SkillReading[] {
  const collections = manifest.collections.map((document) => asSkill(document, manifest));
  for (const [index, document] of collections.entries())
    readSkill(document, { at: ["collections", index], index }, manifest, {
      ...context,
      findings: flat(context.findings),
    });
  const own = new Set(manifest.skills.map(({ id, name }) => id ?? name));
  // Their problems are those of the collection.
  const silent = { ...context, findings: createFindings() };
  return members
    .filter(({ id }) => !own.has(id))
    .flatMap(({ collection: { key, index }, id, subpath, commit, arrived }): SkillReading[] => {
      const document = collections[index];
      if (document === undefined) return [];
      const member = { ...document, id, source: { ...document.source, subpath } };
      const reading = readSkill(member, { at: ["collections", index], index: -1 }, manifest, silent);
      if (reading.skill === null) return [];
      const { source } = reading.skill;
      const seen = { ...(commit !== undefined && { commit }), ...(arrived !== undefined && { arrived }) };
      const found = source.kind === "repository" ? { ...source, ...seen } : source;
      return [{ ...reading, skill: { ...reading.skill, source: found, collection: { key, index } } }];
    });
}

/** The source of a collection is not a table of its own. */
function flat(findings: Findings): Findings {
  const at = (path: FieldPath) => path.filter((step) => step !== "source");
  return {
    all: findings.all,
    error: (code, path, message) => findings.error(code, at(path), message),
    warning: (code, path, message) => findings.warning(code, at(path), message),
    has: (path) => findings.has(at(path)),
    missing: (path, message) => findings.missing(at(path), message),
  };
}

/** A collection as a skill that has no name yet. */
function asSkill(document: CollectionDocument, { defaults }: ManifestDocument): SkillDocument {
  const { repo, ref, subpath, allow_insecure, mode, scope, targets, ...rest } = document;
  const given = targets ?? (scope === undefined ? undefined : defaults.targets);
  return {
    ...rest,
    id: "?",
    source: { repo, ref, subpath, allow_insecure },
    install: { mode },
    targets: given?.map((target: TargetDocument) => ({ ...target, scope: target.scope ?? scope })),
  };
}

/** The default checks after an install. */
export function defaultChecks(mode: InstallMode): VerifyCheck[] {
  return mode === "symlink" ? ["path-exists", "target-resolves", "is-symlink"] : ["path-exists", "content-present"];
}

function readChecks(
  { verify: { enabled, checks } }: SkillDocument,
  mode: InstallMode,
  at: FieldPath,
  findings: Findings,
): VerifyCheck[] {
  if (checks === undefined) return defaultChecks(mode);
  if (checks.length === 0 && enabled) {
    findings.error(
      "EMPTY_VERIFY_CHECKS",
      at,
      "no check is left; leave the key out for the usual ones, or say enabled = false",
    );
  }
  return [...new Set(checks)];
}

function reportDuplicates(skills: readonly SkillDocument[], findings: Findings): void {
  const first = new Map<string, FieldPath>();
  for (const [index, { id, name }] of skills.entries()) {
    const word = id ?? name;
    if (word === undefined) continue;
    const at: FieldPath = ["skills", index, id === undefined ? "name" : "id"];
    const earlier = first.get(word);
    if (earlier === undefined) {
      first.set(word, at);
      continue;
    }
    findings.error("DUPLICATE_SKILL_ID", at, (lineOf) => {
      const lines = [lineOf(earlier), lineOf(at)].filter((line) => line !== null);
      const where = lines.length === 2 ? ` (lines ${lines.join(" and ")})` : "";
      return `${quote(word)} is already the id of ${formatFieldPath(earlier.slice(0, 2))}${where}`;
    });
  }
}
