import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { ResolvedRef } from "../git/mirror.js";
import type { Attempt, Repositories } from "../git/repositories.js";
import type { KnownMember, Manifest, ManifestCollection } from "../manifest/document/manifest.js";
import { keyOf } from "../manifest/document/source-kind.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { deniedSource } from "../policy/require-allowed.js";
import { runTasks } from "../reactor/run-tasks.js";
import type { Task } from "../reactor/task.js";
import type { NoticeText } from "../run/notice.js";
import { attemptOf, placeOf } from "../run/repository-task.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { statIfExists } from "../system/read-files.js";
import { openStore } from "../store/store.js";
import { withoutNamesakes } from "./choose-skills.js";
import { discoverSkills } from "./discover-skills.js";
import type { DiscoveredSkill, LeftOut } from "./discovery.js";
import type { SourceView } from "./source-view.js";
import { viewDirectory } from "./view-directory.js";
import { viewRepository } from "./view-repository.js";
import { rootNameOf } from "./with-source.js";

/** A collection whose members are looked up. */
export interface WantedCollection {
  collection: ManifestCollection;
  /** The commit to look at; null for that of its ref. */
  commit: string | null;
}

/** The selected skills of the source of a collection. */
export interface FoundCollection {
  members: KnownMember[];
  /** Where they were found; null for a directory. */
  at: ResolvedRef | null;
  /** What else looks like a wanted skill. */
  notices: NoticeText[];
}

/**
 * Looks up the members of collections: one task for each repository, under the limit and the budgets of the run. It
 * finds the skills that `install` finds in the same source.
 * @returns the result, or why there is none, by the position of the collection.
 */
export async function discoverMembers(
  context: RunContext,
  manifest: Manifest,
  wanted: readonly WantedCollection[],
): Promise<Map<number, FoundCollection | EdenError>> {
  const { clock, show } = context;
  context.step("collections");
  const results = new Map<number, FoundCollection | EdenError>();
  const groups = new Map<string, WantedCollection[]>();
  for (const one of wanted) {
    const denied = await deniedSource(manifest, one.collection.source);
    if (denied !== null) {
      results.set(one.collection.index, denied);
      continue;
    }
    const key = keyOf(one.collection.source);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const stop = AbortSignal.any([context.signal, context.watchdog.signal]);
  await withRepositories(context, openStore(manifest.storageRoot), stop, async (repositories) => {
    const tasks = [...groups].map(([key, group]): Task<void> => {
      const [first] = group;
      const { name, host } = first === undefined ? { name: key, host: "" } : placeOf(first.collection.source);
      const isRemote = first?.collection.source.kind === "repository";
      show({ type: "repository", at: clock.now(), task: key, name, host, isRemote, skills: [] });
      return {
        key,
        priority: 0,
        ...(host !== "" && { host }),
        run: async (signal) => {
          const attempt = attemptOf(context, key, signal);
          for (const [index, one] of await lookAt(repositories, manifest, group, attempt)) results.set(index, one);
        },
        ended: (outcome) => {
          if (outcome.status === "done") return;
          for (const { collection } of group) results.set(collection.index, outcome.error);
        },
      };
    });
    await runTasks(tasks, { ...context.taskRules, signal: stop, emit: show });
  });
  return results;
}

type Results = Map<number, FoundCollection | EdenError>;

/** All collections of one source. */
async function lookAt(
  repositories: Repositories,
  { limits }: Manifest,
  group: readonly WantedCollection[],
  attempt: Attempt,
): Promise<Results> {
  const results: Results = new Map();
  const [first] = group;
  if (first === undefined) return results;
  const { source } = first.collection;
  const look = async (one: WantedCollection, view: () => Promise<FoundCollection>) => {
    try {
      results.set(one.collection.index, await view());
    } catch (error) {
      if (!(error instanceof EdenError) || !isOwnFault(error)) throw error;
      results.set(one.collection.index, error);
    }
  };
  if (source.kind === "directory") {
    if (statIfExists(source.path)?.isDirectory() !== true)
      throw new EdenError("FETCH_NOT_FOUND", `there is no directory ${sanitize(source.path)}`, {
        stage: "resolve",
        hint: "Check the path in the manifest.",
      });
    for (const one of group)
      await look(
        one,
        async () =>
          await viewDirectory(
            source.path,
            one.collection.source.subpath,
            limits,
            async (view) => await found(one, view),
          ),
      );
    return results;
  }
  return await repositories.open(source, attempt, async (repository) => {
    for (const one of group) {
      const { ref, subpath } = one.collection.source;
      const place = { ref: one.commit ?? ref, start: subpath, refAndPath: null };
      await look(one, async () => {
        const result = await found(one, await viewRepository(repository, place));
        if (result.at === null || !repository.wasFetched(result.at.oid)) return result;
        const arrived = repositories.wasCreated(source) ? ("cloned" as const) : ("updated" as const);
        return { ...result, members: result.members.map((member) => ({ ...member, arrived })) };
      });
    }
    return results;
  });
}

/** True for an error that concerns one collection, not its whole repository. */
function isOwnFault({ code }: EdenError): boolean {
  return ["REF_NOT_FOUND", "SUBPATH_NOT_FOUND", "SKILL_UNSAFE", "OFFLINE_MISS"].includes(code);
}

async function found({ collection }: WantedCollection, view: SourceView): Promise<FoundCollection> {
  const discovery = await discoverSkills(view, rootNameOf(collection.source.repo));
  const named = ({ id, path }: DiscoveredSkill) => ({ name: id, path });
  const hidden = discovery.unlisted.filter((skill) => collection.names(named(skill)));
  const all = [...discovery.skills, ...hidden].filter((skill) => collection.wants(named(skill)));
  const { skills, left } = withoutNamesakes(all);
  const isWanted = ({ path }: LeftOut) => collection.wants({ name: posix.basename(path), path });
  // A template without a description is no skill.
  const wrong = discovery.skipped.filter((one) => one.code !== null && one.code !== "SKILL_INVALID" && isWanted(one));
  const members = skills.map((skill): KnownMember => {
    const id = `${collection.prefix}${skill.id}`;
    // A tag is resolved again, so that it is known as one.
    const commit = view.at === null || view.at.tag === true ? {} : { commit: view.at.commit };
    return { collection, id, subpath: skill.path, ...commit };
  });
  const invalid = members.filter(({ id }) => skillIdProblem(id) !== null);
  return {
    members: members.filter((member) => !invalid.includes(member)),
    at: view.at,
    notices: [
      ...[...left, ...wrong].map((one) => leftNotice(collection, one)),
      ...invalid.map(({ id, subpath: path }) =>
        leftNotice(collection, { path, reason: `${id} cannot be an id`, code: "INVALID_SKILL_ID" }),
      ),
    ],
  };
}

function leftNotice({ key }: ManifestCollection, { path, reason, code }: LeftOut): NoticeText {
  const message = sanitize(`${path} of collection ${key} is left out: ${reason}`);
  const hint = "`exclude` it, or `include` another one by its directory.";
  return { severity: "error", code: code ?? "SKILL_INVALID", stage: "resolve", message, hint };
}
