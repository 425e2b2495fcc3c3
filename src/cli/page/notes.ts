import { isPinHeld } from "../../run/events.js";
import type { Diagnostic, Report } from "../../run/report.js";

/** A warning or an information, and the skills that it concerns; none for the run itself. */
export interface Note extends Diagnostic {
  skills: string[];
}

/** What a report has besides failures, each text once. A pin that is held is a conflict. */
export function notesOf({ diagnostics, skills }: Report): Note[] {
  const notes = new Map<string, Note>();
  const add = (one: Diagnostic, ids: string[]) => {
    if (one.severity === "error" || isPinHeld(one)) return;
    const key = JSON.stringify([one.code, one.message, one.hint]);
    const note = notes.get(key);
    if (note === undefined) notes.set(key, { ...one, skills: ids });
    else note.skills.push(...ids);
  };
  for (const one of diagnostics) add(one, []);
  for (const { id, diagnostics: own } of skills) for (const one of own) add(one, [id]);
  return [...notes.values()];
}
