import type { InstallMode } from "../manifest/document/manifest.js";
import type { Observed } from "./observe.js";
import { integritiesOf, type Action, type DesiredContent } from "./plan.js";

/** Why a copy is a conflict that somebody edited. */
export const EDITED = "modified locally";

/** What we are known to have put at a path. */
export interface Owned {
  links: readonly string[];
  integrities: readonly string[];
}

/** Everything that a decision about one target depends on. */
export interface Situation {
  desired: DesiredContent | null;
  installMode: InstallMode;
  observed: Observed;
  /** What we are known to have put here; null when nothing. */
  owned: Owned | null;
  /** Where a link with that text leads, absolute. */
  destinationOf(text: string): string;
  /** True for the text of a link that leads into our store. */
  isStoreLink(text: string): boolean;
  /** The other manifest that this path belongs to, or null; asked only when it matters. */
  claimedBy(): string | null;
  force: boolean;
}

export interface Decision {
  action: Action;
  reasons: string[];
  /** What is there must be moved to the backups first. */
  backup: boolean;
}

/**
 * What to do to one target. What we did not write is never replaced: a directory counts as ours when its content is exactly what we recorded, a
 * link when we recorded its text, or when we have put something at that place and it leads into the store.
 */
export function decide(situation: Situation): Decision {
  const { observed, desired } = situation;
  if (observed.kind === "absent") {
    return { action: "create", reasons: [desired === null ? "never synced" : "nothing is there"], backup: false };
  }
  if (isAsDesired(situation)) return { action: "noop", reasons: [], backup: false };
  const foreign = whyForeign(situation);
  if (foreign === null) return { action: "update", reasons: [whatChanges(situation)], backup: false };
  if (situation.force) return { action: "update", reasons: [foreign, "forced: a backup is kept"], backup: true };
  return { action: "conflict", reasons: [foreign], backup: false };
}

/**
 * Whether a target that the manifest no longer wants is removed: only if it is ours; by force also a copy of ours that was edited, which is
 * then kept in the backups. `left` says why it stays; null: it is gone already.
 */
export function decideRemoval(
  situation: Situation,
): { action: "remove"; backup: boolean } | { action: "none"; left: string | null } {
  if (situation.observed.kind === "absent") return { action: "none", left: null };
  const foreign = whyForeign(situation);
  if (foreign === null) return { action: "remove", backup: false };
  return situation.force && foreign === EDITED ? { action: "remove", backup: true } : { action: "none", left: foreign };
}

function isAsDesired(situation: Situation): boolean {
  const { observed, desired, installMode } = situation;
  if (desired === null) return false;
  if (installMode === "symlink") {
    if (observed.kind !== "link" || !observed.resolves) return false;
    if (stripSlash(observed.text) === desired.link) return true;
    // Another spelling of the same place: the user's stays as it is, one of ours becomes what we would write now.
    const isThere = stripSlash(situation.destinationOf(observed.text)) === desired.path;
    return isThere && whyForeign(situation) !== null;
  }
  const wanted = integritiesOf(desired);
  return observed.kind === "directory" && observed.integrities().some((found) => wanted.includes(found));
}

/** Why what lies there is not ours to touch, or null when it is. */
function whyForeign(situation: Situation): string | null {
  const { observed, owned } = situation;
  if (observed.kind === "absent") return null;
  if (observed.kind === "link" && owned !== null) {
    if (owned.links.includes(observed.text) || situation.isStoreLink(observed.text)) return null;
  }
  if (observed.kind === "directory" && owned !== null && owned.integrities.length > 0)
    return observed.integrities().some((found) => owned.integrities.includes(found)) ? null : EDITED;
  const other = situation.claimedBy();
  if (other !== null) return `it is managed by ${other}`;
  const what = observed.kind === "link" ? `link to ${observed.text}` : observed.kind;
  return `a ${what} that is not managed by eden-skills is there`;
}

function whatChanges(situation: Situation): string {
  const { observed, desired, installMode } = situation;
  if (desired === null) return "never synced";
  if (observed.kind === "link" && installMode === "copy") return "a link becomes a copy";
  if (observed.kind === "directory" && installMode === "symlink") return "a copy becomes a link";
  if (observed.kind === "link" && !observed.resolves) return "its link leads nowhere";
  if (observed.kind === "link" && stripSlash(situation.destinationOf(observed.text)) === desired.path)
    return desired.link === desired.path ? "its link becomes absolute" : "its link becomes relative";
  return "its content changed";
}

function stripSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/u, "") : path;
}
