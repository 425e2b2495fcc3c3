import { expandPath } from "../../manifest/names/expand-path.js";
import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { deliverImport } from "../views/import-view.js";
import { dryRun, runOptions } from "../line/run-options.js";
import { flag, text } from "../line/values.js";

/** `config import --from FILE`: the skills of another manifest. */
export const configImport = defineCommand({
  command: "config import",
  describe: "Import the entries of another skills.toml",
  builder: (yargs) =>
    yargs
      .options({
        from: text("The manifest to import from"),
        replace: flag("The skills become those of the file; without it they are added"),
        "dry-run": dryRun("Only show what would be imported"),
      })
      .example([
        ["$0 config import --from team.toml", "what is missing is added; comments and other entries stay"],
        [
          "$0 config import --from team.toml --config here/skills.toml",
          "into another manifest, which is created if it does not exist",
        ],
        ["$0 config import --from team.toml --replace", "exactly the skills of team.toml"],
        ["$0 apply", "then install them"],
      ]),
  async handler(given, session) {
    const { host } = session;
    const { from } = given;
    if (from === undefined) throw usageError("--from", "missing: the skills.toml to take skills from");
    const { SkillReactor } = await import("../../skill-reactor.js");
    const how = { replace: given.replace === true, dryRun: given["dry-run"] === true };
    const file = expandPath(from, host.cwd, host.home);
    const report = await new SkillReactor(runOptions(session)).importConfig(file, how);
    return deliverImport(report, file, session);
  },
});
