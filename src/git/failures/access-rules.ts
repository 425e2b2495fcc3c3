import type { Rule } from "./rule.js";

const CREDENTIALS = "a credential helper for https, a key known to ssh-agent for ssh";

/** After a request for credentials: hosts also ask for them if a repository does not exist. */
export const CHECK_SPELLING = `Check the spelling first: many hosts ask for a sign-in where there is nothing. For a private repository: ${CREDENTIALS}.`;

/** After a refusal of the user. */
export const CHECK_ACCESS = `Check that you may read it: ${CREDENTIALS}.`;

export const ABSENT_OR_PRIVATE = "Check the spelling, and that you may read it.";

/** Not visible outside of `src/git`: the server gives out whole repositories only. */
export const CANNOT_SHALLOW = "CANNOT_SHALLOW";

/** Access, and existence of repositories, refs and commits. */
export const ACCESS_RULES: readonly Rule[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/u,
    diagnose: (_, remote) => ({
      code: "FETCH_AUTH",
      message: `the host key of ${remote} has changed`,
      hint: "Find out why before you trust it: then `ssh-keygen -R HOST` and connect once by hand.",
    }),
  },
  {
    pattern: /Host key verification failed|host key is known for/u,
    diagnose: (_, remote) => ({
      code: "FETCH_AUTH",
      message: `the host key of ${remote} is unknown`,
      hint: "Connect to the host once with ssh to check and accept its key.",
    }),
  },
  {
    pattern: /Permission denied \(([^)\n]*)\)/u,
    diagnose: ([, methods], remote) => ({
      code: "FETCH_AUTH",
      message: `${remote}: ssh was refused (${methods}): the server accepts no key of yours`,
      hint: CHECK_ACCESS,
    }),
  },
  {
    pattern: /could not read (?:Username|Password)|terminal prompts disabled/u,
    diagnose: (_, remote) => ({
      code: "FETCH_AUTH",
      message: `${remote}: sign-in needed, or it does not exist: check the spelling`,
      hint: CHECK_SPELLING,
    }),
  },
  {
    pattern: /Authentication failed|Invalid username or (?:token|password)/u,
    diagnose: (_, remote) => ({
      code: "FETCH_AUTH",
      message: `${remote}: the credentials were refused, or it does not exist: check the spelling`,
      hint: CHECK_SPELLING,
    }),
  },
  {
    pattern:
      /repository '.*' not found|is this a git repository\?|does not appear to be a git repository|returned error: 404|Repository not found|no such repository/iu,
    diagnose: ([text], remote) => ({
      code: "FETCH_NOT_FOUND",
      message: `${remote} is absent or private${/^Repository not found/iu.test(text) ? `: ${text}` : ""}`,
      hint: ABSENT_OR_PRIVATE,
    }),
  },
  {
    pattern: /couldn't find remote ref (\S+)/u,
    diagnose: ([, ref], remote) => ({ code: "REF_NOT_FOUND", message: `${remote} has no ref ${ref}` }),
  },
  {
    pattern: /(?:unadvertised object|Server does not allow request|Cannot obtain needed object).*/u,
    diagnose: ([words], remote) => lostCommit(remote, words),
  },
  {
    pattern: /dumb http transport does not support shallow|Server does not support (?:shallow|--shallow|--deepen)/u,
    diagnose: (_, remote) => ({
      code: CANNOT_SHALLOW,
      message: `${remote} gives out nothing less than its whole history`,
    }),
  },
  {
    // git's message contains the path and the solution.
    pattern: /dubious ownership.*(?:\n.*\n\s*(git config --global --add safe\.directory .+))?/u,
    diagnose: ([, command = "git config --global --add safe.directory PATH"], remote) => ({
      code: "PERMISSION_DENIED",
      message: `${remote} belongs to another user`,
      hint: `If you trust its owner: \`${command}\`.`,
    }),
  },
  {
    pattern: /transport '(\S+)' not allowed/u,
    diagnose: ([, name]) => ({ code: "POLICY_DENIED", message: `transport ${name} is not allowed` }),
  },
  {
    pattern: /strange (?:hostname|port|pathname) '/u,
    diagnose: (_, remote) => ({
      code: "POLICY_DENIED",
      message: `git refuses the address of ${remote}: a part of it reads like an option`,
    }),
  },
];

/** A commit that the remote does not have or does not give out, named if the words contain its id. */
export function lostCommit(remote: string, words: string): { code: string; message: string; hint: string } {
  const id = /\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b/u.exec(words)?.[0].slice(0, 12);
  return {
    code: "REF_NOT_FOUND",
    message: `${remote} no longer has ${id === undefined ? "the wanted commit" : `the commit ${id}`}`,
    hint: "If the commit is gone for good, delete the entry from the lockfile: apply then pins it again.",
  };
}
