/**
 * Text that a build server would not take for a command to itself. GitHub reads `::name::` at the
 * beginning of a line, blanks before it included, and `##[name]` anywhere; Azure reads `##vso[`,
 * TeamCity `##teamcity[`. The latter two keep their width, for the lines of a terminal.
 */
export function withoutWorkflowCommands(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, "$1: ").replace(/##(vso|teamcity|)\[/g, "##$1(");
}

/**
 * The same for JSON, or TOML whose strings are all in double quotes: it reads back as it was. No
 * line of them begins with a colon.
 */
export function withEscapedCommands(text: string): string {
  return text.replace(/#(?=#(?:vso|teamcity|)\[)/g, "\\u0023");
}
