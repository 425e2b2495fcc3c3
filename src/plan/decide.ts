import type { InstallMode } from "../manifest/document/manifest.js";
import type { Observed } from "./observe.js";
import { integritiesOf, type Action, type DesiredContent } from "./plan.js";

/** The reason for an edited copy. */
const EDITED = "modified locally";

/** Our record for a path. */
export interface Owned {
  links: readonly string[];
  integrities: readonly string[];
}

/** All inputs of a decision about one target. */
export interface Situation {
  desired: DesiredContent | null;
  installMode: InstallMode;
  observed: Observed;
  /** Our record for this target; null if there is none. */
  owned: Owned | null;
  /** The absolute destination of a link with that text. */
  destinationOf(text: string): string;
  /** True for the text of a link that leads into our store. */
  isStoreLink(text: string): boolean;
  /** The other manifest that owns this path, or null; called only if it matters. */
  claimedBy(): string | null;
  force: boolean;
}

export interface Decision {
  action: Action;
  reasons: string[];
  /** The existing entry is a copy of ours that was edited. */
  isEdited: boolean;
  /** The existing entry must be moved to the backups first. */
  backup: boolean;
}

/**
 * Decides the action for one target. An entry that is not ours is never replaced. A directory is
 * ours if its content is exactly what we recorded. A link is ours if we recorded its text, or if we
 * have a record for the place and the link leads into the store.
 */
export function decide(situation: Situation): Decision {
  const { observed, desired } = situation;
  if (observed.kind === "absent") {
    const reason = desired === null ? "never synced" : "nothing is there";
    return { action: "create", reasons: [reason], isEdited: false, backup: false };
  }
  if (isAsDesired(situation)) return { action: "noop", reasons: [], isEdited: false, backup: false };
  const foreign = whyForeign(situation);
  if (foreign === null) return { action: "update", reasons: [whatChanges(situation)], isEdited: false, backup: false };
  const isEdited = foreign === EDITED;
  if (situation.force)
    return { action: "update", reasons: [foreign, "forced: a backup is kept"], isEdited, backup: true };
  return { action: "conflict", reasons: [foreign], isEdited, backup: false };
}

/**
 * Decides whether a target that the manifest no longer wants is removed: only if it is ours; with
 * force also an edited copy of ours, which is then kept in the backups. `left` says why it stays;
 * null: it does not exist.
 */
export function decideRemoval(
  situation: Situation,
): { action: "remove"; backup: boolean } | { action: "none"; left: string | null; isEdited: boolean } {
  if (situation.observed.kind === "absent") return { action: "none", left: null, isEdited: false };
  const foreign = whyForeign(situation);
  if (foreign === null) return { action: "remove", backup: false };
  const isEdited = foreign === EDITED;
  return situation.force && isEdited ? { action: "remove", backup: true } : { action: "none", left: foreign, isEdited };
}

function isAsDesired(situation: Situation): boolean {
  const { observed, desired, installMode } = situation;
  if (desired === null) return false;
  if (installMode === "symlink") {
    if (observed.kind !== "link" || !observed.resolves) return false;
    if (stripSlash(observed.text) === desired.link) return true;
    // Another spelling of the same place: a user's link stays, a link of ours gets the current
    // form.
    const isThere = stripSlash(situation.destinationOf(observed.text)) === desired.path;
    return isThere && whyForeign(situation) !== null;
  }
  return observed.kind === "directory" && observed.holds(integritiesOf(desired));
}

/** Why the existing entry must not be changed, or null if it is ours. */
function whyForeign(situation: Situation): string | null {
  const { observed, owned } = situation;
  if (observed.kind === "absent") return null;
  if (observed.kind === "link" && owned !== null) {
    if (owned.links.includes(observed.text) || situation.isStoreLink(observed.text)) return null;
  }
  if (observed.kind === "directory" && owned !== null && owned.integrities.length > 0)
    return observed.holds(owned.integrities) ? null : EDITED;
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
  if (observed.kind === "link" && !observed.resolves) return "its link is broken";
  if (observed.kind === "link" && stripSlash(situation.destinationOf(observed.text)) === desired.path)
    return desired.link === desired.path ? "its link becomes absolute" : "its link becomes relative";
  return "its content changed";
}

function stripSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/u, "") : path;
}
