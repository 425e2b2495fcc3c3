import { EdenError } from "../errors.js";
import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import { findProgram, type Host } from "../system/host.js";
import { SHELL_LOOP } from "../system/shell-session.js";
import { SSH_OPTIONS } from "../system/ssh-options.js";

/** A program that opens a shell in a container or on a host. */
export interface CommandLine {
  /** Absolute path. */
  file: string;
  args: string[];
}

/**
 * The command line that opens a shell there: the owner's `docker`, `podman` or `ssh` with his
 * configuration.
 * @throws EdenError `DOCKER_NOT_FOUND`, `ADAPTER_HEALTH_FAIL` if the program is missing.
 */
export function commandLine(environment: RemoteEnvironment, { env }: Host): CommandLine {
  const { kind } = environment;
  const file = findProgram(kind, env);
  if (file === null) {
    throw new EdenError(
      kind === "ssh" ? "ADAPTER_HEALTH_FAIL" : "DOCKER_NOT_FOUND",
      `${describeEnvironment(environment)} cannot be reached: ${kind} is not on PATH`,
      { stage: "install", hint: `Install ${kind}, or choose a target on this machine.` },
    );
  }
  if (environment.kind !== "ssh") return { file, args: ["exec", "-i", environment.container, "sh", "-c", SHELL_LOOP] };
  // The login shell there may be of any kind: single quotes mean the same in all of them.
  const command = `sh -c '${SHELL_LOOP}'`;
  return { file, args: [...SSH_OPTIONS, "-oRemoteCommand=none", "-T", "--", environment.host, command] };
}
