import { EdenError, sanitize } from "../errors.js";
import type { Clock } from "./clock.js";
import { removeTree } from "./change-trees.js";
import { findProgram, type Host } from "./host.js";
import { runProcess, type ProcessResult } from "./processes.js";
import { statIfExists } from "./read-files.js";
import { writeByRename } from "./write-files.js";

/** Signatures of ours are for this purpose only: one that was made for git does not count. */
const NAMESPACE = "eden-skills";

/** Who may sign: a file as in ALLOWED SIGNERS of ssh-keygen(1), and a name in it, or null for any. */
export interface AllowedSigners {
  /** Absolute path. */
  file: string;
  identity: string | null;
}

/** Who has signed a file. */
interface Signer {
  identity: string;
  /** `SHA256:…` */
  key: string;
}

/** The machine that ssh-keygen runs on. */
export interface KeyTool {
  host: Host;
  clock: Clock;
  signal?: AbortSignal;
}

/** The file with the signature of a file, beside it. */
export function signaturePath(path: string): string {
  return `${path}.sig`;
}

/**
 * Signs a file with an ssh key: a private key without a passphrase, or a public key whose private
 * key is in the owner's ssh-agent.
 * @param key absolute path.
 * @throws EdenError `SIGNING_FAILED`; then there is no signature, not even an earlier one.
 */
export async function signFile(tool: KeyTool, path: string, key: string): Promise<void> {
  const failed = (why: string) =>
    new EdenError("SIGNING_FAILED", `${path} was not signed: ${why}`, { path, hint: KEY_HINT });
  removeTree(signaturePath(path));
  if (statIfExists(key)?.isFile() !== true) throw failed(`there is no key ${key}`);
  const result = await runKeygen(tool, ["-Y", "sign", "-n", NAMESPACE, "-f", key], path);
  if (result === null) throw failed(NO_KEYGEN);
  if (result.exitCode !== 0) throw failed(lastLine(result));
  writeByRename(signaturePath(path), result.stdout);
}

/**
 * Verifies the ssh signature beside a file, without reading the file for anything else.
 * @throws EdenError `SIGNATURE_INVALID`, also if there is no signature, or no ssh-keygen.
 */
export async function verifySshSignature(
  tool: KeyTool,
  path: string,
  { file, identity }: AllowedSigners,
): Promise<Signer> {
  const signature = signaturePath(path);
  const invalid = (why: string) =>
    new EdenError("SIGNATURE_INVALID", `${path}: ${why}`, { path, stage: "verify", hint: SIGNER_HINT });
  for (const wanted of [path, signature, file])
    if (statIfExists(wanted)?.isFile() !== true) throw invalid(`there is no file ${wanted}`);
  const finding = ["-Y", "find-principals", "-s", signature, "-f", file];
  const found = identity === null ? await runKeygen(tool, finding, path) : null;
  const [name = identity] = found?.stdout.toString("utf8").split("\n").filter(Boolean) ?? [];
  if (name === null) throw invalid("its signature is not of an allowed signer");
  const args = ["-Y", "verify", "-f", file, "-I", name, "-n", NAMESPACE, "-s", signature];
  const result = await runKeygen(tool, args, path);
  if (result === null) throw invalid(NO_KEYGEN);
  const key = /key (SHA256:\S+)/u.exec(result.stdout.toString("utf8"))?.[1];
  if (result.exitCode !== 0 || key === undefined)
    throw invalid(`the signature is not one of ${sanitize(name)} for this text: ${lastLine(result)}`);
  return { identity: sanitize(name), key };
}

/** @returns null when there is no ssh-keygen. */
async function runKeygen(
  { host, clock, signal }: KeyTool,
  args: readonly string[],
  inputFile: string,
): Promise<ProcessResult | null> {
  const file = findProgram("ssh-keygen", host.env);
  if (file === null) return null;
  const names = ["PATH", "HOME", "SSH_AUTH_SOCK", "SystemRoot"];
  const env = Object.fromEntries(
    names.flatMap((name) => (host.env[name] === undefined ? [] : [[name, host.env[name]]])),
  );
  const common = { file, args, env: { ...env, LC_ALL: "C" }, cwd: host.cwd, inputFile, clock, maxOutputBytes: 65_536 };
  return await runProcess({ ...common, ...(signal !== undefined && { signal }) });
}

function lastLine({ stdout, stderr }: ProcessResult): string {
  const lines = `${stdout.toString("utf8")}\n${stderr}`.split(/\r?\n/u).filter((line) => line.trim() !== "");
  return sanitize(lines.at(-1) ?? "ssh-keygen gave no reason");
}

const NO_KEYGEN = "ssh-keygen is not installed";
const KEY_HINT = "A key needs no passphrase, or has to be in ssh-agent: then give its .pub file.";
const SIGNER_HINT =
  "Compare it with its origin. `--allowed-signers` names a file with lines of a name and a public key.";
