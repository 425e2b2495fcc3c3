import { delimiter, isAbsolute, join, parse } from "node:path";
import { EdenError } from "../errors.js";
import { requireGit } from "../git/require-git.js";
import { systemClock } from "../system/clock.js";
import { findProgram, type Host } from "../system/host.js";
import { statIfExists } from "../system/read-files.js";
import { descriptorLimit } from "../system/resource-limits.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/** Number of descriptors below which a run lowers its default concurrency of ten at its start. */
const FEW_DESCRIPTORS = 256;

/** Checks what every run needs on this machine. */
export async function checkMachine(host: Host): Promise<Finding[]> {
  const findings: Finding[] = [];
  const limit = descriptorLimit();
  if (limit !== null && limit < FEW_DESCRIPTORS) {
    const message = `this process may open ${limit} files; runs lower their concurrency because of that`;
    findings.push(
      warningFinding("DESCRIPTORS_LOW", {}, message, "Raise the limit, for instance with `ulimit -n 1024`."),
    );
  }
  const program = findProgram("git", host.env);
  if (program === null) {
    findings.push(errorFinding("GIT_OLD", {}, whyNoGit(host), "Install git 2.32 or newer."));
    return findings;
  }
  const { root } = parse(program);
  const git = { program, host, clock: systemClock, cwd: root, scratchFile: noScratchFile, onProcess: () => {} };
  try {
    await requireGit(git, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    const { code, message, facts } = error;
    const remedy = facts.hint ?? "Read the message of git.";
    findings.push(errorFinding(code === "GIT_MISSING" ? "GIT_OLD" : code, {}, message, remedy));
  }
  return findings;
}

/** A search on PATH skips a git that is not executable without a message. */
function whyNoGit({ env }: Host): string {
  const directories = (env["PATH"] ?? "").split(delimiter).filter((directory) => isAbsolute(directory));
  const there = directories.map((directory) => join(directory, "git")).find((path) => statIfExists(path)?.isFile());
  return there === undefined ? "git was not found on PATH" : `git was not found on PATH: ${there} is not executable`;
}

/**
 * `git version` writes nothing: this check changes nothing, and works in a read-only environment.
 */
function noScratchFile(): never {
  throw new Error("git version needs no scratch file");
}
