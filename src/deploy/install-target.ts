import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { moveBack, moveToBackups, type BackupPlace } from "../targets/backup.js";
import { installCopy } from "../targets/install-copy.js";
import { installLink } from "../targets/install-link.js";
import { swapAside } from "../targets/swap-aside.js";
import { verifyTarget } from "../targets/verify-target.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { isStillOurs, planRemoval, planTarget, type MachineFacts } from "../plan/assemble.js";
import type { PlanItem } from "../plan/plan.js";
import { asEdenError } from "../reactor/task-failure.js";
import { bringsLitter, holdsContent } from "../store/integrity.js";
import { inDirectory } from "../system/open-directory.js";
import { lstatIfExists } from "../system/read-files.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { openRecords } from "../store/records.js";
import { openStore } from "../store/store.js";
import type { RunContext } from "../run/run-context.js";
import type { Machine } from "../workspace/machine.js";
import { damageOf } from "./frozen-damage.js";

/** The result of one item, which may differ from the plan if another program was faster. */
export interface InstallResult {
  item: PlanItem;
  status: "done" | "conflict" | "failed";
  error: EdenError | null;
}

/**
 * Carries out one item of the plan; call it with the lock of its directory held. The target is
 * checked again directly before, since its owner may have changed it in the meantime. Expected
 * failures are results.
 */
export async function installTarget(context: RunContext, machine: Machine, planned: PlanItem): Promise<InstallResult> {
  let item = planned;
  try {
    const again = lookAgain(machine.facts, planned);
    if (again === null || again.action === "noop") {
      return { item: again ?? { ...planned, action: "noop" }, status: "done", error: null };
    }
    item = again;
    const damage = context.settings.frozen ? damageOf(machine, item) : null;
    if (damage !== null) throw damage;
    if (item.failure !== null) throw item.failure;
    if (item.action === "conflict") return { item, status: "conflict", error: null };
    item = await changeTarget(context, machine, item);
    const skill = machine.manifest.skills.find(({ id }) => id === item.skillId);
    if (item.action !== "remove" && skill?.verify.enabled === true) verify(item, skill);
    return { item, status: "done", error: null };
  } catch (error) {
    const failure = asEdenError(error);
    if (failure.code !== "TARGET_CONFLICT") return { item, status: "failed", error: failure };
    const conflict = { ...item, action: "conflict" as const, reasons: [failure.message], isEdited: false };
    return { item: conflict, status: "conflict", error: failure };
  }
}

function lookAgain(facts: MachineFacts, item: PlanItem): PlanItem | null {
  if (item.action !== "remove") return planTarget(facts, { ...item, path: item.targetPath });
  const again = planRemoval(facts, { ...item, path: item.targetPath, reason: item.reasons[0] ?? "" });
  if (!("left" in again)) return again;
  const { left, isEdited } = again;
  return left === null ? null : { ...item, action: "conflict", reasons: [left], isEdited };
}

/** Changes a target in its directory, which is held open and must not lead elsewhere. */
async function changeTarget(context: RunContext, machine: Machine, item: PlanItem): Promise<PlanItem> {
  const directory = dirname(item.targetPath);
  return await inDirectory(
    directory,
    (real) => machine.containment.checkReal(directory, real, item.inProject),
    async (here) => {
      const path = join(here, basename(item.targetPath));
      const place = backupPlace(context, machine, item);
      if (item.action === "remove" && item.backup) return keptAt(item, moveToBackups(path, place));
      if (item.action === "remove") swapAside(path, null, temporaryBeside(path), isOursAt(machine, item));
      else if (item.backup) return await putWithBackup(machine, item, path, place);
      else await put(machine, item, path);
      return item;
    },
  );
}

/** The previous entry is in the backups afterwards; if the install fails, it is restored. */
async function putWithBackup(machine: Machine, item: PlanItem, path: string, place: BackupPlace): Promise<PlanItem> {
  const kept = moveToBackups(path, place);
  try {
    await put(machine, item, path);
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
  return keptAt(item, kept);
}

function backupPlace(
  { startedAt }: RunContext,
  { manifest }: Machine,
  { agents, skillId: name }: PlanItem,
): BackupPlace {
  const group = agents.toSorted()[0] ?? "custom";
  return { root: openRecords(manifest).backups, startedAt, group, name };
}

function keptAt(item: PlanItem, kept: string): PlanItem {
  return { ...item, reasons: [...item.reasons, `backup: ${kept}`] };
}

/** @param path leads to the target. */
async function put(machine: Machine, item: PlanItem, path: string): Promise<void> {
  const { desired, installMode } = item;
  const isOurs = isOursAt(machine, item);
  if (desired === null) throw new EdenError("INTERNAL", "nothing to install", { stage: "install" });
  if (installMode === "symlink") await installLink(path, desired.link, isOurs);
  else if (desired.kind === "store")
    await installCopy(
      path,
      {
        directory: desired.path,
        withLitter: bringsLitter(desired.path, desired),
        executables: openStore(machine.manifest.storageRoot).readMarker(desired.tree)?.executables ?? [],
      },
      { proves: (directory) => holdsContent(directory, desired), isOurs },
    );
}

function verify({ targetPath, desired, copyReason }: PlanItem, skill: ManifestSkill): void {
  const checks = skill.verify.checks.filter((check) => copyReason === null || check !== "is-symlink");
  const matches = (directory: string) => desired?.kind !== "store" || holdsContent(directory, desired);
  verifyTarget(targetPath, checks, matches);
}

function isOursAt({ facts }: Machine, { targetPath }: PlanItem): (aside: string) => boolean {
  return (aside) => isStillOurs(facts, targetPath, aside);
}
