import { formatMerge } from "../../../src/manifest/lockfile/format-lockfile.js";
import { parseLockfile, type Lockfile } from "../../../src/manifest/lockfile/lockfile.js";
import { mergeLockfiles } from "../../../src/manifest/lockfile/merge-lockfiles.js";
import { mergeManifests } from "../../../src/manifest/merge/merge-manifests.js";
import { parseToml } from "../../../src/manifest/format/parse-toml.js";
import { readDocument } from "../../../src/manifest/format/read-document.js";
import { readForeign } from "../../../src/manifest/foreign/read-foreign.js";
import { compactManifest, EVERYTHING, sharedSources } from "../../../src/manifest/compact/compact-manifest.js";
import { readManifest } from "../../../src/manifest/document/read-manifest.js";
import { policyFileSchema } from "../../../src/manifest/policy/policy-schema.js";
import { fixtures, texts, type Target } from "../target.js";

const manifests = fixtures("manifests", ".toml");
const place = { manifestDirectory: "/p", home: "/h" };
const id = "a".repeat(40);
/** The syntax trees with positions of 100 KB of tables without any key. */
const SYNTAX_TREES = 128 * 1024 * 1024;

const LOCKFILES = texts(
  lockfileOf("a", "main", "copy"),
  lockfileOf("b", "v1.0.0", "symlink"),
  `${lockfileOf("a", "main", "copy")}\n${lockfileOf("b", "", "symlink").replace(/^version = 1\n/u, "")}`,
);

function lockfileOf(name: string, ref: string, mode: string): string {
  return `version = 1

[[skills]]
id = "${name}"
source_repo = "acme/skills"
source_ref = "${ref}"
source_subpath = "skills/${name}"
resolved_commit = "${id}"
tree = "${id}"
integrity = "sha256-${"A".repeat(43)}="
install_mode = "${mode}"

[[skills.targets]]
agent = "claude-code"
path = ".claude/skills/${name}"
`;
}

const POLICY = `version = 1
min_age = "3d"
deny_findings = ["high"]
[sources]
allow = ["github.com/acme/*"]
deny = ["github.com/acme/old-*"]
[[waivers]]
skill = "a"
rule = "sources"
reason = "reviewed"
expires = "2027-01-01"
`;

/** The documents of a project. */
export const MANIFESTS: Target[] = [
  { name: "manifest", seeds: manifests, run: ([text = EMPTY]) => readAll(text) },
  {
    name: "lockfile",
    seeds: LOCKFILES,
    run: ([text = EMPTY]) => [parseLockfile(text, place), parseLockfile(text.toString(), place)],
  },
  {
    name: "merge of manifests",
    seeds: manifests,
    mayKeep: SYNTAX_TREES,
    run(versions) {
      // As `lock merge`: what is not TOML is refused before.
      if (versions.some((text) => "problem" in parseToml(text, 1e9))) return null;
      const [base = "", ours = "", theirs = ""] = versions.map(String);
      return [mergeManifests({ base, ours, theirs }), mergeManifests({ base: ours, ours, theirs })];
    },
  },
  {
    name: "merge of lockfiles",
    seeds: LOCKFILES,
    run(versions) {
      const [base, ours, theirs] = versions.map((text): Lockfile => {
        const parsed = parseLockfile(text, place);
        return "lockfile" in parsed ? parsed.lockfile : { skills: [] };
      });
      if (base === undefined || ours === undefined || theirs === undefined) return null;
      return formatMerge(mergeLockfiles(base, ours, theirs), place);
    },
  },
  {
    name: "compact form",
    seeds: manifests,
    mayKeep: SYNTAX_TREES,
    async run([text = EMPTY]) {
      const { manifest } = await readAll(text);
      if (manifest === null) return null;
      // As all commands that edit a manifest: without its byte order mark.
      const written = text.toString().replace(/^\ufeff/u, "");
      return [sharedSources(written, EVERYTHING), compactManifest(written, () => null)];
    },
  },
  {
    name: "policy",
    seeds: texts(POLICY),
    run([text = EMPTY]) {
      const parsed = parseToml(text, 1e6);
      return "problem" in parsed ? parsed : readDocument(policyFileSchema, parsed.document);
    },
  },
  {
    name: "file of another tool",
    seeds: texts(
      '{"version":1,"skills":{"d":{"source":"a/b","sourceType":"github","skillPath":"a/SKILL.md"}}}',
      '[agents]\nclaude = true\n[[skills]]\nname = "a"\nsource = "acme/skills"\n',
      '{"agents":{"skills":[{"name":"a"}]},"dependencies":{"a":"1"}}',
      '{"targets":["claudecode"],"sources":[{"source":"acme/skills@v1:skills","skills":["a"]}, /* no */ {"rules":["b"]}]}',
      "name: a\nversion: 1.0.0\nlockfile_version: 1\ndependencies:\n  apm:\n  - acme/x/y#^1.0\n  - git: acme/x\n    skills: [a]\n",
      '{"enabledPlugins":{"a@m":true},"extraKnownMarketplaces":{"m":{"source":{"source":"github","repo":"acme/x"}}}}',
      '{"skills":{"a":"github:acme/skills/skills/a@v1"},"registries":{"own":"https://h"},"defaults":{"targetAgents":["cursor"]}}',
    ),
    run: async ([text = EMPTY]) => {
      const answers: unknown[] = [];
      for (const name of ["skills-lock.json", "agents.toml", "rulesync.jsonc", "apm.yml"])
        answers.push(
          await orError(
            async () =>
              await readForeign(text, name, { beside: () => text, claudePlugins: "/p", inClaudePlugins: () => text }),
          ),
        );
      return answers;
    },
  },
];

const EMPTY = Buffer.alloc(0);

async function readAll(text: Buffer) {
  return await readManifest(text, {
    path: "/p/skills.toml",
    home: "/h",
    env: {},
    strict: false,
    localSources: { kindOf: () => "directory" },
  });
}

/** Each file is judged by its own. */
async function orError(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "EdenError") throw error;
    return error;
  }
}
