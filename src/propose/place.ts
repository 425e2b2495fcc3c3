import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import type { Git } from "../git/git.js";
import { openProject, uncommitted, type Project } from "../git/project.js";
import { pushPlace, type PushPlace } from "../git/push.js";
import type { RunContext } from "../run/run-context.js";
import { keptSiteSkills } from "../site/site-upstream.js";
import { recordOf } from "../skill/site-record.js";
import { followLinks } from "../system/follow-links.js";
import type { Job } from "../workspace/job.js";
import { chooseForge } from "./choose-forge.js";
import type { Branches, Forge } from "./forge.js";

/** Where a proposal is to go. */
export interface PlaceRequest {
  /** The group of skills, or null for all skills. */
  group: string | null;
  /** The branch that the pull request is for; null for the one that is checked out. */
  base: string | null;
  /** The branch of the pull request; a group is appended. */
  branch: string;
  remote: string;
}

/** Where the proposal goes. */
export interface Place {
  project: Project;
  branches: Branches;
  push: PushPlace;
  forge: Forge;
  /** The real path of the lockfile. */
  lockfile: string;
}

/** All that can be refused without network. @throws EdenError `USAGE`, `TOKEN_MISSING`. */
export async function lookAtPlace(context: RunContext, git: Git, job: Job, request: PlaceRequest): Promise<Place> {
  const { manifest } = job;
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
  const sites = keptSiteSkills(manifest, job.selected).map(({ path }) => followLinks(path).place);
  const own = [file, lockfile, ...sites.flatMap((path) => [path, recordOf(path)])];
  const changed = await uncommitted(git, project, own, signal);
  if (changed.length > 0)
    throw new EdenError("USAGE", `not committed: ${changed.join(", ")}`, { hint: "Commit them first." });
  const push = await pushPlace(git, project, request.remote, signal);
  return { project, branches: { head, base }, push, forge: chooseForge(context, git, push.source), lockfile };
}

/**
 * The pins of another commit than that of the base would bring more into the pull request.
 * @throws EdenError `BASE_MOVED`.
 */
export function requireCurrentBase({ commit }: Project, base: string, tip: string | undefined): void {
  if (tip === commit) return;
  const at = tip === undefined ? "does not exist at the remote" : `is at ${tip.slice(0, 12)}`;
  throw new EdenError("BASE_MOVED", `the branch ${base} ${at}, and ${commit.slice(0, 12)} is checked out`, {
    stage: "propose",
  });
}
