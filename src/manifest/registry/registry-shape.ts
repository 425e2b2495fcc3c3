import { flag, formatVersion, subpath, text } from "../format/leaves.js";
import { refProblem } from "../names/ref-name.js";
import { list, required, table, withDefault } from "../format/shape.js";
import { SKILL_ID, skillIdProblem } from "../names/skill-id.js";

/** SemVer 2.0, its numbers short enough for every reader. */
const NUMBER = String.raw`(?:0|[1-9]\d{0,14})`;
const PRE_RELEASE = String.raw`(?:${NUMBER}|[0-9]{0,32}[A-Za-z-][0-9A-Za-z-]{0,32})`;
const VERSION = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${PRE_RELEASE}(?:\.${PRE_RELEASE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`,
);
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const LONGEST_VERSION = 128;

/** `manifest.toml` of a registry. */
export const registryManifestShape = table("What a registry is.", {
  format_version: required(formatVersion("the version of the registry's format, 1.")),
  name: required(text("the registry's name for itself.")),
});

/** `index/<first character>/<name>.toml` of a registry. */
export const registryEntryShape = table("One skill of a registry.", {
  skill: table("What the skill is, and where it lies.", {
    name: required(
      text("the skill's name, which is also that of the file.", {
        code: "INVALID_SKILL_ID",
        problem: skillIdProblem,
        pattern: SKILL_ID,
      }),
    ),
    description: text("What it is for."),
    repo: required(text("the address of its repository.")),
    subpath: subpath("Its directory in the repository; the root when absent."),
    license: text("Its licence."),
  }),
  versions: list(
    "its versions.",
    table("One version.", {
      version: required(
        text("the version, such as 1.4.2.", {
          code: "INVALID_SEMVER",
          problem: (version) =>
            version.length <= LONGEST_VERSION && VERSION.test(version) ? null : "this is no version such as 1.4.2",
        }),
      ),
      ref: text("Branch or tag of the version.", { code: "INVALID_REF", problem: refProblem }),
      commit: text("Its commit; it goes before the ref.", {
        code: "INVALID_REF",
        problem: (commit) => (COMMIT.test(commit) ? null : "a commit is 40 or 64 hex digits"),
      }),
      yanked: withDefault(flag("True: it was withdrawn, and nobody new gets it."), false),
    }),
    { required: true },
  ),
});
