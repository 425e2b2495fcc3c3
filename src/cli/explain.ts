/** The next step for each code, for failures that bring no better advice of their own. */
const HINTS: Readonly<Record<string, string>> = {
  // What a sync or an install may end with.
  FETCH_AUTH: "Check that you may read it: a credential helper for https, a key known to ssh-agent for ssh.",
  FETCH_NOT_FOUND: "Check the address; a private repository looks absent to those who may not read it.",
  REF_NOT_FOUND: "Check the branch, tag or commit in `ref`; without it the default branch is taken.",
  SUBPATH_NOT_FOUND: "Check `subpath`: it is the skill's directory, seen from the root of the repository.",
  FETCH_NETWORK: "Check the network, a proxy and the address, then run the command again.",
  FETCH_TIMEOUT: "Allow more time with --timeout, or with `timeout` in [reactor].",
  FETCH_STALLED: "The other side went silent: run the command again, or raise `stall_timeout` in [reactor].",
  FETCH_THROTTLED: "The host asks for fewer requests: wait a while, or lower --concurrency.",
  FETCH_CORRUPT: "What arrived did not verify: run the command again; if it stays, tell the repository's owner.",
  OFFLINE_MISS: "Run once without --offline, or `eden-skills warm` where there is a network.",
  INTEGRITY_MISMATCH: "Restore the lockfile from version control, or run `eden-skills update` to pin anew.",
  DESCRIPTORS_EXHAUSTED: "Raise the limit with `ulimit -n` (or `ulimit -u`), or lower --concurrency.",
  DISK_FULL: "Free some space; `eden-skills clean` removes what no manifest needs.",
  PERMISSION_DENIED: "Check who owns the path and whether its file system may be written.",
  SKILL_UNSAFE: "Look at the skill's repository; [limits] in the manifest raises what a skill may weigh.",
  SKILL_INVALID: "The skill's owner has to mend the front matter of its SKILL.md.",
  POLICY_DENIED: "Use https or ssh, or a source that the policy allows.",
  CANCELLED: "Run the command again: what was done is kept.",
  GIT_MISSING: "Install git 2.32 or newer, and see that it is on PATH.",
  INTERNAL: "This is a fault of the program; run it with --verbose and report what it says.",
  // What may be wrong before a run.
  USAGE: "`eden-skills <command> --help` shows what it takes.",
  UNKNOWN_SKILL: "`eden-skills list` names the skills of the manifest.",
  LOCK_OUT_OF_DATE: "Run `eden-skills apply` without --frozen and commit the lockfile.",
  MANIFEST_NOT_FOUND: "Run `eden-skills init` to write one, or name it with --config.",
  MANIFEST_EXISTS: "Use --force to write over it.",
  // What may be wrong in the manifest.
  INVALID_TOML: "Mend the syntax at that place; strings need quotes, and a key may be given once.",
  UNSUPPORTED_VERSION: "Write `version = 1`, or install a newer eden-skills.",
  MISSING_FIELD: "Add the field; `eden-skills schema manifest` describes every one.",
  INVALID_TYPE: "Write a value of the expected kind; `eden-skills schema manifest` describes every field.",
  UNKNOWN_KEY: "Remove the key or mend its spelling; without --strict it is only a warning.",
  INVALID_SKILL_ID: "Use a-z, 0-9, dot, dash and underscore, at most 64, beginning with a letter or digit.",
  DUPLICATE_SKILL_ID: "Give each skill an id of its own: it names the directory that agents read.",
  INVALID_REPO_URL: "Use https, ssh, git@host:path, owner/repo or a path; passwords belong in a credential helper.",
  INVALID_REF: "Write a branch, a tag or a full commit; a plain directory has none.",
  INVALID_SUBPATH: "Write a path inside the repository, with / between its parts and no `..`.",
  INVALID_MODE: 'Write "symlink" or "copy".',
  INVALID_CONCURRENCY: 'Write a whole number from 1 to 100, or "auto".',
  INVALID_DURATION: 'Write "250ms", "30s", "10m", "1h" or "0".',
  INVALID_SIZE: 'Write "500KB", "64MiB" or "1GB".',
  INVALID_ENVIRONMENT: 'Write "local", "docker:NAME" or "ssh:HOST".',
  INVALID_SEMVER: 'Write a range such as "^2.0", "1.4.2" or ">=1 <3".',
  UNKNOWN_REGISTRY: "Name one of the tables under [registries].",
  MISSING_REGISTRIES: "Add a [registries.NAME] table with its url, or give the skill a source.",
  TARGET_AGENT_UNSUPPORTED: 'Mend the spelling of the agent, or use "custom" with a path.',
  TARGET_PATH_UNRESOLVED: "Give the target a path.",
  TARGET_PATH_INVALID: "Choose a directory that holds nothing but an agent's skills.",
  EMPTY_VERIFY_CHECKS: "Name at least one check, or leave `checks` out, or set `enabled = false`.",
  CONFLICTING_TARGETS: "Give one of the two skills another id or another target path.",
};

/** One sentence with the next step, or null when the code is not known. */
export function hintFor(code: string): string | null {
  return Object.hasOwn(HINTS, code) ? (HINTS[code] ?? null) : null;
}
