import { usageError } from "../arguments.js";
import type { Command } from "../command.js";
import { formatJson } from "../json-view.js";

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
  async run(given, { out }) {
    const [what = ""] = given.words;
    out.raw(`${formatJson(await schemaOf(what))}\n`);
    return 0;
  },
};

async function schemaOf(what: string): Promise<object> {
  if (what === "manifest" || what === "lockfile") {
    const { manifestJsonSchema, lockfileJsonSchema } = await import("../../manifest/schema.js");
    return what === "manifest" ? manifestJsonSchema() : lockfileJsonSchema();
  }
  if (what === "report" || what === "plan" || what === "doctor" || what === "list") {
    const { outputJsonSchema } = await import("../output-schemas.js");
    return outputJsonSchema(what);
  }
  throw usageError("", `there is no schema ${JSON.stringify(what)}: expected ${KINDS.join(", ")}`);
}
