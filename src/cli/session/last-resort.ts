import { fileFailure } from "../../system/file-failure.js";
import { asksForJson } from "../line/asks-for-json.js";

/**
 * What the program says when it could not even be loaded, as when no descriptor is left: on
 * standard output one document with --json, else on standard error one message with its next step.
 */
export function lastWords(error: unknown, argv: readonly string[]): { json: boolean; text: string } {
  const { code, message, facts } = fileFailure(error, "the program");
  const { hint } = facts;
  const json = asksForJson(argv);
  if (!json) return { json, text: `error[${code}]: ${message}\n${hint === undefined ? "" : `  hint: ${hint}\n`}` };
  const problem = { code, path: "", message, line: null, column: null };
  return {
    json,
    text: `${JSON.stringify({ error: { code, message, problems: [problem], hint }, exit_code: 1 }, null, 2)}\n`,
  };
}
