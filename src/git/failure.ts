import { EdenError, errorCode, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/manifest.js";
import type { ProcessResult } from "../system/processes.js";

interface Rule {
  /** What goes wrong on this machine: what the server says is not asked. */
  isLocal?: true;
  pattern: RegExp;
  code: string;
  message: (match: RegExpExecArray, remote: string) => string;
  hint?: string;
}

/**
 * What git's end means. git answers 128 for nearly everything, so its text under LC_ALL=C is the only signal; the rules below were
 * read off real runs (fixtures/git-stderr keeps them) and the first that matches wins.
 * @param retryAfterSeconds what the server asked for; null when it did not.
 */
export function classifyFailure(
  failure: EdenError | Pick<ProcessResult, "stderr" | "exitCode" | "signal">,
  remote: RepositorySource | undefined,
  retryAfterSeconds: number | null = null,
): EdenError {
  const name = remote === undefined ? "the mirror" : sanitize(remote.repo);
  const stage = remote === undefined ? "materialise" : "fetch";
  if (failure instanceof EdenError) return spawnFailure(failure, name, stage);
  const said = diagnosisIn(failure.stderr);
  const text = withoutNames(said, remote);
  const asked = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  // A 503 that says when to come back is a server under load, not a broken one.
  if (retryAfterSeconds !== null && /returned error: 503/u.test(text)) {
    return new EdenError("FETCH_THROTTLED", `${name} answered 503: come back in ${retryAfterSeconds} s`, {
      stage,
      ...asked,
    });
  }
  const own = text.replace(/^(?:fatal: )?remote(?: error)?: .*$/gmu, hidden);
  for (const { pattern, code, message, hint, isLocal } of RULES) {
    const match = pattern.exec(isLocal === true ? own : text);
    if (match === null) continue;
    match[0] = said.slice(match.index, match.index + match[0].length);
    return new EdenError(code, sanitize(message(match, name)), {
      stage,
      ...asked,
      ...(hint !== undefined && { hint }),
    });
  }
  const end = failure.signal === null ? `git ended with ${failure.exitCode}` : `git was ended by ${failure.signal}`;
  const last = sanitize(said.trim().split("\n").slice(-3).join(" | "));
  return new EdenError("INTERNAL", `${end}${last === "" ? "" : `: ${last}`}`, { stage });
}

function spawnFailure(failure: EdenError, name: string, stage: string): EdenError {
  if (failure.code === "PROCESS_STALLED")
    return new EdenError("FETCH_STALLED", `${name}: ${failure.message}`, { stage }, failure);
  // Of the mirror only listings are read this way: what a repository holds, not damage that a new mirror would mend.
  if (failure.code === "PROCESS_OUTPUT" && stage === "materialise")
    return new EdenError(
      "SKILL_UNSAFE",
      `the repository is too large to be listed: ${failure.message}`,
      { stage },
      failure,
    );
  if (failure.code === "PROCESS_OUTPUT")
    return new EdenError("FETCH_CORRUPT", `${name} told ${failure.message}`, { stage }, failure);
  if (failure.code !== "SPAWN_FAILED") return failure;
  const cause = errorCode(failure.cause);
  if (cause === "EMFILE" || cause === "ENFILE" || cause === "EAGAIN" || cause === "ENOMEM") {
    const hint = "Raise the limit with `ulimit -n` (or `ulimit -u`), or lower --concurrency.";
    return new EdenError("DESCRIPTORS_EXHAUSTED", `git could not be started: ${cause}`, { stage, hint }, failure);
  }
  return new EdenError("GIT_MISSING", `git could not be started: ${cause ?? failure.message}`, { stage }, failure);
}

/**
 * What git said about the failure: without progress, which ends with a carriage return or says a percentage, and without warnings about the
 * user's own configuration.
 */
function diagnosisIn(stderr: string): string {
  return stderr
    .split(/[\r\n]/u)
    .filter(
      (line) => line.trim() !== "" && !/^(remote: )?[A-Z][a-z]+ [a-z]+:\s+\d+|^warning: unable to access/u.test(line),
    )
    .join("\n");
}

/**
 * The same text at the same length with addresses, quoted paths and the names in lists of updated refs blotted out: a repository named
 * hash-mismatch decides nothing.
 */
function withoutNames(text: string, remote: RepositorySource | undefined): string {
  const blotted = text
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s']+/giu, hidden)
    .replace(/(?<=(?:^|[\s(:])')[^'\n]*(?=')/gmu, (quoted) => (/[/:.]/u.test(quoted) ? hidden(quoted) : quoted))
    .replace(/^(?:From | [ *+!=t-] )[^(\n]*/gmu, hidden);
  return remote === undefined ? blotted : blotted.replaceAll(remote.url, hidden);
}

function hidden(name: string): string {
  return "_".repeat(name.length);
}

const AUTH_HINT = "Check that you may read it: a credential helper for https, a key known to ssh-agent for ssh.";

const RULES: readonly Rule[] = [
  {
    isLocal: true,
    pattern:
      /Too many open files|[Cc]annot fork|Resource temporarily unavailable|unable to create thread|Cannot allocate memory/u,
    code: "DESCRIPTORS_EXHAUSTED",
    message: (match) => `the system refused git a file or a process: ${match[0]}`,
    hint: "Raise the limit with `ulimit -n` (or `ulimit -u`), or lower --concurrency.",
  },
  {
    isLocal: true,
    pattern: /No space left on device|Disk quota exceeded/u,
    code: "DISK_FULL",
    message: (match) => match[0],
  },
  {
    isLocal: true,
    pattern: /Read-only file system/u,
    code: "PERMISSION_DENIED",
    message: () => "the storage is on a read-only file system",
  },
  {
    isLocal: true,
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/u,
    code: "FETCH_AUTH",
    message: (_, remote) => `the host key of ${remote} has changed`,
    hint: "Find out why before you trust it: then `ssh-keygen -R HOST` and connect once by hand.",
  },
  {
    isLocal: true,
    pattern: /Host key verification failed|host key is known for/u,
    code: "FETCH_AUTH",
    message: (_, remote) => `the host key of ${remote} is unknown`,
    hint: "Connect to the host once with ssh to check and accept its key.",
  },
  {
    pattern:
      /could not read (?:Username|Password)|Authentication failed|Permission denied \(|Invalid username or (?:token|password)|terminal prompts disabled/u,
    code: "FETCH_AUTH",
    message: (_, remote) => `authentication required for ${remote}`,
    hint: AUTH_HINT,
  },
  {
    pattern: /returned error: (401|403)/u,
    code: "FETCH_AUTH",
    message: (match, remote) => `${remote} answered ${match[1]}`,
    hint: AUTH_HINT,
  },
  {
    // Said of a file, not of a connection or a key.
    isLocal: true,
    pattern:
      /^(?!ssh: |Load key |.*\bconnect\b).*: Permission denied$|insufficient permission for adding an object to repository database/mu,
    code: "PERMISSION_DENIED",
    message: (match) => match[0].replace(/^(?:fatal|error): /u, ""),
    hint: "Check who owns that file, and the storage directory.",
  },
  {
    pattern: /returned error: 429/u,
    code: "FETCH_THROTTLED",
    message: (_, remote) => `${remote} answered 429: too many requests`,
  },
  {
    pattern: /kex_exchange_identification|Too many connections|Too many authentication failures \(rate/u,
    code: "FETCH_THROTTLED",
    message: (match, remote) => `${remote} refuses connections: ${match[0]}`,
  },
  {
    pattern:
      /repository '.*' not found|is this a git repository\?|does not appear to be a git repository|returned error: 404|Repository not found|no such repository|access denied or repository not exported/iu,
    code: "FETCH_NOT_FOUND",
    message: (_, remote) => `${remote} is absent or private`,
    hint: "Check the spelling, and that you may read it.",
  },
  {
    pattern: /couldn't find remote ref (\S+)/u,
    code: "REF_NOT_FOUND",
    message: (match, remote) => `${remote} has no ref ${match[1]}`,
  },
  {
    pattern: /not our ref|unadvertised object|Server does not allow request/u,
    code: "REF_NOT_FOUND",
    message: (_, remote) => `${remote} no longer has the wanted commit`,
    hint: "If the commit is gone for good, delete the entry from the lockfile: apply then pins anew.",
  },
  {
    pattern: /dubious ownership/u,
    code: "PERMISSION_DENIED",
    message: (_, remote) => `${remote} belongs to another user`,
    hint: "See `git help config`, safe.directory.",
  },
  {
    pattern: /transport '(\S+)' not allowed/u,
    code: "POLICY_DENIED",
    message: (match) => `transport ${match[1]} is not allowed`,
  },
  {
    pattern: /returned error: (3\d\d)/u,
    code: "FETCH_NETWORK",
    message: (match, remote) => `${remote} answered ${match[1]}: a redirect that is not followed`,
  },
  {
    pattern: /error in (?:packed )?object [0-9a-f]+: .*|object [0-9a-f]{40,64}: \w+: .*|fsck error in .*/u,
    code: "SKILL_UNSAFE",
    message: (match) => `git refuses an object of it: ${match[0].trim()}`,
  },
  {
    isLocal: true,
    pattern: /bad config line \d+ in file .*(?:\/\.gitconfig|\/git\/config)$/mu,
    code: "GIT_MISSING",
    message: (match) => `git does not run: ${match[0]}`,
    hint: "Mend that file: `git config --global --list` says what is wrong with it.",
  },
  {
    pattern:
      /is corrupt|inflate:|checksum mismatch|bad object|bad (?:tree|blob) object|pack has bad|index-pack failed.*corrupt|unable to read tree|not a tree object|missing (?:blob|tree|commit)|packfile .* (?:cannot be|claims|is far)|loose object .*corrupt|did not send all necessary objects|broken (?:pack|sha1)|unable to unpack|SHA1 COLLISION|mismatched algorithms|bad config line|bad shallow line|unable to resolve reference|reference broken|not a git repository: '/u,
    code: "FETCH_CORRUPT",
    message: (match) => `objects did not verify: ${match[0].trim()}`,
  },
  {
    pattern:
      /Could not resolve (?:host|hostname)|Failed to connect|[Cc]ouldn't connect|Connection (?:refused|reset|closed|timed out)|Operation (?:too slow|timed out)|unable to connect|early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|curl (?:\d+)|timed out|returned error: 5\d\d|Network is unreachable|No route to host|gnutls_handshake|SSL_|unable to access|Empty reply|expected flush|invalid index-pack output|expected packfile|fetch-pack: invalid|bad line length|Temporary failure in name resolution|the remote end|protocol error/u,
    code: "FETCH_NETWORK",
    message: (match, remote) => `${remote}: ${match[0].trim()}`,
    hint: "Check the network, a proxy, and the address.",
  },
];
