import type { DiscoveredSkill } from "../../source/discovery.js";
import { EdenError } from "../../errors.js";
import { askLine } from "../../system/ask-line.js";
import { oneLine } from "../views/one-line.js";
import type { Session } from "./session.js";

/**
 * Shows the skills with numbers and asks which are wanted, until the answer can be understood.
 * @throws EdenError `CANCELLED` for none.
 */
export async function askSkills(
  skills: readonly DiscoveredSkill[],
  { err, errColours }: Session,
): Promise<DiscoveredSkill[]> {
  for (const [index, { id, description }] of skills.entries()) {
    err.line(
      `${String(index + 1).padStart(4)}  ${errColours.strong(oneLine(id))}  ${errColours.faint(cut(oneLine(description)))}`,
    );
  }
  await err.flush();
  for (;;) {
    const answer = await askLine("Which? Numbers such as 1 3-5, or all; nothing for none: ");
    if (answer === null || answer.trim() === "") throw new EdenError("CANCELLED", "no skill was chosen");
    const chosen = readAnswer(answer, skills.length);
    if (chosen !== null) return chosen.map((index) => skills[index]).filter((one) => one !== undefined);
    err.line(`Not understood: expected numbers from 1 to ${skills.length}, or all.`);
  }
}

/** Positions from 0, each once and in order; null for an invalid answer. */
export function readAnswer(answer: string, count: number): number[] | null {
  const words = answer
    .trim()
    .toLowerCase()
    .split(/[\s,]+/u);
  if (words.length === 1 && /^(?:a|all|\*)$/u.test(words[0] ?? ""))
    return Array.from({ length: count }, (_, index) => index);
  const chosen = new Set<number>();
  for (const word of words) {
    const match = /^(?<first>\d{1,6})(?:-(?<last>\d{1,6}))?$/u.exec(word);
    const first = Number(match?.groups?.["first"] ?? 0);
    const last = Number(match?.groups?.["last"] ?? first);
    if (first < 1 || last < first || last > count) return null;
    for (let number = first; number <= last; number++) chosen.add(number - 1);
  }
  return [...chosen].toSorted((a, b) => a - b);
}

function cut(text: string): string {
  return text.length > 90 ? `${text.slice(0, 89)}…` : text;
}
