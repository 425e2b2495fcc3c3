import type { ProposalText, PullRequest } from "./forge.js";
import { commitsIn, isSameBody } from "./proposal-text.js";

/** What is known before the first change. */
export interface ProposalFacts {
  /** The proposed commit, and the text for it; null if no pin moves. */
  commit: string | null;
  text: ProposalText | null;
  /** The commit of our branch at the remote, or null. */
  tip: string | null;
  /** The open or the newest pull request of our branch. */
  found: PullRequest | null;
  /** Every skill could be compared. */
  isComplete: boolean;
}

/** What is done, or would be. */
export interface Decided {
  /**
   * `none`: no pin moves, and there is nothing to close; `kept`: the branch has commits that are not
   * ours; `declined`: the same proposal was closed without a merge.
   */
  action: "opened" | "renewed" | "unchanged" | "closed" | "none" | "kept" | "declined";
  /** Why it was kept or declined; else null. */
  message: string | null;
}

/** Decides about one pull request. Pure. */
export function decideProposal({ commit, text, tip, found, isComplete }: ProposalFacts): Decided {
  const done = (action: Decided["action"]): Decided => ({ action, message: null });
  const open = found?.state === "open" ? found : null;
  if (tip !== null && tip !== commit && !isOurs(tip, found)) {
    if (open === null && commit === null) return done("none");
    const message = `its branch has the commit ${tip.slice(0, 12)}, which was not made by this program`;
    return { action: "kept", message };
  }
  // What could not be compared may be what the pull request is about.
  if (commit === null || text === null) return done(open === null || !isComplete ? "none" : "closed");
  if (open === null) {
    if (found?.state !== "closed" || !isSameBody(found.body, text.body)) return done("opened");
    return { action: "declined", message: `the same changes were closed in ${found.url}` };
  }
  const isSame = tip === commit && open.title === text.title && isEqual(open.body, text.body);
  return done(isSame ? "unchanged" : "renewed");
}

/** A commit that we pushed, or the head of a merged pull request, which is no longer needed. */
function isOurs(tip: string, found: PullRequest | null): boolean {
  if (found === null) return false;
  return commitsIn(found.body).includes(tip) || (found.state === "merged" && found.commit === tip);
}

/** Servers may end lines in another way, and drop the last line break. */
function isEqual(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => text.replaceAll("\r\n", "\n").trimEnd());
  return first === second;
}
