import type { AST } from "toml-eslint-parser";
import { findEntries, keysOf, type SkillEntry } from "./skill-entries.js";

/** A skill of a run: its id, and the repository that it comes from. */
export interface EntrySkill {
  id: string;
  source: { repo: string };
}

/**
 * Finds the line, from 1, of the entry in a manifest that a skill comes from: its own, or that of a
 * collection of its repository. The answer is null if there is none, and for invalid TOML.
 */
export async function entryLines(text: string): Promise<(skill: EntrySkill) => number | null> {
  try {
    const { entries: skills } = await findEntries(text, "skills");
    const { entries: collections } = await findEntries(text, "collections");
    const ids = new Map(skills.map((entry) => [valueOf(entry, "id"), lineOf(entry)]));
    const repos = collections.map((entry) => ({ repo: valueOf(entry, "repo"), line: lineOf(entry) }));
    return ({ id, source }) => {
      const collection = repos.find(({ repo }) => repo !== null && source.repo.includes(repo));
      return ids.get(id) ?? collection?.line ?? null;
    };
  } catch {
    return () => null;
  }
}

function lineOf(entry: SkillEntry): number {
  return (entry.kind === "inline" ? entry.table : entry.tables[0]).loc.start.line;
}

/** The text of a key that stands directly in the entry. */
function valueOf(entry: SkillEntry, key: string): string | null {
  const { body } = entry.kind === "inline" ? entry.table : entry.tables[0];
  const pair = body.find((one: AST.TOMLKeyValue) => keysOf(one).join(".") === key);
  const value = pair?.value;
  return value?.type === "TOMLValue" && value.kind === "string" ? value.value : null;
}
