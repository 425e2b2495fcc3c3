import { resolve } from "node:path";
import { requireKnown } from "../../system/known-directory.js";
import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { usageError } from "../line/usage-error.js";
import { text } from "../line/values.js";
import { writeDocument } from "../session/write-document.js";
import { oneLine } from "../views/one-line.js";

/** `lock sign --key FILE`: writes `skills.lock.sig`. */
export const lockSign = defineCommand({
  command: "lock sign",
  describe: "Sign skills.lock with an ssh key, into skills.lock.sig",
  builder: (yargs) =>
    yargs
      .options({ key: text("A private key without passphrase, or the .pub file of a key in ssh-agent") })
      .example([["$0 lock sign --key ~/.ssh/id_ed25519", "after each change of the lockfile; commit the signature"]]),
  async handler({ key }, session) {
    const { globals, host, out } = session;
    if (key === undefined) throw usageError("--key", "names the ssh key to sign with");
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session)).signLockfile(requireKnown(resolve(host.cwd, key)));
    if (globals.json) writeDocument(report, session);
    else if (!globals.quiet) out.line(`signed ${oneLine(report.file)}: ${oneLine(report.signature)}`);
    return 0;
  },
});
