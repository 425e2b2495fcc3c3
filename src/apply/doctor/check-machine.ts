import { EdenError } from "../../errors.js";
import { requireGit } from "../../git/local-repository.js";
import type { Manifest } from "../../manifest/manifest.js";
import { openStaging } from "../../store/staging.js";
import { systemClock } from "../../system/clock.js";
import { findProgram, type Host } from "../../system/host.js";
import { descriptorLimit } from "../../system/resource-limits.js";
import { finding, type Finding } from "./finding.js";

/** Descriptors below which a run lowers its concurrency of ten from the start. */
const FEW_DESCRIPTORS = 256;

/** Looks at what every run needs of this machine. */
export async function checkMachine({ storageRoot }: Manifest, host: Host): Promise<Finding[]> {
  const findings: Finding[] = [];
  const limit = descriptorLimit();
  if (limit !== null && limit < FEW_DESCRIPTORS) {
    const message = `this process may open ${limit} files; runs lower their concurrency for that`;
    findings.push(
      finding("warning", "DESCRIPTORS_LOW", {}, message, "Raise the limit, for instance with `ulimit -n 1024`."),
    );
  }
  const program = findProgram("git", host.env);
  if (program === null) {
    findings.push(finding("error", "GIT_OLD", {}, "git was not found on PATH", "Install git 2.32 or newer."));
    return findings;
  }
  const staging = openStaging(storageRoot);
  try {
    const git = {
      program,
      host,
      clock: systemClock,
      cwd: staging.emptyDirectory(),
      scratchFile: staging.next,
      onProcess: () => {},
    };
    await requireGit(git, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    findings.push(finding("error", "GIT_OLD", {}, error.message, "Install git 2.32 or newer."));
  } finally {
    staging.dispose();
  }
  return findings;
}
