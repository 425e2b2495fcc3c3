import { EdenError, sanitize } from "../errors.js";
import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";

/** Words of docker and podman for a container that does not exist. */
const GONE = /no such container|no container with name or ID/iu;

const STOPPED = /is not running|container state improper|only create exec sessions on running/iu;

const NO_SHELL = /executable file ["'`]?sh["'`]?:? not found|"sh": executable file not found|exec: "sh"/iu;

/** Why a shell there has ended, or could not be opened. `stderr`: the words of docker, podman or ssh. */
export function connectionFailure(
  environment: RemoteEnvironment,
  { exitCode, stderr }: { exitCode: number | null; stderr: string },
): EdenError {
  const where = describeEnvironment(environment);
  if (environment.kind !== "ssh") {
    if (GONE.test(stderr)) return unreachable(`there is no ${where}`, "Create it, or remove the target.", true);
    if (STOPPED.test(stderr)) return unreachable(`${where} is not running`, "Start it, then run the command again.");
    if (NO_SHELL.test(stderr))
      return unreachable(`${where} has no shell`, "Install the skills when its image is built, from a bundle.");
  }
  const words = stderr.trim().split(/\r?\n/u).slice(-3).join("; ") || `its shell ended with ${exitCode ?? "a signal"}`;
  const hint =
    environment.kind === "ssh"
      ? `Check it with \`ssh ${environment.host} true\`; keys and the host key must be known without a question.`
      : `Check it with \`${environment.kind} exec ${environment.container} true\`.`;
  return unreachable(`${where} cannot be reached: ${sanitize(words)}`, hint);
}

/** True for a container that does not exist any more. */
export function isGone({ facts }: EdenError): boolean {
  return facts.isFinal === true;
}

/** The error of a container or host without programs that the change of targets needs. */
export function missingProgram(environment: RemoteEnvironment, names: readonly string[]): EdenError {
  return unreachable(
    `${describeEnvironment(environment)} has no ${names.join(", ")}`,
    "Install what is missing there.",
  );
}

/** The error of a connection that was lost, or does not answer. */
export function noAnswer(environment: RemoteEnvironment, why = "the answer is incomplete"): EdenError {
  return unreachable(`${describeEnvironment(environment)} cannot be reached: ${why}`, "Run the command again.");
}

function unreachable(message: string, hint: string, isMissing = false): EdenError {
  return new EdenError("ADAPTER_HEALTH_FAIL", message, {
    stage: "install",
    hint,
    ...(isMissing && { isFinal: true as const }),
  });
}
