import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatManifest, normalManifest } from "../../../src/manifest/edit/normal-manifest.js";
import { rebaseManifest } from "../../../src/manifest/edit/rebase.js";
import { tomlValue } from "../../../src/manifest/edit/toml-lines.js";
import { parseToml } from "../../../src/manifest/format/parse-toml.js";
import { fixtures, HOME, PROJECT, read } from "../manifest-world.js";

const normal = (text: string) => {
  const toml = parseToml(text, Number.POSITIVE_INFINITY);
  if ("problem" in toml) throw new Error(toml.problem.message);
  return normalManifest(toml.document);
};
const format = (text: string) => formatManifest(normal(text));

/** What a manifest means, but for where and how it is written. */
const meaning = async (text: string, path = `${PROJECT}/skills.toml`) => {
  const { manifest } = await read(text, { path });
  if (manifest === null) return null;
  const { digest: _digest, path: _path, directory: _directory, lockfilePath: _lockfile, ...rest } = manifest;
  return JSON.parse(JSON.stringify({ ...rest, registries: { ...rest.registries } }));
};

const EVERYTHING = `# a comment
skills = [
  { name = "search", id = "search", version = "^2.0", targets = [{ scope = "project", agent = "cursor" }] },
  { targets = [{ agent = "custom", path = "./tools" }, { agent = "claude-code", environment = "docker:box" }],
    safety = { no_exec_metadata_only = true }, verify = { checks = ["path-exists", "content-present"], enabled = false },
    install = { mode = "copy" }, source = { subpath = "./a//b/", ref = "v1", repo = "../own", allow_insecure = true },
    enabled = false, priority = 3, id = "own" },
  { id = "plain", source.repo = "acme/skills", install.mode = "symlink", enabled = true, targets = [{ agent = "codex" }],
    verify.checks = ["path-exists", "target-resolves", "is-symlink"] },
]
version = 1
nonsense = 1
storage.root = "./store"
[limits]
max_bytes = 5000
max_files = 2000
[registries.own]
priority = 100
url = "./registry"
[registries.official]
auto_update = true
url = "https://example.com/registry.git"
[reactor]
timeout = "120s"
concurrency = "auto"
[reactor.load]
cpu_low = 30
`;

describe("the one form of a manifest [R-IMPORT-01]", () => {
  it("has no comments, defaults or unknown keys, and one order of its keys", () => {
    expect(format(EVERYTHING)).toBe(`version = 1

[storage]
root = "./store"

[reactor]
concurrency = "auto"
[reactor.load]
cpu_low = 30

[limits]
max_bytes = 5000

[registries.own]
url = "./registry"
[registries.official]
url = "https://example.com/registry.git"
auto_update = true

[[skills]]
name = "search"
version = "^2.0"
[[skills.targets]]
agent = "cursor"
scope = "project"

[[skills]]
id = "own"
priority = 3
enabled = false
[skills.source]
repo = "../own"
ref = "v1"
subpath = "a/b"
allow_insecure = true
[skills.install]
mode = "copy"
[[skills.targets]]
agent = "custom"
path = "./tools"
[[skills.targets]]
agent = "claude-code"
environment = "docker:box"
[skills.verify]
enabled = false
[skills.safety]
no_exec_metadata_only = true

[[skills]]
id = "plain"
[skills.source]
repo = "acme/skills"
[[skills.targets]]
agent = "codex"
`);
  });

  it("means the same, and is its own form", async () => {
    const files = readdirSync(fixtures, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".toml"));
    const texts = [EVERYTHING, ...files.map((name) => readFileSync(join(fixtures, name), "utf8"))];
    const valid: string[] = [];
    for (const text of texts) if ((await meaning(text)) !== null) valid.push(text);
    expect(valid.length).toBeGreaterThan(3);
    for (const text of valid) {
      expect(await meaning(format(text)), text).toEqual(await meaning(text));
      expect(format(format(text))).toBe(format(text));
    }
  });

  it("names the same paths at another place [R-IMPORT-02]", async () => {
    const place = { cwd: PROJECT, home: HOME, manifestDirectory: "/elsewhere", env: {} };
    const moved = formatManifest(rebaseManifest(normal(EVERYTHING), place));
    expect(moved).toContain('repo = "~/own"');
    const registry = /url = "(?<path>.*registry)"/u.exec(moved)?.groups?.["path"];
    expect(registry).toBe("~/project/registry");
    const there = await meaning(moved, "/elsewhere/skills.toml");
    const here = await meaning(EVERYTHING);
    expect(there.storageRoot).toBe(here.storageRoot);
    const paths = (found: any) => found.skills.map((skill: any) => [skill.source.url, skill.source.path]);
    expect(paths(there)).toEqual(paths(here));
    expect(there.skills[1].targets).toEqual(here.skills[1].targets);
  });

  it("holds no character that a terminal would obey", () => {
    for (const text of ["\u0007\u001b[2J", "\u007f\u0085\u009b", "\u2028\u202e\u2066", "\u{e0041}", '"\\', "ä€😀"]) {
      const written = tomlValue(text);
      // eslint-disable-next-line no-control-regex
      expect(written).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/u);
      const toml = parseToml(`a = ${written}`, 1000);
      expect("document" in toml && toml.document["a"]).toBe(text);
    }
  });
});
