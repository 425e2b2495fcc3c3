/** The grammar of a skill's id, which is also the name of its directory everywhere. */
export const SKILL_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Names that Windows reserves for devices, with any extension; refused everywhere because lockfiles
 * are shared.
 */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/** Why a text cannot be the id of a skill, or null if it can. */
export function skillIdProblem(id: string): string | null {
  if (!SKILL_ID.test(id)) {
    return 'an id is 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit';
  }
  if (id.endsWith(".")) return "an id does not end with a dot: Windows drops it";
  if (RESERVED.test(id)) return "this name is reserved on Windows";
  return null;
}
