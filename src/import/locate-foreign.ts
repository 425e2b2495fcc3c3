import { join, posix } from "node:path";
import { EdenError } from "../errors.js";
import { isObjectId } from "../manifest/names/object-id.js";
import type { SkillDraft, TargetDraft } from "../manifest/edit/skill-draft.js";
import type { ForeignPin, ForeignSkill } from "../manifest/foreign/foreign-skill.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { asEdenError, cancellation } from "../reactor/task-failure.js";
import { chooseSkills, withoutNamesakes } from "../source/choose-skills.js";
import { portableSource } from "../edit/edit-skill.js";
import { openPlugin } from "../source/open-plugin.js";
import { openSource, type OpenedSource } from "../source/open-source.js";
import type { RunContext } from "../run/run-context.js";
import type { SkippedEntry } from "./skipped-entry.js";

/** The skills of another tool's file, as a manifest has them. */
export interface LocatedSkills {
  drafts: SkillDraft[];
  skipped: SkippedEntry[];
  /** What the tool has installed, by skill id. */
  pins: Map<string, ForeignPin>;
}

/**
 * Locates the skills of another tool's file in the form of a manifest. Missing information is
 * looked up in the source, once for all skills of that source.
 * @param context the working directory of its host is the base of the file's relative paths.
 * @returns the skills in the file's order; skills that were not found are skipped with a reason.
 */
export async function locateForeign(
  context: RunContext,
  manifest: Manifest,
  skills: readonly ForeignSkill[],
  { targets, copy }: { targets: readonly TargetDraft[]; copy: boolean },
): Promise<LocatedSkills> {
  const { host, signal } = context;
  const opened = new Map<string, Promise<OpenedSource>>();
  const open: Open = async (source, plugin) => {
    const key = JSON.stringify([source, plugin]);
    const known = opened.get(key) ?? openPlace(context, manifest, source, plugin);
    opened.set(key, known);
    return await known;
  };
  const found = await Promise.all(
    skills.map(withSplitRef).map(async (skill): Promise<Look> => {
      try {
        return await locate(skill, open);
      } catch (error) {
        if (!signal.aborted && !(error instanceof EdenError)) throw error;
        const { message, code } = asEdenError(error);
        return { located: [], skipped: [{ id: skill.id ?? skill.plugin ?? addressOf(skill), reason: message, code }] };
      }
    }),
  );
  if (signal.aborted) throw cancellation(signal.reason);
  const located = found.flatMap((look) => look.located);
  const drafts = located.map(({ id, repo, ref, subpath }): SkillDraft => ({
    id,
    source: {
      repo: portableSource(repo, manifest, host),
      ...(ref !== null && { ref }),
      ...(subpath !== "." && { subpath }),
    },
    ...(copy && { mode: "copy" }),
    targets,
  }));
  const pins = new Map<string, ForeignPin>();
  // Of two skills with one id, the first is imported.
  for (const { id, pin } of located) if (pin !== null && !pins.has(id)) pins.set(id, pin);
  return { drafts, skipped: found.flatMap((look) => look.skipped), pins };
}

/** The result for one entry of the file. */
interface Look {
  located: Located[];
  skipped: SkippedEntry[];
}

interface Located {
  id: string;
  repo: string;
  ref: string | null;
  subpath: string;
  pin: ForeignPin | null;
}

type Open = (source: ForeignSkill["source"], plugin: string | null) => Promise<OpenedSource>;

async function openPlace(
  context: RunContext,
  manifest: Manifest,
  source: ForeignSkill["source"],
  plugin: string | null,
): Promise<OpenedSource> {
  if (plugin === null || source.kind === "path") return await openSource(context, manifest, source);
  return await openPlugin(context, manifest, { plugin, marketplace: source });
}

async function locate({ id, except, only, source, subpath, pin, plugin }: ForeignSkill, open: Open): Promise<Look> {
  if (id !== null && subpath !== null && source.kind === "repository")
    return { located: [{ id, repo: source.repo, ref: source.ref, subpath, pin }], skipped: [] };
  const start = source.kind === "repository" && subpath !== null ? { ...source, subpath } : source;
  const found = await openPinned(start, { pin, plugin }, open);
  const { repo, ref, skills, skipped } = found;
  const copyOf = (path: string) => (pin?.copy == null ? null : join(pin.copy, posix.relative(found.start, path)));
  const pinAt = (path: string) => pin && { ...pin, copy: copyOf(path) };
  const locatedAt = (path: string, name: string): Located => ({ id: name, repo, ref, subpath: path, pin: pinAt(path) });
  if (id === null) {
    if (skills.length === 0) throw new EdenError("SKILL_NOT_FOUND", `${repo} has no skill that can be installed`);
    const distinct = withoutNamesakes(skills);
    const isNamed = (names: readonly string[], one: (typeof skills)[number]) =>
      names.includes(one.name ?? one.id) || names.includes(one.id) || names.includes(posix.basename(one.path));
    const wanted = distinct.skills.filter(
      (one) => !except.includes(one.name ?? one.id) && (only.length === 0 || isNamed(only, one)),
    );
    const lost = only.filter((name) => !skills.some((one) => isNamed([name], one)));
    return {
      located: wanted.map((skill) => locatedAt(skill.path, skill.id)),
      skipped: [
        ...(only.length > 0 ? [] : [...skipped, ...distinct.left]).flatMap(({ path, reason, code }) =>
          code === null ? [] : [{ id: path, reason, code }],
        ),
        ...lost.map((name) => ({ id: name, reason: `${repo} has no skill of this name`, code: "SKILL_NOT_FOUND" })),
      ],
    };
  }
  const [first] = skills;
  const isIt = source.kind === "path" && skills.length === 1 && first?.path === (subpath ?? ".");
  const chosen = isIt ? [first] : await chooseSkills(found, { skills: [subpath ?? id], all: false, id, ask: null });
  return { located: chosen.map((skill) => locatedAt(skill.path, id)), skipped: [] };
}

/** The source in the commit that is installed; in that of its ref if the commit is not known, or lost. */
async function openPinned(
  source: ForeignSkill["source"],
  { pin, plugin }: Pick<ForeignSkill, "pin" | "plugin">,
  open: Open,
): Promise<OpenedSource> {
  const commit = pin?.commit ?? "";
  const isFixed = source.kind === "repository" && source.refAndPath === null && isObjectId(commit);
  if (!isFixed) return await open(source, plugin);
  try {
    const found = await open({ ...source, ref: commit }, plugin);
    if (found.repo === source.repo) return { ...found, ref: source.ref };
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "POLICY_DENIED") throw error;
  }
  // It is a commit of another repository, where the marketplace has its plugin, or it is lost.
  return await open(source, plugin);
}

/**
 * A skill whose directory is known does not need the repository to separate ref and path in the
 * address of a web page.
 */
function withSplitRef(skill: ForeignSkill): ForeignSkill {
  const { source, subpath } = skill;
  if (source.kind !== "repository" || source.refAndPath === null || subpath === null) return skill;
  const end = `/${subpath}`;
  if (!source.refAndPath.endsWith(end)) return { ...skill, subpath: null };
  return { ...skill, source: { ...source, ref: source.refAndPath.slice(0, -end.length), refAndPath: null } };
}

function addressOf({ source }: ForeignSkill): string {
  return source.kind === "path" ? source.path : source.repo;
}
