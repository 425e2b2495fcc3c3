import { resolve } from "node:path";
import type { InstalledDriver } from "../../upkeep/install-merge-driver.js";
import type { MergedFiles } from "../../upkeep/merge-files.js";
import { oneLine } from "../views/one-line.js";
import { runOptions } from "../line/run-options.js";
import { usageError } from "../line/usage-error.js";
import { flag } from "../line/values.js";
import { defineCommand } from "../line/command.js";
import { writeDocument } from "../session/write-document.js";
import type { Session } from "../session/session.js";
import { requireKnown } from "../../system/known-directory.js";

/** `lock merge %O %A %B [%P]`: what git runs to merge a lockfile or a manifest. */
export const lockMerge = defineCommand({
  command: "lock merge [files..]",
  describe: "Merge skills.toml and skills.lock by entries, as git's driver",
  builder: (yargs) =>
    yargs
      .positional("files", {
        type: "string",
        array: true,
        describe: "what git gives a merge driver: %O %A %B, and %P, which ends with .toml for a manifest",
      })
      .options({ install: flag("Have git use it in this repository: .gitattributes and git config") })
      .example([
        ["$0 lock merge --install", "once per clone; commit .gitattributes"],
        ["$0 lock merge %O %A %B %P", "what git runs then; exit 1 when conflicts are left, between markers"],
      ]),
  async handler({ install, files = [] }, session) {
    return install ? await installDriver(files, session) : await merge(files, session);
  },
});

async function merge(words: readonly string[], session: Session): Promise<number> {
  const { host, globals, err } = session;
  const [base, ours, theirs, name = "the lockfile"] = words;
  if (base === undefined || ours === undefined || theirs === undefined || words.length > 4)
    throw usageError("", "lock merge takes three files: %O %A %B (base, ours, theirs), and %P for a manifest");
  if (words.includes("")) throw usageError("", "a file name must not be empty");
  const files: MergedFiles = {
    base: requireKnown(resolve(host.cwd, base)),
    ours: requireKnown(resolve(host.cwd, ours)),
    theirs: requireKnown(resolve(host.cwd, theirs)),
  };
  const { SkillReactor } = await import("../../skill-reactor.js");
  const report = await new SkillReactor().mergeFiles(files, name);
  if (globals.json) writeDocument(report, session);
  // Not for stdout: git shows it among its own messages.
  err.lines(report.conflicts.map((id) => `conflict in ${oneLine(name)}: ${id} was changed on both sides`));
  return report.conflicts.length === 0 ? 0 : 1;
}

async function installDriver(words: readonly string[], session: Session): Promise<number> {
  const { globals, out } = session;
  if (words.length > 0) throw usageError("--install", "takes no files");
  const { SkillReactor } = await import("../../skill-reactor.js");
  const installed = await new SkillReactor(runOptions(session)).installMergeDriver();
  if (globals.json) writeDocument(installed, session);
  else if (!globals.quiet) out.lines(installedLines(installed));
  return 0;
}

function installedLines({ attributes, lines, added, config }: InstalledDriver): string[] {
  return [
    ...lines.map((line) => `${added ? "added to" : "already in"} ${oneLine(attributes)}: ${line}`),
    ...Object.entries(config).map(([key, value]) => `git config ${key} = ${value}`),
    ...(added ? ["Commit .gitattributes; run this command once in every other clone."] : []),
  ];
}
