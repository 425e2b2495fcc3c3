import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { formatVersion, refName, skillId, subpath } from "../format/fields.js";
import { OBJECT_ID } from "../names/object-id.js";

/** SemVer 2.0, with numbers that every reader can represent. */
const NUMBER = String.raw`(?:0|[1-9]\d{0,14})`;
const PRE_RELEASE = String.raw`(?:${NUMBER}|[0-9]{0,32}[A-Za-z-][0-9A-Za-z-]{0,32})`;
const VERSION = new RegExp(
  String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:-${PRE_RELEASE}(?:\.${PRE_RELEASE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`,
);
const LONGEST_VERSION = 128;

/** `manifest.toml` of a registry. */
export const registryManifestSchema = z.object({
  format_version: formatVersion,
  name: described(z.string(), "The registry's name for itself."),
});

const version = z.object({
  version: z
    .string()
    .check(
      rule("INVALID_SEMVER", (text) =>
        text.length <= LONGEST_VERSION && VERSION.test(text) ? null : "this is not a version such as 1.4.2",
      ),
    ),
  /** Branch or tag of the version. */
  ref: z.optional(refName),
  /** It takes precedence over the ref. */
  commit: z.optional(z.string().check(z.regex(OBJECT_ID))),
  /** It was withdrawn, and is not offered for new installs. */
  yanked: z._default(z.boolean(), false),
});

/**
 * `index/<first character>/<name>.toml` of a registry. Unknown keys are reserved for later
 * versions.
 */
export const registryEntrySchema = z.object({
  skill: z.object({
    /** Also the name of the file. */
    name: skillId,
    description: z.optional(z.string()),
    repo: described(z.string(), "The address of its repository."),
    subpath: z._default(subpath, "."),
    license: z.optional(z.string()),
  }),
  versions: described(z.array(version).check(z.minLength(1)), "Its versions."),
});
