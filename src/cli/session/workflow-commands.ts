/**
 * Text that a build server would not take for a command to itself. GitHub reads `::name::` at the
 * beginning of a line, blanks before it included, and `##[name]` anywhere; Azure reads `##vso[`. A
 * blank in the middle keeps them readable and dead.
 */
export function withoutWorkflowCommands(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, "$1: ").replace(/##(?=\[|vso\[)/g, "# #");
}
