import { admits, chooseVersion } from "../../../src/manifest/names/choose-version.js";
import { parseDuration } from "../../../src/manifest/names/durations.js";
import { globProblem, sourceGlobProblem } from "../../../src/manifest/names/glob-text.js";
import { compileGlob } from "../../../src/manifest/names/glob.js";
import { didYouMean } from "../../../src/manifest/names/nearest-word.js";
import { refProblem } from "../../../src/manifest/names/ref-name.js";
import { parseSize } from "../../../src/manifest/names/sizes.js";
import { skillIdProblem } from "../../../src/manifest/names/skill-id.js";
import { isVersionRange } from "../../../src/manifest/names/version-range.js";
import { matchesSource } from "../../../src/manifest/policy/source-glob.js";
import { parseInstallSource } from "../../../src/manifest/source/install-source.js";
import { parseShortSource } from "../../../src/manifest/source/short-source.js";
import { siteAddresses } from "../../../src/manifest/source/site-addresses.js";
import { repositoryAt } from "../../../src/manifest/source/skill-source.js";
import { parseSource } from "../../../src/manifest/source/source-grammar.js";
import { readSubpath } from "../../../src/manifest/source/subpath.js";
import { parseTargetSpec } from "../../../src/manifest/targets/parse-target-spec.js";
import { redact, sanitize } from "../../../src/errors.js";
import { texts, type Target } from "../target.js";

const SOURCES = texts(
  "acme/skills",
  "git@github.com:acme/skills.git",
  "https://u@h.example:8443/a/b.git#main//sub/dir",
  "./own",
  "~/x",
  "file:///srv/x.git",
  "ssh://git@[::1]:22/x",
  "https://github.com/a/b/tree/main/skills/c",
  "https://gitlab.example/a/-/tree/v1/skills",
  "@registry/name@^1.2.0",
  "ext::sh -c id",
  "https://user:pass@h/x",
);

/** The small grammars of manifest and command line. */
export const NAMES: Target[] = [
  {
    name: "source grammar",
    seeds: SOURCES,
    run([bytes]) {
      const text = String(bytes);
      const parsed = parseSource(text, { directory: "/p", home: "/h", allowInsecure: true });
      return [
        parsed.kind === "refused" ? parsed : repositoryAt(text, parsed),
        parseShortSource(text),
        parseInstallSource(text),
        siteAddresses(text),
        readSubpath(text),
        refProblem(text),
        parseTargetSpec(text),
        skillIdProblem(text),
        didYouMean(text.slice(0, 200), ["acme", "skills"]),
      ];
    },
  },
  {
    name: "globs",
    seeds: texts("*", "skills/**/a-?", "{a,b}[c-d]", "!(x)", "a*".repeat(20), "github.com/acme/*", "**/*/**/*"),
    run([bytes]) {
      const text = String(bytes);
      const found = [globProblem(text), sourceGlobProblem(text)];
      const skill = { name: "a".repeat(64), path: `skills/${"a".repeat(64)}` };
      if (found[0] === null) compileGlob(text).matches(skill);
      if (found[1] === null) matchesSource(text, "github.com/acme/a-skill", { ignoreCase: true });
      return found;
    },
  },
  {
    name: "versions, durations, sizes",
    seeds: texts("^1.2.0", ">=1.0.0 <2.0.0 || 3.x", "~1", "1.2.3-rc.1+build", "30s", "250ms", "64MiB", "500KB"),
    run([bytes]) {
      const text = String(bytes);
      const versions = ["1.2.3", "2.0.0-rc.1"].map((version) => ({ version, yanked: false }));
      return [
        isVersionRange(text) && [admits(text, "1.2.3"), chooseVersion(versions, text, null)],
        parseDuration(text),
        parseSize(text),
      ];
    },
  },
  {
    name: "text for a terminal",
    seeds: texts("https://u:p@h/x", "\u001b]0;x\u0007", "a//b@c", "::set-output::", ...SOURCES.map(String)),
    run: ([bytes]) => [sanitize(String(bytes)), redact(String(bytes))],
  },
];
