import { expandPath } from "../../manifest/names/expand-path.js";
import { usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { deliverImport } from "../views/import-view.js";
import { planOptions } from "../line/run-options.js";

/** `config import --from FILE`: the skills of another manifest. */
export const configImport: Command = {
  name: "config import",
  summary: "Take skills and registries over from another skills.toml",
  options: {
    from: { kind: "text", describe: "The manifest to take them from" },
    replace: { kind: "flag", describe: "The skills become those of the file; without it they are added" },
    "dry-run": { kind: "flag", describe: "Only show what would be taken over" },
  },
  examples: [
    ["config import --from team.toml", "what is lacking is added; comments and other entries stay"],
    ["config import --from team.toml --config here/skills.toml", "into a manifest that is made when it is not there"],
    ["config import --from team.toml --replace", "exactly the skills of team.toml"],
    ["apply", "then install them"],
  ],
  async run(given, session) {
    const { host } = session;
    const from = given.text("from");
    if (from === undefined) throw usageError("--from", "missing: the skills.toml to take skills from");
    const { importConfig } = await import("../../engine.js");
    const how = { replace: given.flag("replace"), dryRun: given.flag("dry-run") };
    const report = await importConfig(planOptions(given, session), expandPath(from, host.cwd, host.home), how);
    return deliverImport(report, session);
  },
};
