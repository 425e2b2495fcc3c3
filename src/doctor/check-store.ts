import type { LockedSkill } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { statIfExists } from "../system/read-files.js";
import { isInstalled } from "../workspace/pins.js";
import { errorFinding, type Finding } from "./finding.js";
import { openStore } from "../store/store.js";

/** Checks that the content of every skill exists, and hashes it again. */
export function checkStore(manifest: Manifest, locked: ReadonlyMap<string, LockedSkill>): Finding[] {
  return manifest.skills.filter(isInstalled).flatMap((skill) => {
    const found = checkSource(manifest, skill, locked.get(skill.id));
    return found === null ? [] : [found];
  });
}

function checkSource(manifest: Manifest, skill: ManifestSkill, entry: LockedSkill | undefined): Finding | null {
  const { id, source } = skill;
  if (source.kind === "directory") {
    const directory = directoryOf(source);
    if (statIfExists(directory)?.isDirectory() === true) return null;
    return errorFinding(
      "SOURCE_MISSING",
      { skill: id },
      `there is no directory ${directory}`,
      "Restore it, or change the skill's repo.",
    );
  }
  if (entry === undefined || entry.tree === "") {
    return errorFinding("SOURCE_MISSING", { skill: id }, "it was never synced", "Run `eden-skills apply`.");
  }
  const store = openStore(manifest.storageRoot);
  const isThere =
    store.readyEntry(entry.tree, id) !== null &&
    (skill.alias === null || store.renamedEntry(entry.tree, id, skill.alias) !== null);
  if (!isThere)
    return errorFinding(
      "SOURCE_MISSING",
      { skill: id },
      "its content is not in the store",
      "Run `eden-skills repair`.",
    );
  if (!store.treesOf(entry).some((tree) => store.isCorrupt(tree, id))) return null;
  const message = "its content in the store was changed";
  return errorFinding(
    "STORE_CORRUPT",
    { skill: id },
    message,
    "Run `eden-skills repair`, which keeps the changed content in the backups.",
  );
}
