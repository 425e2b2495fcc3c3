import {
  choice,
  concurrency,
  duration,
  flag,
  formatVersion,
  integer,
  leaf,
  size,
  subpath,
  text,
} from "../format/leaves.js";
import type { VerifyCheck } from "./manifest.js";
import { refProblem } from "../names/ref-name.js";
import { dictionary, list, required, table, withDefault, type Read } from "../format/shape.js";
import { SKILL_ID, skillIdProblem } from "../names/skill-id.js";
import { readEnvironment, ENVIRONMENT } from "../targets/target-environment.js";
import { isVersionRange, VERSION_RANGE } from "../names/version-range.js";

const SCOPES = ["global", "project"] as const;
const CHECKS = [
  "path-exists",
  "target-resolves",
  "is-symlink",
  "content-present",
  "content-matches",
] as const satisfies readonly VerifyCheck[];

const REGISTRY_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const reactor = table("How repositories are synced.", {
  concurrency: concurrency('Repositories in flight: 1 to 100, or "auto"; 10 when absent.'),
  min_concurrency: withDefault(
    integer("The governors never go below this.", { minimum: 1, maximum: 100, code: "INVALID_CONCURRENCY" }),
    1,
  ),
  adaptive: withDefault(flag("False: only descriptor exhaustion may lower the limit."), true),
  timeout: withDefault(duration("One attempt at one repository, from the moment its permit is granted."), "120s"),
  stall_timeout: withDefault(duration("A git process that makes no progress is ended after this."), "30s"),
  retries: withDefault(integer("How often a transient failure is tried again.", { maximum: 100 }), 2),
  deadline: duration("Budget for the whole sync phase; none when absent."),
  max_failures: integer("Budget: the rest is cancelled after more failed repositories than this; none when absent."),
  max_download: size("Budget for bytes received; none when absent."),
  load: table("Thresholds of the load governor.", {
    memory_high: withDefault(integer("Percent of memory in use above which the limit falls.", { maximum: 100 }), 85),
    cpu_low: withDefault(integer("Percent of CPU below which the limit may rise.", { maximum: 100 }), 40),
    cpu_high: withDefault(integer("Percent of CPU above which the limit falls.", { maximum: 100 }), 80),
    queue_low: withDefault(integer("Waiting tasks below which a busy machine is relieved."), 2),
    queue_high: withDefault(integer("Waiting tasks above which an idle machine is given more."), 20),
    interval: withDefault(duration("How often the machine is measured.", { minimumMs: 10 }), "500ms"),
  }),
});

const limits = table("What one skill may weigh; a heavier one is not installed.", {
  max_files: withDefault(integer("Files.", { minimum: 1 }), 2000),
  max_bytes: withDefault(size("Bytes of all its files.", { plainBytes: true }), "64MiB"),
  max_file_bytes: withDefault(size("Bytes of one file.", { plainBytes: true }), "8MiB"),
  max_depth: withDefault(integer("Nested directories.", { minimum: 1, maximum: 1000 }), 32),
});

const registry = table("A git repository that indexes skills by name.", {
  url: required(text("the address of the registry's repository.")),
  priority: withDefault(integer("The registry with the higher number answers first.", { minimum: -1_000_000 }), 100),
  auto_update: withDefault(flag("Update the index before it is searched."), false),
});

const source = table("Where the skill comes from.", {
  repo: text("https, ssh, git@host:path, file://, owner/repo on GitHub, or a local path; never a password in it."),
  ref: text("Branch, tag or full commit; the remote's default branch when absent.", {
    code: "INVALID_REF",
    problem: refProblem,
  }),
  subpath: subpath("Directory of the skill inside the repository; its root when absent."),
  allow_insecure: withDefault(flag("Allow http:// and git:// to a host that is not this machine."), false),
});

const target = table("One agent, and where it looks for skills.", {
  agent: required(text('an agent\'s id such as "claude-code", or "custom" for a path of your own.')),
  scope: choice("Whose skills: the user's, or the project's; the manifest's scope when absent.", SCOPES),
  path: text('The agent\'s skills directory, when it is not the usual one; required for "custom".'),
  environment: withDefault(
    leaf(
      'Where the directory is: "local", "docker:NAME" or "ssh:HOST".',
      { type: "string", pattern: ENVIRONMENT },
      readEnvironment,
    ),
    "local",
  ),
});

const skill = table(
  "One skill: an id and a source, or the name it has in a registry.",
  {
    id: text("Unique; the name of the skill's directory.", {
      code: "INVALID_SKILL_ID",
      problem: skillIdProblem,
      pattern: SKILL_ID,
    }),
    name: text("Name in a registry; also the id when there is none.", {
      code: "INVALID_SKILL_ID",
      problem: skillIdProblem,
      pattern: SKILL_ID,
    }),
    version: text("Range of versions to take from the registry; any when absent.", {
      code: "INVALID_SEMVER",
      problem: (range) =>
        isVersionRange(range) ? null : 'this is not a version range such as "^2.0", "1.4.2" or ">=1 <3"',
      pattern: VERSION_RANGE,
    }),
    registry: text("The registry to ask; all of them by priority when absent."),
    priority: withDefault(integer("Higher is synced sooner.", { minimum: -1_000_000 }), 0),
    enabled: withDefault(flag("False: its links are removed, its entry stays."), true),
    source,
    install: table("How it is put in place.", {
      mode: withDefault(choice("Link to the store, or copy.", ["symlink", "copy"], "INVALID_MODE"), "symlink"),
    }),
    targets: list("the agents that get the skill; at least one [[skills.targets]] with an agent.", target, {
      required: true,
    }),
    verify: table("What is checked after an install.", {
      enabled: withDefault(flag("False: nothing is checked."), true),
      checks: list("The checks; by install mode when absent.", choice("One check.", CHECKS)),
    }),
    safety: table("Caution with what a skill may run.", {
      no_exec_metadata_only: withDefault(flag("True: only look at its metadata; do not install it."), false),
    }),
  },
  ["id", "name"],
);

/** The manifest's TOML document. */
export const manifestShape = table("What this machine should have.", {
  version: required(formatVersion("the version of the manifest's format, 1.")),
  scope: withDefault(choice("Default scope of targets.", SCOPES), "global"),
  storage: table("Where skills are kept.", {
    root: withDefault(text("Directory of the store, the mirrors and the locks."), "~/.eden-skills/skills"),
  }),
  project: table("What is done around a project's targets.", {
    gitignore: withDefault(
      flag("Name what is installed in the project in a .gitignore beside it, so that it stays out of the history."),
      true,
    ),
  }),
  reactor,
  limits,
  registries: dictionary("Registries by name.", REGISTRY_NAME, registry),
  skills: list("The skills, in order.", skill),
});

export type ManifestDocument = Read<typeof manifestShape>;
export type SkillDocument = Read<typeof skill>;
export type TargetDocument = Read<typeof target>;
export type SourceDocument = Read<typeof source>;
