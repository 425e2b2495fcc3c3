/** The YAML parser, in a module of its own so that it is loaded only when YAML is read. */
import { isCollection, Lexer, parseDocument as parse, visit, type Document } from "yaml";

export { isCollection, isMap, isScalar } from "yaml";

/**
 * Parses a document; its errors have no stack traces: with them, the thousands of errors of a hostile text took
 * 120 MiB for 100 KB, and most of the time.
 */
export function parseDocument(text: string, options: Parameters<typeof parse>[1]): Document.Parsed {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parse(text, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Maximum tables and lists that are keys, such as the one in `{{name}}`. Each is written as text with all that is in
 * it: 400 of them within each other took 9 s.
 */
const MOST_COLLECTION_KEYS = 20;

/** Maximum tables and lists within each other. The parser keeps a kilobyte for each. */
const MOST_WITHIN = 500;

/** True if more tables and lists are within each other than a file that a person or a program needs. */
export function isTooDeep(text: string): boolean {
  let inFlow = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") inFlow++;
    else if (token === "]" || token === "}") inFlow--;
    else if (token === "\n" || token === "\r\n") inLine = 0;
    else if ((token === "-" || token === "?") && inFlow === 0) inLine++;
    if (inFlow + inLine > MOST_WITHIN) return true;
  }
  return false;
}

/**
 * The data of a document.
 * @throws Error for an alias, and for too many keys that are tables or lists.
 */
export function dataOf(document: Document): unknown {
  let count = 0;
  visit(document, {
    Pair: (_, { key }) => (isCollection(key) && ++count > MOST_COLLECTION_KEYS ? visit.BREAK : undefined),
  });
  if (count > MOST_COLLECTION_KEYS) throw new Error(`more than ${MOST_COLLECTION_KEYS} keys are tables or lists`);
  return document.toJS({ maxAliasCount: 0 });
}
