/** The name by which the program is called. */
export const PROGRAM = "eden-skills";

/** The last line of the help about one command. */
export const MORE = "How the manifest is found, and the exit codes: $0 help";

/** What the help about all commands says of each of them. */
export const EPILOGUE = `The manifest is the one of --config, else of EDEN_SKILLS_CONFIG, else skills.toml here or in a parent directory up to the one that holds .git, else ~/.eden-skills/skills.toml. EDEN_SKILLS_HOME moves ~/.eden-skills: manifest, policy, and usual storage.

Exit codes: 0 done (for plan, doctor, outdated and audit also when they found something, unless --strict, --check or --deny); 1 something failed; 2 the manifest or the command line is wrong; 3 not converged (a conflict, a stale lockfile); 129, 130 and 143 interrupted.`;

/** What the help about all commands says first. */
export const INTRODUCTION = `$0 <command> [options]

Installs the agent skills that skills.toml lists, the same on every machine.

To begin: \`$0 install owner/repo --list\`, then \`$0 install owner/repo --skill NAME\`; or \`$0 init\`, write skills.toml, and \`$0 apply\`.`;

/** How wide a help is, on a terminal of so many columns or on none. */
export function widthOf(columns: number | undefined): number {
  return Math.max(60, Math.min(110, columns || 100));
}
