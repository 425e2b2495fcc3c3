import { shortVersion } from "../update/skill-diff.js";
import type { MovedPin } from "./proposed-lockfile.js";

/** The longest description, in characters: GitHub takes 65,536. */
const LONGEST_BODY = 60_000;

/** What is written when a proposal is closed. */
export const CLOSED_NOTE = "Closed: no pin is behind its ref any more.";

/** The title of a pull request, and of its commit. Ids and groups are plain words. */
export function titleOf(pins: readonly MovedPin[], group: string | null): string {
  const [only] = pins;
  const what = pins.length === 1 ? `skill ${only?.id ?? ""}` : `${pins.length} skills`;
  return `Update ${what}${group === null ? "" : ` (group ${group})`}`;
}

/** The message of the commit: a line for each pin. */
export function commitMessage(title: string, pins: readonly MovedPin[]): string {
  const short = (commit: string | null) => (commit === null ? "none" : shortVersion(commit));
  return `${title}\n\n${pins.map(({ id, from, to }) => `${id}: ${short(from)} -> ${short(to)}`).join("\n")}\n`;
}

/**
 * The description with its commit in a comment, by which the branch is known to be ours. A long one is
 * cut at a line.
 */
export function withCommit(body: string, commit: string): string {
  return `${bounded(body.trimEnd())}\n\n${MARK}${commit} -->\n`;
}

const MARK = "<!-- eden-skills: the commit of this branch is ";

function bounded(body: string): string {
  if (body.length <= LONGEST_BODY) return body;
  const end = body.lastIndexOf("\n", LONGEST_BODY);
  const cut = body.slice(0, end < 0 ? 0 : end);
  // A fence that was cut open would swallow the rest.
  const fence = openFence(cut);
  return `${cut}${fence === null ? "" : `\n${fence}`}\n\n_Cut here; \`eden-skills update --dry-run\` shows all._`;
}

/** The fence of a code block that the text does not end, or null. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const [, fence = ""] of text.matchAll(/^(`{3,})(?:\w*)$/gmu))
    if (open === null) open = fence;
    else if (fence.length >= open.length) open = null;
  return open;
}

/** The commits that a description names as ours. */
export function commitsIn(body: string): string[] {
  return [...body.matchAll(MARKED)].map(([, commit = ""]) => commit);
}

const MARKED = /<!-- eden-skills: the commit of this branch is ([0-9a-f]{40,64}) -->/gu;

/** True if two descriptions differ in their commits alone. */
export function isSameBody(one: string, other: string): boolean {
  const [first, second] = [one, other].map((body) => body.replaceAll(MARKED, "").replaceAll(/\s+/gu, " ").trim());
  return first === second;
}
