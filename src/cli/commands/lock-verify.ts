import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { SIGNER_OPTIONS, signersOf } from "../line/signers.js";
import { usageError } from "../line/usage-error.js";
import { writeDocument } from "../session/write-document.js";
import { oneLine } from "../views/one-line.js";

/** `lock verify --allowed-signers FILE`: exit 1 unless an allowed signer has signed the lockfile. */
export const lockVerify = defineCommand({
  command: "lock verify",
  describe: "Verify that an allowed signer signed skills.lock",
  builder: (yargs) =>
    yargs.options(SIGNER_OPTIONS).example([
      ["$0 lock verify --allowed-signers .github/allowed-signers", "any of these signers"],
      ["$0 lock verify --allowed-signers signers --identity release@example.com", "this one"],
    ]),
  async handler(given, session) {
    const { globals, out } = session;
    const signers = signersOf(given, session);
    if (signers === null) throw usageError("--allowed-signers", "names the file with the signers that count");
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session)).verifyLockfile(signers);
    if (globals.json) writeDocument(report, session);
    else if (!globals.quiet) out.line(`${oneLine(report.file)} is signed by ${report.identity}, ${report.key}`);
    return 0;
  },
});
