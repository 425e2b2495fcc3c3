import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { moveBack, moveToBackups } from "../targets/backup.js";
import { checkRealDirectory, placesFor } from "../targets/containment.js";
import { installCopy } from "../targets/install-copy.js";
import { installLink } from "../targets/install-link.js";
import { swapAside } from "../targets/swap-aside.js";
import { verifyTarget } from "../targets/verify-target.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { isStillOurs, planRemoval, planTarget, type PlanWorld } from "../plan/assemble.js";
import type { PlanItem } from "../plan/plan.js";
import { asEdenError } from "../reactor/task-failure.js";
import { bringsLitter, holdsContent } from "../store/integrity.js";
import { inDirectory } from "../system/open-directory.js";
import { lstatIfExists } from "../system/read-files.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { openStore } from "../store/store.js";

/** What carrying out plan items needs to know of the run. */
export interface InstallWorld {
  manifest: Manifest;
  home: string;
  plan: PlanWorld;
  /** With --frozen: the failure of a target that no longer is what we put there; null for all others. */
  damage(item: PlanItem): EdenError | null;
  /** Names the moment of the run in the paths of its backups. */
  backupTime: string;
}

/** How one item ended: what was really done, which may differ from the plan if somebody was faster. */
export interface InstallResult {
  item: PlanItem;
  status: "done" | "conflict" | "failed";
  error: EdenError | null;
}

/**
 * Carries out one item of the plan; call it with the lock of its directory held. The target is looked at once more right before, since
 * its owner may have changed it in the meantime. Expected failures are results.
 */
export async function installTarget(
  world: InstallWorld,
  planned: PlanItem,
  skill: ManifestSkill | null,
): Promise<InstallResult> {
  let item = planned;
  try {
    const again = lookAgain(world, planned);
    if (again === null || again.action === "noop") {
      return { item: again ?? { ...planned, action: "noop" }, status: "done", error: null };
    }
    item = again;
    const damage = world.damage(item);
    if (damage !== null) throw damage;
    if (item.failure !== null) throw item.failure;
    if (item.action === "conflict") return { item, status: "conflict", error: null };
    item = await changeTarget(world, item);
    if (item.action !== "remove" && skill?.verify.enabled === true) verify(item, skill);
    return { item, status: "done", error: null };
  } catch (error) {
    const failure = asEdenError(error);
    if (failure.code !== "TARGET_CONFLICT") return { item, status: "failed", error: failure };
    return { item: { ...item, action: "conflict", reasons: [failure.message] }, status: "conflict", error: failure };
  }
}

function lookAgain(world: InstallWorld, item: PlanItem): PlanItem | null {
  if (item.action !== "remove") return planTarget(world.plan, { ...item, path: item.targetPath });
  const again = planRemoval(world.plan, { ...item, path: item.targetPath, reason: item.reasons[0] ?? "" });
  if (!("left" in again)) return again;
  return again.left === null ? null : { ...item, action: "conflict", reasons: [again.left] };
}

/** Changes a target in its directory, which is held meanwhile and must not lead anywhere else. */
async function changeTarget(world: InstallWorld, item: PlanItem): Promise<PlanItem> {
  const directory = dirname(item.targetPath);
  const places = placesFor(world.manifest, world.home, item.inProject);
  return await inDirectory(
    directory,
    (real) => checkRealDirectory(directory, real, places),
    async (here) => {
      const path = join(here, basename(item.targetPath));
      if (item.action === "remove" && item.backup) return told(item, toBackups(world, item, path));
      if (item.action === "remove") swapAside(path, null, temporaryBeside(path), isOursAt(world, item));
      else if (item.backup) return await putWithBackup(world, item, path);
      else await put(world, item, path);
      return item;
    },
  );
}

/** What stood in the way is in the backups afterwards; when nothing could be put in its place, it is moved back. */
async function putWithBackup(world: InstallWorld, item: PlanItem, path: string): Promise<PlanItem> {
  const kept = toBackups(world, item, path);
  try {
    await put(world, item, path);
  } catch (error) {
    const about = error instanceof EdenError ? error : asEdenError(error);
    if (lstatIfExists(path) !== null) throw about;
    try {
      moveBack(kept, path);
    } catch {
      throw new EdenError(about.code, `${about.message}; what was there is kept at ${kept}`, about.facts, error);
    }
    throw about;
  }
  return told(item, kept);
}

function toBackups({ manifest, backupTime }: InstallWorld, { agents, skillId }: PlanItem, path: string): string {
  const agent = agents.toSorted()[0] ?? "custom";
  return moveToBackups(path, {
    root: openStore(manifest.storageRoot).backups,
    time: backupTime,
    group: agent,
    name: skillId,
  });
}

function told(item: PlanItem, kept: string): PlanItem {
  return { ...item, reasons: [...item.reasons, `backup: ${kept}`] };
}

/** @param path leads to the target. */
async function put(world: InstallWorld, item: PlanItem, path: string): Promise<void> {
  const { desired, installMode } = item;
  const isOurs = isOursAt(world, item);
  if (desired === null) throw new EdenError("INTERNAL", "nothing to install", { stage: "install" });
  if (installMode === "symlink") installLink(path, desired.link, isOurs);
  else if (desired.kind === "store")
    await installCopy(
      path,
      {
        directory: desired.path,
        withLitter: bringsLitter(desired.path, desired),
        executables: openStore(world.manifest.storageRoot).readMarker(desired.tree)?.executables ?? [],
      },
      { proves: (directory) => holdsContent(directory, desired), isOurs },
    );
}

function verify({ targetPath, desired, copyReason }: PlanItem, skill: ManifestSkill): void {
  const checks = skill.verify.checks.filter((check) => copyReason === null || check !== "is-symlink");
  const matches = (directory: string) => desired?.kind !== "store" || holdsContent(directory, desired);
  verifyTarget(targetPath, checks, matches);
}

function isOursAt({ plan }: InstallWorld, { targetPath }: PlanItem): (aside: string) => boolean {
  return (aside) => isStillOurs(plan, targetPath, aside);
}
