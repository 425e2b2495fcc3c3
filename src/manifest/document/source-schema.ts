import * as z from "zod/mini";
import { described } from "../format/described.js";
import { rule } from "../format/coded-issues.js";
import { subpath } from "../format/fields.js";
import { anyRefProblem } from "../source/archive-address.js";
import { parseShortSource } from "../source/short-source.js";
import { normalSubpath, subpathProblem } from "../source/subpath.js";
import { quote } from "../format/findings.js";

/** A source as a table. */
export const sourceTable = z.strictObject({
  repo: described(
    z.optional(z.string()),
    "https, ssh, git@host:path, file://, owner/repo on GitHub, or a local path; npm:name; oci://host/repository. Never a password in it.",
  ),
  ref: described(
    z.optional(z.string().check(rule("INVALID_REF", anyRefProblem))),
    "Branch, tag or full commit; the remote's default branch when absent. Of a package a range of versions, of an image a tag or a digest.",
  ),
  url: described(z.optional(z.string()), "An archive (tar.gz or zip) in place of a repository."),
  sha256: described(
    z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, "expected 64 hex digits"))),
    "The hash of that archive, in hex.",
  ),
  subpath: described(z.optional(subpath), "Directory of the skill inside the repository; its root when absent."),
  allow_insecure: described(
    z._default(z.boolean(), false),
    "Allow http:// and git:// to a host that is not this machine.",
  ),
});

export type SourceDocument = z.output<typeof sourceTable>;

const short = z.pipe(
  z.string(),
  z.transform((text, { issues }): SourceDocument => {
    const { repo, ref, subpath: below } = parseShortSource(text);
    const refuse = (code: string, part: string, problem: string | null) => {
      if (problem === null) return;
      issues.push({ code: "custom", input: text, params: { code }, message: `${quote(part)}: ${problem}` });
    };
    if (ref !== undefined) refuse("INVALID_REF", ref, anyRefProblem(ref));
    if (below !== undefined) refuse("INVALID_SUBPATH", below, subpathProblem(below));
    return {
      repo,
      allow_insecure: false,
      ...(ref !== undefined && { ref }),
      ...(below !== undefined && { subpath: normalSubpath(below) }),
    };
  }),
);

/** Where a skill comes from: the short form, or a table. */
export const sourceSchema = described(
  z.union([short, sourceTable], 'expected a source such as "owner/repo/path#ref", or a table'),
  "Where the skill comes from: owner/repo[/path][#ref], an address with //path and #ref, or a table.",
);
