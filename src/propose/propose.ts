import type { Git } from "../git/git.js";
import { commitFiles } from "../git/project.js";
import { branchesAt, pushBranch } from "../git/push.js";
import { upstreamDiffs } from "../inspect/diff-upstream.js";
import type { SkillTextDiff } from "../inspect/skill-diffs.js";
import { gitFinder } from "../run/git-finder.js";
import type { RunContext } from "../run/run-context.js";
import { openStore } from "../store/store.js";
import { previewSites } from "../update/preview-sites.js";
import { previewOf, syncUpstream, withRows, type UpdatePreview } from "../update/preview-update.js";
import type { Job } from "../workspace/job.js";
import { decideProposal, type Decided } from "./decide-proposal.js";
import type { PullRequest } from "./forge.js";
import { movedPins, proposedLockfile, type MovedPin } from "./proposed-lockfile.js";
import { CLOSED_NOTE, commitMessage, titleOf, withCommit } from "./proposal-text.js";
import { lookAtPlace, requireCurrentBase, type Place, type PlaceRequest } from "./place.js";
import { siteMoves, type ProposedSite } from "./site-moves.js";

/** What is to be proposed, and where. */
export interface ProposeRequest extends PlaceRequest {
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
  /** The same with the reasons. */
  failures: { id: string; message: string }[];
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
    const sites = await siteMoves(job.manifest, await previewSites(context, job, false), staging);
    const preview = withRows(await previewOf(synced, job, false), synced, sites);
    const moves = sites.flatMap(({ move }) => move ?? []);
    const pins = pinsIn(preview, sites);
    const failed = preview.skills.filter(({ status }) => status === "unreachable" || status === "failed");
    const title = titleOf(pins, request.group);
    const versions = new Map(moves.map(({ id, version }) => [id, version]));
    const commit =
      pins.length === 0
        ? null
        : await commitFiles(
            git,
            project,
            {
              replaced: moves.map(({ directory }) => directory),
              files: [
                { path: lockfile, mode: "100644", content: await proposedLockfile(synced, pins, versions) },
                ...moves.flatMap(({ files }) => files),
              ],
              message: commitMessage(title, pins),
              scratch: staging.next(),
            },
            signal,
          );
    const tips = await branchesAt(git, project, place.push, { branches: [branches.base, branches.head], signal });
    requireCurrentBase(project, branches.base, tips.get(branches.base));
    const found = await forge.find(branches);
    const texts = [...upstreamDiffs(synced), ...moves.map((move) => move.text)];
    const text = commit === null ? null : { title, body: withCommit(request.describe(preview, texts), commit) };
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
      failures: failed.map(({ id, message }) => ({ id, message: message ?? "" })),
    };
  } finally {
    staging.dispose();
  }
}

/** The moved pins in manifest order. A skill that its site no longer has keeps its pin. */
function pinsIn({ skills }: UpdatePreview, sites: readonly ProposedSite[]): MovedPin[] {
  const kept = new Set(sites.flatMap(({ row, move }) => (move === null ? [row.id] : [])));
  return movedPins(skills.filter(({ id }) => !kept.has(id)));
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
