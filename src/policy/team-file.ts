import { posix } from "node:path";
import { EdenError } from "../errors.js";
import { fileIn } from "../git/file-in.js";
import type { Repository } from "../git/repository.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import type { LockedPolicy } from "../manifest/lockfile/locked-policy.js";
import { parseToml } from "../manifest/format/parse-toml.js";
import { readDocument } from "../manifest/format/read-document.js";
import { policyFileSchema } from "../manifest/policy/policy-schema.js";
import { teamLayer } from "../manifest/policy/read-policy.js";
import type { TeamFile } from "../manifest/policy/policy.js";
import { oneTask } from "../run/one-task.js";
import { attemptOf, placeOf } from "../run/repository-task.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { asEdenError } from "../reactor/task-failure.js";
import { openStore } from "../store/store.js";
import { writeTeamPolicy } from "../store/team-policies.js";
import { sha256Hex } from "../system/sha256.js";
import { sourceVerdicts } from "./source-rules.js";
import { denialOf } from "./verdict.js";

/** Of a policy file, and of its file of allowed signers. */
const MOST_BYTES = 1024 * 1024;

/** A pin of the team's policy that has moved; commits. */
export interface PolicyMove {
  source: string;
  from: string;
  to: string;
}

type Ruled = Pick<Manifest, "policy" | "storageRoot" | "directory" | "registries">;

/**
 * Fetches the team's policy file if it is in a repository and not here; from then on it holds for
 * all copies of the manifest.
 * @param moves true: the pin moves to the current commit of its ref.
 * @returns the move of the pin; null if it stays, or if there was none.
 * @throws EdenError `POLICY_DENIED` by the machine's file, `LOCK_OUT_OF_DATE` if the file is not the
 *   pinned one, `INVALID_POLICY`; as a sync if it cannot be fetched.
 */
export async function completePolicy(
  context: RunContext,
  manifest: Ruled,
  { moves }: { moves: boolean },
): Promise<PolicyMove | null> {
  const { team } = manifest.policy;
  if (team?.repository == null) return null;
  const isMoving = moves && !context.settings.offline;
  if (team.pin !== null && !isMoving) return null;
  const { pin, layer } = await fetchTeamFile(context, manifest, team, isMoving ? null : team.locked);
  const { policy } = manifest;
  const before = team.locked;
  policy.layers = policy.layers.map((one) => (one.origin === "team" ? layer : one));
  policy.team = { ...team, pin };
  const isMoved = isMoving && before !== null && before.commit !== pin.commit;
  return isMoved ? { source: team.source, from: before.commit, to: pin.commit } : null;
}

/** The team's file as its ref has it now, which does not hold yet; null for a file at a path. */
export async function currentTeamFile(context: RunContext, manifest: Ruled): Promise<LockedPolicy | null> {
  const { team } = manifest.policy;
  return team?.repository == null ? null : (await fetchTeamFile(context, manifest, team, null)).pin;
}

async function fetchTeamFile(
  context: RunContext,
  manifest: Ruled,
  { source, repository }: TeamFile,
  locked: LockedPolicy | null,
) {
  if (repository === null) throw new EdenError("INTERNAL", `${source} is not in a repository`);
  await requireByMachine(manifest, repository);
  const { commit, policy, signers } = await fetchFiles(context, manifest, { source, repository, locked });
  const pin = { source, commit, sha256: sha256Hex(policy) };
  if (locked !== null && locked.sha256 !== pin.sha256) {
    const message = `the team's policy ${source} at ${commit.slice(0, 12)} is not the one that the lockfile pins`;
    throw new EdenError("LOCK_OUT_OF_DATE", message, { hint: "Run `eden-skills update`, and review the policy." });
  }
  const stored = writeTeamPolicy(manifest.storageRoot, { ...repository, commit }, { policy, signers });
  const problems: string[] = [];
  const layer = stored && (await teamLayer(source, stored, (problem) => void problems.push(problem)));
  if (layer === null) throw new EdenError("INVALID_POLICY", problems[0] ?? `${source} could not be stored`);
  return { pin, layer };
}

/** What the manifest says about sources is about skills; the machine's owner decides about all. */
async function requireByMachine(manifest: Ruled, repository: RepositorySource): Promise<void> {
  const { policy } = manifest;
  const layers = policy.layers.filter(({ origin }) => origin === "machine");
  const denied = await denialOf(sourceVerdicts({ ...manifest, policy: { ...policy, layers } }, repository));
  if (denied !== null) throw denied;
}

interface FetchedFiles {
  commit: string;
  policy: Buffer;
  signers: Buffer | null;
}

async function fetchFiles(
  context: RunContext,
  { storageRoot }: Ruled,
  { source, repository, locked }: { source: string; repository: RepositorySource; locked: LockedPolicy | null },
): Promise<FetchedFiles> {
  const { key } = repository;
  try {
    return await withRepositories(context, openStore(storageRoot), context.signal, async (repositories) => {
      return await oneTask(context, {
        key,
        ...placeOf(repository),
        signal: context.watchdog.signal,
        run: async (signal) =>
          await repositories.open(repository, attemptOf(context, key, signal), async (opened) => {
            return await readFiles(opened, locked?.commit ?? null);
          }),
      });
    });
  } catch (error) {
    const { code, message, facts } = asEdenError(error);
    throw new EdenError(code, `the team's policy ${source}: ${message}`, facts, error);
  }
}

async function readFiles(repository: Repository, pinned: string | null): Promise<FetchedFiles> {
  const { ref, subpath } = repository.source;
  const answer = pinned === null ? (await repository.resolve([ref])).get(ref) : { oid: pinned, commit: pinned };
  if (answer === undefined || answer instanceof EdenError)
    throw answer ?? new EdenError("INTERNAL", "a ref gave no answer");
  const [failure] = (await repository.fetch([answer], "none")).values();
  if (failure !== undefined) throw failure;
  const { commit } = answer;
  const fileAt = async (path: string) =>
    await fileIn(
      repository,
      { commit, subpath: posix.dirname(path) },
      (name) => name === posix.basename(path),
      MOST_BYTES,
    );
  const file = await fileAt(subpath);
  if (file === null) throw new EdenError("INVALID_POLICY", `there is no file ${subpath} in ${commit.slice(0, 12)}`);
  const signers = signersPath(file.content, subpath);
  const keys = signers === null ? null : await fileAt(signers);
  return { commit, policy: file.content, signers: keys?.content ?? null };
}

/** The path in the repository of the file of allowed signers; a policy that is wrong names none. */
function signersPath(policy: Buffer, subpath: string): string | null {
  const parsed = parseToml(policy, MOST_BYTES);
  const read = "problem" in parsed ? null : readDocument(policyFileSchema, parsed.document);
  const named = read !== null && "document" in read ? read.document.signatures?.allowed_signers : undefined;
  const path = named === undefined ? null : posix.join(posix.dirname(subpath), named);
  return path === null || named?.startsWith("/") === true || path.startsWith("..") ? null : path;
}
