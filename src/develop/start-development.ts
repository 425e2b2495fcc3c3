import { join, resolve } from "node:path";
import { decide } from "../apply/decide.js";
import { applyRun } from "../apply/pipeline.js";
import type { Synced } from "../apply/synced.js";
import { EdenError } from "../errors.js";
import { cloneToWorkIn, originOf } from "../git/clone.js";
import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import { gitFinder } from "../run/git-finder.js";
import type { DevelopedSkill, Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { readDevelopments, writeDevelopments, type Development, type Developments } from "../store/developments.js";
import { openStore } from "../store/store.js";
import { listDirectory, lstatIfExists } from "../system/read-files.js";
import { isArchive } from "../manifest/source/archive-address.js";
import { developmentProblem } from "../workspace/development.js";
import type { Job } from "../workspace/job.js";

/**
 * Clones the repository of a skill at its pinned commit, and lets the targets of the skill lead
 * there. A clone that is there is used as it is.
 * @param job of this one skill.
 * @param given the directory for the clone; null for `./<id>-dev`.
 * @throws EdenError `USAGE` for a skill of a directory, and for a directory with something else; as
 *   a sync. Nothing is changed then, except for a clone that was made.
 */
export async function startDevelopment(context: RunContext, job: Job, given: string | null): Promise<Report> {
  const { manifest, selected } = job;
  const [skill] = selected;
  if (skill === undefined) throw new TypeError("no skill to develop");
  const before = readDevelopments(manifest.storageRoot, manifest.path);
  const write = (developments: Developments) => {
    writeDevelopments(manifest.storageRoot, manifest.path, developments);
  };
  const begun: DevelopedSkill[] = [];
  const report = await applyRun(context, job, async (_, synced) => {
    const development = await provide(context, synced, skill, given);
    begun.push({ id: skill.id, ...development });
    const now = new Map([...before, [skill.id, development]]);
    write(now);
    return decide(context, { ...synced, machine: { ...synced.machine, development: now } });
  });
  if (report.outcome !== "ok") write(before);
  return { ...report, developed: begun };
}

/** The clone of a skill whose pinned commit is known. */
async function provide(
  context: RunContext,
  { machine, selected, results }: Synced,
  skill: ManifestSkill,
  given: string | null,
): Promise<Development> {
  const result = results.get(skill.id) ?? { error: NOT_WANTED };
  if ("error" in result) throw result.error;
  const source = sourceOf(selected[0] ?? skill);
  const clone = resolve(context.host.cwd, given ?? `${skill.id}-dev`);
  const { commit } = result.synced.version;
  await provideClone(context, machine.manifest.storageRoot, { id: skill.id, source, clone, commit });
  const development = { directory: join(clone, source.subpath), clone, commit };
  const problem = developmentProblem(skill.id, development);
  if (problem !== null) throw problem;
  return development;
}

const NOT_WANTED = new EdenError(
  "USAGE",
  "the skill is not wanted on this machine: it is disabled, or in another group",
);

function sourceOf({ id, source }: ManifestSkill): RepositorySource {
  if (source.kind === "repository" && !isArchive(source)) return source;
  if (source.kind === "repository") throw new EdenError("USAGE", `${id} comes from an archive, which has no clone`);
  throw new EdenError("USAGE", `${id} comes from a directory, which is edited as it is`);
}

interface Wanted {
  id: string;
  source: RepositorySource;
  clone: string;
  commit: string;
}

async function provideClone(context: RunContext, storageRoot: string, wanted: Wanted): Promise<void> {
  const { id, source, clone: directory, commit } = wanted;
  const staging = openStore(storageRoot).openStaging();
  try {
    const { signal } = context;
    const git = await gitFinder(context, staging, signal)(signal);
    const isFree = lstatIfExists(directory) === null || listDirectory(directory).length === 0;
    if (isFree) {
      if (context.settings.offline && source.transport !== "file")
        throw new EdenError("OFFLINE_MISS", `${id} cannot be cloned without network`, { stage: "fetch" });
      await cloneToWorkIn(git, { source, directory, commit, branch: `dev/${id}` }, signal);
    } else if ((await originOf(git, directory, signal)) !== source.url) {
      throw new EdenError("USAGE", `${directory} is there, and is no clone of ${source.repo}`, {
        hint: "Name another directory: `eden-skills dev SKILL DIR`.",
      });
    }
  } finally {
    staging.dispose();
  }
}
