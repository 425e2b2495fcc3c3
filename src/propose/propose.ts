import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import type { Git } from "../git/git.js";
import { commitFile, openProject, uncommitted, type Project } from "../git/project.js";
import { branchesAt, pushBranch, pushPlace, type PushPlace } from "../git/push.js";
import { upstreamDiffs } from "../inspect/diff-upstream.js";
import type { SkillTextDiff } from "../inspect/skill-diffs.js";
import { gitFinder } from "../run/git-finder.js";
import type { RunContext } from "../run/run-context.js";
import { openStore } from "../store/store.js";
import { followLinks } from "../system/follow-links.js";
import { previewOf, syncUpstream, type UpdatePreview } from "../update/preview-update.js";
import type { Job } from "../workspace/job.js";
import { chooseForge } from "./choose-forge.js";
import { decideProposal, type Decided } from "./decide-proposal.js";
import type { Branches, Forge, PullRequest } from "./forge.js";
import { movedPins, proposedLockfile, type MovedPin } from "./proposed-lockfile.js";
import { CLOSED_NOTE, commitMessage, titleOf, withCommit } from "./proposal-text.js";

/** What is to be proposed, and where. */
export interface ProposeRequest {
  /** The group of skills, or null for all skills. */
  group: string | null;
  /** The branch that the pull request is for; null for the one that is checked out. */
  base: string | null;
  /** The branch of the pull request; a group is appended. */
  branch: string;
  remote: string;
  /** Only look; nothing is pushed, opened or changed. */
  dryRun: boolean;
  /** The description of the pull request, as Markdown with foreign text escaped. */
  describe: (preview: UpdatePreview, texts: readonly SkillTextDiff[]) => string;
}

/** One pull request, and what was done with it. */
export interface Proposal {
  group: string | null;
  branch: string;
  base: string;
  action: Decided["action"];
  /** Why it was kept or declined; else null. */
  message: string | null;
  number: number | null;
  url: string | null;
  /** The proposed commit; null if no pin moves. */
  commit: string | null;
  title: string | null;
  body: string | null;
  pins: MovedPin[];
  /** Skills that could not be compared. */
  failed: string[];
}

/**
 * Proposes the update of one group of skills as a pull request: opens it, renews it, or closes it when
 * no pin is behind. The work tree, its branches and this machine's targets stay as they are.
 * @param context of a run that moves pins and follows moved tags, to show their changes.
 * @throws EdenError `USAGE`, `TOKEN_MISSING`, `BASE_MOVED`, `PUSH_REFUSED`; as `ForgeApi` and a fetch.
 */
export async function propose(context: RunContext, job: Job, request: ProposeRequest): Promise<Proposal> {
  const staging = openStore(job.manifest.storageRoot).openStaging();
  try {
    const { signal } = context;
    const git = await gitFinder(context, staging, signal)(signal);
    const place = await lookAtPlace(context, git, job, request);
    const { project, branches, forge, lockfile } = place;
    const synced = await syncUpstream(context, job);
    const preview = await previewOf(synced, job, false);
    const pins = movedPins(preview);
    const failed = preview.skills.filter(({ status }) => status === "unreachable" || status === "failed");
    const title = titleOf(pins, request.group);
    const scratch = staging.next();
    const commit =
      pins.length === 0
        ? null
        : await commitFile(
            git,
            project,
            {
              path: lockfile,
              text: await proposedLockfile(synced, pins),
              message: commitMessage(title, pins),
              scratch,
            },
            signal,
          );
    const tips = await branchesAt(git, project, place.push, { branches: [branches.base, branches.head], signal });
    requireCurrentBase(project, branches.base, tips.get(branches.base));
    const found = await forge.find(branches);
    const text =
      commit === null ? null : { title, body: withCommit(request.describe(preview, upstreamDiffs(synced)), commit) };
    const tip = tips.get(branches.head) ?? null;
    const decided = decideProposal({ commit, text, tip, found, isComplete: failed.length === 0 });
    const done = request.dryRun ? found : await carryOut(decided, { git, place, commit, text, tip, found, signal });
    return {
      group: request.group,
      branch: branches.head,
      base: branches.base,
      ...decided,
      number: done?.number ?? null,
      url: done?.url ?? null,
      commit,
      title: text?.title ?? null,
      body: text?.body ?? null,
      pins,
      failed: failed.map(({ id }) => id),
    };
  } finally {
    staging.dispose();
  }
}

/** Where the proposal goes. */
interface Place {
  project: Project;
  branches: Branches;
  push: PushPlace;
  forge: Forge;
  /** The real path of the lockfile. */
  lockfile: string;
}

/** All that can be refused without network. */
async function lookAtPlace(context: RunContext, git: Git, { manifest }: Job, request: ProposeRequest): Promise<Place> {
  const { signal } = context;
  const [lockfile, file] = [manifest.lockfilePath, manifest.path].map((path) => followLinks(path).place) as [
    string,
    string,
  ];
  const project = await openProject(git, dirname(lockfile), signal);
  const base = request.base ?? project.branch;
  if (base === null) throw new EdenError("USAGE", "no branch is checked out", { hint: "Name it: --base BRANCH." });
  const head = request.group === null ? request.branch : `${request.branch}-${request.group}`;
  if (head === base) throw new EdenError("USAGE", `${head} cannot be a proposal for itself`);
  const changed = await uncommitted(git, project, [file, lockfile], signal);
  if (changed.length > 0)
    throw new EdenError("USAGE", `not committed: ${changed.join(", ")}`, { hint: "Commit them first." });
  const push = await pushPlace(git, project, request.remote, signal);
  return { project, branches: { head, base }, push, forge: chooseForge(context, git, push.source), lockfile };
}

/** The pins of another commit than that of the base would bring more into the pull request. */
function requireCurrentBase({ commit }: Project, base: string, tip: string | undefined): void {
  if (tip === commit) return;
  const at = tip === undefined ? "does not exist at the remote" : `is at ${tip.slice(0, 12)}`;
  throw new EdenError("BASE_MOVED", `the branch ${base} ${at}, and ${commit.slice(0, 12)} is checked out`, {
    stage: "propose",
  });
}

interface Work {
  git: Git;
  place: Place;
  commit: string | null;
  text: { title: string; body: string } | null;
  tip: string | null;
  found: PullRequest | null;
  signal: AbortSignal;
}

/** @returns the pull request, if there is one. */
async function carryOut({ action }: Decided, work: Work): Promise<PullRequest | null> {
  const { git, place, commit, text, tip, found, signal } = work;
  const { project, push, branches, forge } = place;
  if (action === "closed" && found !== null) {
    await forge.close(found, `${found.body.trimEnd()}\n\n_${CLOSED_NOTE}_\n`, CLOSED_NOTE);
    return found;
  }
  if ((action !== "opened" && action !== "renewed") || commit === null || text === null) return found;
  if (tip !== commit) await pushBranch(git, project, push, { branch: branches.head, commit, expected: tip, signal });
  if (action === "opened" || found === null) return await forge.create(branches, text);
  await forge.change(found, text);
  return found;
}
