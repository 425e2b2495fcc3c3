import { fileFailure } from "../../system/file-failure.js";

/**
 * What the program says when it could not even be loaded, as when no descriptor is left: on
 * standard output one document with --json, else on standard error one line.
 */
export function lastWords(error: unknown, argv: readonly string[]): { json: boolean; text: string } {
  const { code, message } = fileFailure(error, "the program");
  const json = argv.includes("--json") || argv.includes("--json=true");
  if (!json) return { json, text: `error[${code}]: ${message}\n` };
  const problem = { code, path: "", message, line: null, column: null };
  return {
    json,
    text: `${JSON.stringify({ error: { code, message, problems: [problem] }, exit_code: 1 }, null, 2)}\n`,
  };
}
