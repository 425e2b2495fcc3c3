import type { InstallMode, Manifest, ManifestSkill, ManifestTarget } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { realPlace } from "../system/read-files.js";
import { isBelow, projectAround } from "./project-links.js";

type Places = Pick<Manifest, "directory" | "scope" | "storageRoot" | "root">;

/**
 * The effective mode of one target: a copy in an image, in a container and on a host, and in place
 * of a link that would lead out of the project, if an agent that reads the directory ignores such
 * links.
 */
export function modeOfTarget(
  manifest: Places,
  home: string,
  skill: Pick<ManifestSkill, "installMode" | "source" | "alias">,
  { path, environment, linksDroppedBy }: ManifestTarget,
): InstallMode {
  const { installMode, source } = skill;
  if (environment.kind !== "local" || manifest.root !== undefined) return "copy";
  if (installMode === "copy" || linksDroppedBy === undefined) return installMode;
  const project = projectAround(manifest, home);
  if (project === null || !isBelow(path, project.directory)) return installMode;
  const content = realPlace(
    source.kind === "directory" && isLinkedLive(skill) ? directoryOf(source) : manifest.storageRoot,
  );
  return isBelow(content, project.physical) ? installMode : "copy";
}

/**
 * True for a directory of the user that is linked live; some of its targets may still be copies.
 * With an alias its renamed copy is installed instead.
 */
export function isLinkedLive({
  installMode,
  source,
  alias,
}: Pick<ManifestSkill, "installMode" | "source" | "alias">): boolean {
  return source.kind === "directory" && installMode === "symlink" && alias === null;
}

/**
 * Why a target is a copy although its skill is in link mode; null if it has the mode of the skill.
 */
export function copyReason(
  mode: InstallMode,
  { installMode }: Pick<ManifestSkill, "installMode">,
  { linksDroppedBy, environment }: ManifestTarget,
): string | null {
  if (mode === installMode || environment.kind !== "local") return null;
  if (linksDroppedBy === undefined) return "a copy, since an image has no store";
  return `a copy, since ${linksDroppedBy.join(", ")} leaves out links that lead out of the project`;
}

/** True if some target of a skill is a copy, whatever the mode of the skill. */
export function hasCopies(
  manifest: Places,
  home: string,
  skill: Pick<ManifestSkill, "installMode" | "source" | "alias" | "targets">,
): boolean {
  return (
    skill.installMode === "copy" ||
    skill.targets.some((target) => modeOfTarget(manifest, home, skill, target) === "copy")
  );
}
