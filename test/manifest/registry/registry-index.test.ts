import { describe, expect, it } from "vitest";
import { EdenError } from "../../../src/errors.js";
import { MOST_ENTRY_BYTES, RegistryIndex } from "../../../src/manifest/registry/registry-index.js";
import { repositoryAt } from "../../../src/manifest/source/skill-source.js";
import { parseSource } from "../../../src/manifest/source/source-grammar.js";
import { entryText, type RegistrySkillSpec } from "../../helpers/registry.js";

const MANIFEST = 'format_version = 1\nname = "Official"\n';
const COMMIT = "a".repeat(40);
const good: RegistrySkillSpec = {
  name: "pdf-forms",
  repo: "https://example.com/acme/skills.git",
  description: "Fills forms",
  subpath: "./skills/pdf/",
  license: "MIT",
  versions: [
    { version: "1.0.0", ref: "v1" },
    { version: "2.0.0-rc.1+b7", commit: COMMIT, yanked: true },
  ],
};

function open(files: Record<string, string | null>, url = "https://example.com/registry.git"): RegistryIndex {
  const parsed = parseSource(url, { directory: "/", home: "/home/ann" });
  if (parsed.kind === "refused") throw new Error(parsed.reason);
  return RegistryIndex.open("official", repositoryAt(url, parsed), new Map(Object.entries(files)), "/home/ann");
}

function failure(act: () => unknown): EdenError {
  try {
    act();
  } catch (error) {
    if (error instanceof EdenError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const reading = (text: string | null, url?: string) => () =>
  open({ "manifest.toml": MANIFEST, "index/p/pdf-forms.toml": text }, url).entry("pdf-forms");
const changed = (changes: Partial<RegistrySkillSpec>) => entryText({ ...good, ...changes });

describe("the index of a registry", () => {
  it("holds skills with their repositories and versions; what it does not know is left alone [R-REGISTRY-03]", () => {
    const text = entryText(good).replace("[skill]", 'later = 1\n[skill]\nhomepage = "https://example.com"');
    expect(reading(text)()).toEqual({
      name: "pdf-forms",
      description: "Fills forms",
      source: {
        kind: "repository",
        repo: good.repo,
        url: good.repo,
        key: good.repo,
        host: "example.com",
        transport: "https",
        ref: null,
        subpath: "skills/pdf",
      },
      versions: [
        { version: "1.0.0", ref: "v1", commit: null, yanked: false },
        { version: "2.0.0-rc.1+b7", ref: null, commit: COMMIT, yanked: true },
      ],
    });
  });

  it.each([
    ["no manifest.toml", {}, "REGISTRY_INVALID", "manifest.toml: missing: this repository"],
    ["a later format", { "manifest.toml": 'format_version = 2\nname = "x"' }, "UNSUPPORTED_VERSION", "format_version"],
    ["no format", { "manifest.toml": 'name = "x"' }, "REGISTRY_INVALID", "manifest.toml: format_version: missing"],
    ["no TOML", { "manifest.toml": "{{" }, "REGISTRY_INVALID", "manifest.toml: line 1"],
  ])("with %s is none [R-REGISTRY-03]", (_what, files, code, message) => {
    const error = failure(() => open(files));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    if (code === "UNSUPPORTED_VERSION") expect(error.facts.hint).toBe("Install a newer eden-skills.");
  });

  const one = (version: object) => changed({ versions: [version as RegistrySkillSpec["versions"][number]] });
  it.each([
    ["bad syntax", "[skill", "line 1"],
    ["text that is no UTF-8", entryText({ ...good, description: "a\ufffdb" }), "not valid UTF-8"],
    ["a file that is too large", null, `more than ${MOST_ENTRY_BYTES} bytes`],
    ["a name that is no id", changed({ name: "../etc" }), "skill.name"],
    ["the name of another file", changed({ name: "pdf-form" }), "belongs in index/p/pdf-form.toml"],
    ["no repository", entryText(good).replace(/repo = .*\n/u, ""), "skill.repo: missing"],
    ["an option for a repository", changed({ repo: "--upload-pack=touch /tmp/x" }), "skill.repo"],
    ["a remote helper", changed({ repo: "ext::sh -c id" }), "skill.repo"],
    ["a password", changed({ repo: "https://u:secret@example.com/x" }), "skill.repo: a password"],
    ["a path on this machine", changed({ repo: "/etc" }), "skill.repo: only a registry on this machine"],
    ["a file URL", changed({ repo: "file:///etc" }), "skill.repo: only a registry on this machine"],
    ["a server of this machine", changed({ repo: "http://127.0.0.1:80/x" }), "skill.repo: http:// is neither"],
    ["a way out of the repository", changed({ subpath: "../.." }), "skill.subpath"],
    ["a description that is no text", changed({ description: 7 as unknown as string }), "skill.description"],
    ["no versions", changed({ versions: [] }), "versions: missing"],
    ["a version that is none", one({ version: "1.0", ref: "v1" }), "versions[0].version"],
    ["a version with huge numbers", one({ version: `${"9".repeat(20)}.0.0`, ref: "v1" }), "versions[0].version"],
    [
      "a version twice",
      changed({
        versions: [
          { version: "1.0.0", ref: "a" },
          { version: "1.0.0", ref: "b" },
        ],
      }),
      "twice",
    ],
    ["a ref that is an option", one({ version: "1.0.0", ref: "--x" }), "versions[0].ref"],
    ["a short commit", one({ version: "1.0.0", commit: "abc" }), "versions[0].commit"],
    ["a version without place", one({ version: "1.0.0" }), "versions[0]: neither ref nor commit"],
    ["yanked as text", one({ version: "1.0.0", ref: "v1", yanked: "no" }), "versions[0].yanked"],
  ])("refuses %s, and names file and field [R-REGISTRY-03]", (_what, text, message) => {
    const error = failure(reading(text));
    expect([error.code, error.message]).toEqual(["REGISTRY_INVALID", expect.stringContaining(message)]);
    expect(error.message).toContain("registry official: index/p/pdf-forms.toml: ");
    expect(error.message).not.toContain("secret");
  });

  it("keeps the others when one entry is bad [R-REGISTRY-03]", () => {
    const index = open({
      "manifest.toml": MANIFEST,
      "index/p/pdf-forms.toml": entryText(good),
      "index/x/pdf.toml": entryText({ ...good, name: "pdf" }),
    });
    const { entries, problems } = index.entries();
    expect([entries.map(({ name }) => name), problems.map(({ message }) => message)]).toEqual([
      ["pdf-forms"],
      [expect.stringContaining('index/x/pdf.toml: skill.name: "pdf" belongs in index/p/pdf.toml')],
    ]);
    expect([index.names(), index.entry("pdf"), index.entry("other")]).toEqual([["pdf-forms", "pdf"], null, null]);
  });

  it("on this machine may name repositories on this machine, by absolute paths [R-REGISTRY-03]", () => {
    expect(reading(changed({ repo: "/srv/skills" }), "/srv/registry")()?.source.url).toBe("/srv/skills");
    expect(reading(changed({ repo: "file:///srv/skills" }), "file:///srv/registry")()?.source.host).toBe("");
    expect(failure(reading(changed({ repo: "./skills" }), "/srv/registry")).message).toContain("is absolute");
  });
});
