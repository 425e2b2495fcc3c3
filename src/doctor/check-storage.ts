import type { Manifest } from "../manifest/document/manifest.js";
import { blockedDirectory, unwritableDirectory } from "../system/blocked-path.js";
import { errorFinding, type Finding } from "./finding.js";
import { openRecords } from "../store/records.js";

/** Checks that runs can write to the storage and read the state in it. */
export function checkStorage(manifest: Manifest): Finding[] {
  const { storageRoot } = manifest;
  const blocked = blockedDirectory(storageRoot, "NOT_A_DIRECTORY") ?? unwritableDirectory(storageRoot);
  if (blocked !== null) {
    const remedy = blocked.facts.hint ?? "Check its owner and mode, or set `storage.root` to another directory.";
    return [errorFinding(blocked.code, {}, `the storage cannot be written: ${blocked.message}`, remedy)];
  }
  return openRecords(manifest)
    .states.unreadable()
    .map(({ error: { code, message, facts } }) =>
      errorFinding(code, {}, message, facts.hint ?? "Check its owner and mode."),
    );
}
