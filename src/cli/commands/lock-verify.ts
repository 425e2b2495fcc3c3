import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { SIGNER_OPTIONS, signersOf } from "../line/signers.js";
import { usageError } from "../line/usage-error.js";
import { writeDocument } from "../session/write-document.js";
import { oneLine } from "../views/one-line.js";

/** `lock verify`: exit 1 unless one of the given signers has signed the lockfile. */
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
    if (signers === null) throw usageError("--allowed-signers", "or --trusted-root says who must have signed");
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session)).verifyLockfile(signers);
    if (globals.json) writeDocument(report, session);
    else if (!globals.quiet) {
      const by = report.issuer === undefined ? report.identity : `${report.identity} (${report.issuer})`;
      out.line(`${oneLine(report.file)} is signed by ${by}, ${report.key}`);
    }
    return 0;
  },
});
