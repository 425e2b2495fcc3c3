import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Development } from "../store/developments.js";
import { statIfExists } from "../system/read-files.js";
import type { Machine } from "./machine.js";

/**
 * For `--frozen`: no skill may be in development, since its targets show something else than the
 * lockfile records.
 * @throws EdenError `SKILL_IN_DEVELOPMENT`.
 */
export function requireNoDevelopment({ development, manifest }: Pick<Machine, "development" | "manifest">): void {
  const ids = manifest.skills.map(({ id }) => id).filter((id) => development.has(id));
  if (ids.length > 0)
    throw new EdenError("SKILL_IN_DEVELOPMENT", `--frozen: in development on this machine: ${ids.join(", ")}`, {
      hint: "`eden-skills dev --stop` installs their pinned content again.",
    });
}

/** Why the clone of a skill cannot be used; null if it can. */
export function developmentProblem(id: string, { directory }: Development): EdenError | null {
  if (statIfExists(join(directory, "SKILL.md"))?.isFile() === true) return null;
  return new EdenError("SKILL_IN_DEVELOPMENT", `${directory}, where ${id} is developed, has no SKILL.md`, {
    stage: "install",
    path: directory,
    hint: `\`eden-skills dev --stop ${id}\` installs the pinned content again.`,
  });
}

/** The message about a skill in development. */
export function developmentMessage({ directory }: Development): string {
  return `in development: its targets lead to ${directory}`;
}
