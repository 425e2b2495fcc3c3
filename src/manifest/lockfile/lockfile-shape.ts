import { choice, formatVersion, subpath, text } from "../format/leaves.js";
import { refProblem } from "../names/ref-name.js";
import { list, required, table, type Read } from "../format/shape.js";
import { SKILL_ID, skillIdProblem } from "../names/skill-id.js";

const HEX = /^(?:[0-9a-f]{40}|[0-9a-f]{64})?$/;
const INTEGRITY = /^(?:sha256-[A-Za-z0-9+/]{43}=)?$/;

/** Like `environment` in a manifest, but never this machine: that is left out. */
const ELSEWHERE = /^(?:docker|ssh):[a-zA-Z0-9_][a-zA-Z0-9_.@-]{0,320}$/;

const target = table("Where the skill was put.", {
  agent: required(text("the agent's id.", matching(/^[a-z0-9][a-z0-9._-]{0,63}$/))),
  path: required(text("relative to the manifest's directory, or with ~, or absolute.")),
  environment: text("The container or host the path is in; this machine when absent.", matching(ELSEWHERE)),
});

const lockedSkill = table("What one skill was resolved to.", {
  id: required(text("the skill's id.", { code: "INVALID_SKILL_ID", problem: skillIdProblem, pattern: SKILL_ID })),
  source_repo: required(text("the source as the manifest writes it.", matching(/^[^\p{Cc}]+$/u))),
  source_ref: required(
    text('the ref of the manifest; "" when it names none.', {
      code: "INVALID_REF",
      problem: (ref) => (ref === "" ? null : refProblem(ref)),
    }),
  ),
  source_subpath: required(subpath("the skill's directory inside the source.")),
  resolved_commit: required(text('the commit; "" for a directory.', matching(HEX))),
  tree: required(text("git's id of the skill's directory; \"\" for a directory that is linked live.", matching(HEX))),
  integrity: required(
    text('hash of the skill\'s content; "" for a directory that is linked live.', matching(INTEGRITY)),
  ),
  resolved_version: text("The version that a registry's range led to.", matching(/^[0-9A-Za-z.+-]{1,128}$/)),
  resolved_from: text(
    "The registry, by its name in the manifest, and the skill's name there.",
    matching(/^[a-z0-9][a-z0-9_-]{0,63}\/[a-z0-9][a-z0-9._-]{0,63}$/),
  ),
  install_mode: required(choice("symlink or copy.", ["symlink", "copy"], "INVALID_MODE")),
  targets: list("Where it was put; none for a disabled skill.", target),
});

/** The lockfile's TOML document. */
export const lockfileShape = table("What the manifest's skills were resolved to. Generated.", {
  version: required(formatVersion("the version of the lockfile's format, 1.")),
  skills: list("The skills, by id.", lockedSkill),
});

export type LockedSkillDocument = NonNullable<Read<typeof lockfileShape>["skills"]>[number];

function matching(pattern: RegExp): { code: string; problem: (text: string) => string | null; pattern: RegExp } {
  return {
    code: "INVALID_TYPE",
    problem: (value) => (pattern.test(value) ? null : "not what is written here"),
    pattern,
  };
}
