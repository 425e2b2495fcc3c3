/** Whether a command line that could not be read asks for JSON. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.includes("--json") || argv.includes("--json=true");
}
