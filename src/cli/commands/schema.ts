import { defineCommand } from "../line/command.js";
import { formatJson } from "../views/json-view.js";

const KINDS = [
  "report",
  "events",
  "plan",
  "doctor",
  "list",
  "show",
  "why",
  "agents",
  "diff",
  "inventory",
  "policy-check",
  "propose",
  "manifest",
  "policy",
  "lockfile",
] as const;

/** `schema WHAT`: the JSON Schema of a document that the program reads or writes. */
export const schema = defineCommand({
  command: "schema <what>",
  describe: "Print the JSON Schema of a document",
  builder: (yargs) =>
    yargs.positional("what", { choices: KINDS, describe: "The document" }).example([
      ["$0 schema report", "what apply --json prints"],
      ["$0 schema manifest > skills.schema.json", "for an editor"],
    ]),
  async handler({ what = "report" }, { out }) {
    out.raw(`${formatJson(await schemaOf(what))}\n`);
    return 0;
  },
});

async function schemaOf(what: (typeof KINDS)[number]): Promise<object> {
  if (what === "manifest" || what === "policy" || what === "lockfile") {
    const schemas = await import("../../manifest/format/schema.js");
    if (what === "policy") return schemas.policyJsonSchema();
    return what === "manifest" ? schemas.manifestJsonSchema() : schemas.lockfileJsonSchema();
  }
  const { outputJsonSchema } = await import("../views/output-schemas.js");
  return outputJsonSchema(what);
}
