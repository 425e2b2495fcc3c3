import { EdenError } from "../errors.js";
import type { SkillDraft, TargetDraft } from "../manifest/edit/skill-draft.js";
import type { ForeignPin, ForeignSkill } from "../manifest/foreign/foreign-skill.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { asEdenError, cancellation } from "../reactor/task-failure.js";
import { chooseSkills, withoutNamesakes } from "../source/choose-skills.js";
import { portableSource } from "../edit/edit-skill.js";
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
  const open = async (source: ForeignSkill["source"]): Promise<OpenedSource> => {
    const key = JSON.stringify(source);
    const known = opened.get(key) ?? openSource(context, manifest, source);
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
        return { located: [], skipped: [{ id: skill.id ?? addressOf(skill), reason: message, code }] };
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
  const pins = new Map(located.flatMap(({ id, pin }) => (pin === null ? [] : [[id, pin] as const])));
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

async function locate(
  { id, except, source, subpath, pin }: ForeignSkill,
  open: (source: ForeignSkill["source"]) => Promise<OpenedSource>,
): Promise<Look> {
  if (id !== null && subpath !== null && source.kind === "repository")
    return { located: [{ id, repo: source.repo, ref: source.ref, subpath, pin }], skipped: [] };
  const start = source.kind === "repository" && subpath !== null ? { ...source, subpath } : source;
  const found = await open(start);
  const { repo, ref, skills, skipped } = found;
  if (id === null) {
    if (skills.length === 0) throw new EdenError("SKILL_NOT_FOUND", `${repo} has no skill that can be installed`);
    const distinct = withoutNamesakes(skills);
    const wanted = distinct.skills.filter((skill) => !except.includes(skill.name ?? skill.id));
    return {
      located: wanted.map((skill) => ({ id: skill.id, repo, ref, subpath: skill.path, pin })),
      skipped: [...skipped, ...distinct.left].flatMap(({ path, reason, code }) =>
        code === null ? [] : [{ id: path, reason, code }],
      ),
    };
  }
  const [only] = skills;
  const isIt = source.kind === "path" && skills.length === 1 && only?.path === (subpath ?? ".");
  const chosen = isIt ? [only] : await chooseSkills(found, { skills: [subpath ?? id], all: false, id, ask: null });
  return { located: chosen.map((skill) => ({ id, repo, ref, subpath: skill.path, pin })), skipped: [] };
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
