import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { formatJson } from "../views/json-view.js";

const KINDS = ["report", "plan", "doctor", "list", "manifest", "lockfile"] as const;

/** `schema WHAT`: the JSON Schema of a document that the program reads or writes. */
export const schema: Command = {
  name: "schema",
  positional: { name: "what", many: false, describe: KINDS.join(", ") },
  summary: "Print the JSON Schema of a document",
  options: {},
  examples: [
    ["schema report", "what apply --json prints"],
    ["schema manifest > skills.schema.json", "for an editor"],
  ],
  judge: ({ words }) => words.map(kindOf),
  async run(given, { out }) {
    out.raw(`${formatJson(await schemaOf(kindOf(given.words[0] ?? "")))}\n`);
    return 0;
  },
};

function kindOf(word: string): (typeof KINDS)[number] {
  const kind = KINDS.find((one) => one === word);
  if (kind !== undefined) return kind;
  throw usageError("", `there is no schema ${JSON.stringify(word)}: expected ${KINDS.join(", ")}`);
}

async function schemaOf(what: (typeof KINDS)[number]): Promise<object> {
  if (what === "manifest" || what === "lockfile") {
    const { manifestJsonSchema, lockfileJsonSchema } = await import("../../manifest/format/schema.js");
    return what === "manifest" ? manifestJsonSchema() : lockfileJsonSchema();
  }
  const { outputJsonSchema } = await import("../views/output-schemas.js");
  return outputJsonSchema(what);
}
