import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { openRecords } from "../store/records.js";
import { readBytesIfExists } from "../system/read-files.js";
import { sha256Hex } from "../system/sha256.js";
import { lookAtMachine } from "../workspace/machine.js";
import { installPhase } from "./install-phase.js";
import type { CompletedInstalls } from "./completed-installs.js";
import { nextState } from "./next-state.js";
import type { PlannedInstalls } from "./plan-installs.js";

/**
 * Phase B; call it with the manifest's lock held. The state of the machine is read again: another
 * process may have been faster. The state file lists old and new content of every target before the
 * first one is changed.
 * @throws EdenError `MANIFEST_CHANGED`; as `lookAtMachine`.
 */
export async function installAll(context: RunContext, plan: PlannedInstalls): Promise<CompletedInstalls> {
  const { manifest } = plan.machine;
  requireSameManifest(manifest);
  const machine = lookAtMachine(manifest, context.host.home, context.settings.force, plan.machine.remote);
  if (isIdle(plan)) return { plan, machine, results: new Map() };
  context.emit({ type: "phase-started", at: context.clock.now(), phase: "install", targets: plan.work.length });
  try {
    openRecords(manifest).states.write(nextState(machine, plan.work, null, []));
    return { plan, machine, results: await installPhase(context, plan, machine) };
  } finally {
    context.emit({ type: "phase-ended", at: context.clock.now(), phase: "install" });
  }
}

/** True if no target is to be changed. */
export function isIdle({ work, dirty }: PlannedInstalls): boolean {
  return work.length === 0 && dirty.length === 0;
}

/** @throws EdenError `MANIFEST_CHANGED` if the manifest changed since the plan. */
function requireSameManifest({ path, digest }: Manifest): void {
  const bytes = readBytesIfExists(path);
  if (bytes !== null && sha256Hex(bytes) === digest) return;
  throw new EdenError("MANIFEST_CHANGED", `${path} was changed during this run`, {
    stage: "install",
    hint: "Run the command again.",
  });
}
