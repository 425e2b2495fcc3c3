/** The branch of a proposal, and the branch that it is for. */
export interface Branches {
  head: string;
  base: string;
}

/** Title and description of a pull request. */
export interface ProposalText {
  title: string;
  body: string;
}

/** A pull request of GitHub, or a merge request of GitLab. */
export interface PullRequest extends ProposalText {
  number: number;
  /** Its page. */
  url: string;
  state: "open" | "closed" | "merged";
  /** The commit of its branch; of a merged one, that was merged. */
  commit: string;
}

/** A host of repositories with pull requests. All methods throw EdenErrors as `ForgeApi`. */
export interface Forge {
  /** The newest pull request for these branches, an open one first; null if there was none. */
  find(branches: Branches): Promise<PullRequest | null>;
  create(branches: Branches, text: ProposalText): Promise<PullRequest>;
  change(request: PullRequest, text: ProposalText): Promise<void>;
  /** Closes it with a comment. Its description is replaced. */
  close(request: PullRequest, body: string, comment: string): Promise<void>;
}

/** The one to look at: the open one, else the newest. */
export function newestOf(requests: readonly PullRequest[]): PullRequest | null {
  return requests.find(({ state }) => state === "open") ?? requests[0] ?? null;
}
