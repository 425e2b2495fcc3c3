/** A skill that a source has. */
export interface DiscoveredSkill {
  /** What it will be called: its name, where that is good for a directory, else its directory's. */
  id: string;
  name: string | null;
  description: string;
  /** Its directory, from the root of the source; "." for the root. */
  path: string;
  /** What is not as the format wants it, in words. */
  warnings: string[];
}

/** Something in a source that is no skill, or is not taken with the others. */
export interface LeftOut {
  /** A directory or a link, from the root of the source; the name of a plugin that lies elsewhere. */
  path: string;
  reason: string;
  /** What is wrong with it; null when nothing is. `SKILL_INVALID`: no agent would load it. */
  code: string | null;
}

export interface Discovery {
  /** In the order of the places they were found in, then by path. */
  skills: DiscoveredSkill[];
  /** Skills that are taken only when they are named: each has its entry in `skipped`. */
  unlisted: DiscoveredSkill[];
  /** Whatever else looks like a skill, or may lead to one. */
  skipped: LeftOut[];
}
