import { EdenError } from "../errors.js";
import { appendSkills } from "../manifest/edit/edit-skills.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { TomlTable } from "../manifest/edit/toml-lines.js";
import type { RunOptions } from "../run/options.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { requireApart } from "../workspace/require-apart.js";
import type { SkippedEntry } from "./skipped-entry.js";

/** A skill to import, as a table of the manifest. */
export interface Candidate {
  id: string;
  skill: TomlTable;
}

/** Where candidates are appended. */
export interface AppendTo {
  place: ManifestPlace;
  options: Pick<RunOptions, "strict" | "host">;
  /** The manifest's text. */
  text: string;
  /** How many skills `text` has. */
  skills: number;
}

/**
 * The text with the candidates that it can hold, and those that it cannot, with the first problem
 * of each.
 */
export interface Appended {
  text: string;
  manifest: Manifest;
  kept: Candidate[];
  refused: SkippedEntry[];
}

/**
 * Appends the candidates that leave the manifest valid. Invalid ones are left out, until the rest
 * is valid.
 * @throws EdenError when the manifest is invalid without any candidate.
 */
export async function appendValid(to: AppendTo, candidates: readonly Candidate[]): Promise<Appended> {
  const refused: SkippedEntry[] = [];
  let kept = [...candidates];
  for (;;) {
    try {
      return { ...(await appendAll(to, kept)), refused };
    } catch (error) {
      const problems = problemsOf(error, to, kept);
      if (problems.size === 0) throw error;
      refused.push(...problems.values());
      kept = kept.filter((one) => !problems.has(one));
    }
  }
}

/**
 * Appends all candidates.
 * @throws EdenError with every problem of the manifest that results.
 */
export async function appendAll(to: AppendTo, candidates: readonly Candidate[]): Promise<Omit<Appended, "refused">> {
  const text = await appendSkills(
    to.text,
    candidates.map(({ skill }) => skill),
  );
  const { mark, manifest: before } = to.place;
  const { manifest } = await interpretEdited(`${mark}${text}`, before.path, to.options);
  requireApart(manifest.skills, manifest.skills.slice(to.skills));
  return { text, manifest, kept: [...candidates] };
}

function problemsOf(error: unknown, to: AppendTo, candidates: readonly Candidate[]): Map<Candidate, SkippedEntry> {
  const problems = new Map<Candidate, SkippedEntry>();
  if (!(error instanceof EdenError)) return problems;
  for (const { path, message, code } of error.facts.problems ?? []) {
    const candidate = candidates[Number(/^skills\[(\d+)\]/u.exec(path)?.[1] ?? -1) - to.skills];
    if (candidate !== undefined && !problems.has(candidate))
      problems.set(candidate, { id: candidate.id, reason: message, code });
  }
  return problems;
}
