import { errorMessage } from "../../errors.js";

/** Maximum bytes of a YAML file: its parser needs some seconds for a hostile one of this size. */
const MOST_BYTES = 1024 * 1024;

/** A document, or its problem. */
export type ParsedYaml = { document: unknown } | { message: string; line: number | null; column: number | null };

/**
 * Reads a YAML text; never throws. Also refused: more than 1 MiB, bytes that are not UTF-8, several
 * documents, and aliases, which could make a small text large. The message never quotes the text.
 */
export async function parseYaml(bytes: Uint8Array): Promise<ParsedYaml> {
  if (bytes.byteLength > MOST_BYTES)
    return problem(`the file has ${bytes.byteLength} bytes; at most ${MOST_BYTES} are read`);
  const { dataOf, isTooDeep, parseDocument } = await import("./yaml.js");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (isTooDeep(text)) return problem("the file is no YAML that is read: too many lists are within each other");
    const document = parseDocument(text, {
      schema: "core",
      merge: false,
      // Its check compares each key with all others.
      uniqueKeys: false,
      logLevel: "silent",
      prettyErrors: false,
    });
    const error = document.errors[0];
    if (error === undefined) return { document: dataOf(document) };
    const before = text.slice(0, error.pos[0]).split("\n");
    return {
      message: `the file is no YAML (${error.code})`,
      line: before.length,
      column: (before.at(-1) ?? "").length + 1,
    };
  } catch (error) {
    return problem(`the file is no YAML: ${errorMessage(error).split("\n", 1)[0]}`);
  }
}

function problem(message: string): ParsedYaml {
  return { message, line: null, column: null };
}
