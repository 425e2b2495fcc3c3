/** An entry of `skills-lock.json`, version 1. */
export interface SkillsLockEntry {
  /** `owner/repo` at GitHub, an address, or a path relative to the file. */
  source: string;
  /** Without it, newer versions of that command cannot restore a skill from other hosts. */
  sourceUrl?: string;
  ref?: string;
  sourceType: "github" | "gitlab" | "git" | "local";
  /** The SKILL.md, relative to the source. */
  skillPath: string;
  /** Hex SHA-256 of the files; see `skillsLockHash`. */
  computedHash: string;
}

/** The lock file that the `skills` command keeps in a project. */
export interface SkillsLock {
  version: 1;
  skills: Record<string, SkillsLockEntry>;
}

/** The text of the file, in the order and the layout of that command. */
export function formatSkillsLock({ skills }: SkillsLock): string {
  const sorted = Object.entries(skills).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ version: 1, skills: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** How that command names a remote repository. @param url its address, as git takes it. */
export function skillsLockSource(url: string): Pick<SkillsLockEntry, "source" | "sourceUrl" | "sourceType"> {
  const github = /^https:\/\/github\.com\/(?<name>[^/]+\/[^/]+?)(?:\.git)?\/?$/iu.exec(url)?.groups?.["name"];
  if (github !== undefined) return { source: github, sourceType: "github" };
  return { source: url, sourceUrl: url, sourceType: /^https:\/\/gitlab\.com\//iu.test(url) ? "gitlab" : "git" };
}
