import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../src/manifest/document/manifest.js";
import { knownAgents } from "../../../src/manifest/targets/agents.js";
import { HOME, PROJECT, read } from "../manifest-world.js";

async function manifestOf(...[text, changes, paths]: Parameters<typeof read>): Promise<Manifest> {
  const { manifest, problems } = await read(text, changes, paths);
  expect(problems).toEqual([]);
  if (manifest === null) throw new Error("no manifest");
  return manifest;
}

const skill = (lines: string, targets = 'targets = [{ agent = "codex" }]'): string =>
  `version = 1\n[[skills]]\nid = "a"\n${lines}\n${targets}\n`;

describe("readManifest", () => {
  it("explains the form of a group's name [R-MANIFEST-01]", async () => {
    const { problems } = await read(`${skill('source = "acme/a"\ngroups = ["*"]')}[defaults]\ngroups = ["a b"]\n`);
    expect(problems.map(({ path, message }) => [path, message])).toEqual([
      ["skills[0].groups[0]", expect.stringContaining("the name of a group is 1 to 64 of")],
      ["defaults.groups[0]", expect.stringContaining("the name of a group is 1 to 64 of")],
    ]);
  });

  it("fills in every default", async () => {
    expect(await manifestOf(skill('source.repo = "acme/skills"'))).toEqual({
      collections: [],
      policy: { files: ["/home/ann/.eden-skills/policy.toml"], team: null, layers: [] },
      withMembers: expect.any(Function),
      path: `${PROJECT}/skills.toml`,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/u),
      directory: PROJECT,
      lockfilePath: `${PROJECT}/skills.lock`,
      scope: "global",
      storageRoot: `${HOME}/.eden-skills/skills`,
      recordsRoot: `${HOME}/.eden-skills/skills`,
      gitignore: true,
      reactor: {
        concurrency: null,
        minConcurrency: 1,
        adaptive: true,
        timeoutMs: 120_000,
        stallTimeoutMs: 30_000,
        retries: 2,
        deadlineMs: null,
        maxFailures: null,
        maxDownloadBytes: null,
        load: { memoryHigh: 85, cpuLow: 40, cpuHigh: 80, queueLow: 2, queueHigh: 20, intervalMs: 500 },
      },
      limits: { maxFiles: 2000, maxBytes: 67_108_864, maxFileBytes: 8_388_608, maxDepth: 32 },
      registries: {},
      remoteStore: null,
      agents: knownAgents,
      defaults: { targets: [], mode: "symlink" },
      groups: new Set(),
      skills: [
        {
          id: "a",
          index: 0,
          priority: 0,
          enabled: true,
          groups: [],
          isHere: true,
          source: {
            kind: "repository",
            repo: "acme/skills",
            url: "https://github.com/acme/skills.git",
            key: "https://github.com/acme/skills.git",
            host: "github.com",
            transport: "https",
            ref: null,
            subpath: ".",
          },
          installMode: "symlink",
          alias: null,
          targets: [
            {
              agents: ["codex"],
              root: `${HOME}/.agents/skills`,
              path: `${HOME}/.agents/skills/a`,
              environment: { kind: "local" },
              inProject: false,
            },
          ],
          verify: { enabled: true, checks: ["path-exists", "target-resolves", "is-symlink"] },
          noExecMetadataOnly: false,
        },
      ],
    });
  });

  it("reads what the manifest sets", async () => {
    const manifest = await manifestOf(`version = 1
scope = "project"
[storage]
root = "store"
[reactor]
concurrency = "auto"
timeout = "0"
deadline = "30m"
max_failures = 5
max_download = "1GB"
load.interval = "1s"
[limits]
max_bytes = 1000
[registries.official]
url = "../registry"
auto_update = true
`);
    expect(manifest).toMatchObject({
      scope: "project",
      storageRoot: `${PROJECT}/store`,
      reactor: {
        concurrency: "auto",
        timeoutMs: 0,
        deadlineMs: 1_800_000,
        maxFailures: 5,
        maxDownloadBytes: 1_000_000_000,
      },
      limits: { maxBytes: 1000 },
      registries: {
        official: {
          url: `${HOME}/registry`,
          source: {
            kind: "repository",
            repo: "../registry",
            url: `${HOME}/registry`,
            transport: "file",
            host: "",
            ref: null,
          },
          priority: 100,
          autoUpdate: true,
        },
      },
    });
    expect(manifest.reactor.load.intervalMs).toBe(1000);
  });

  it("merges agents that read the same directory into one target [R-MANIFEST-10]", async () => {
    const manifest = await manifestOf(
      skill(
        'source.repo = "acme/skills"',
        'targets = [{ agent = "codex" }, { agent = "claude-code" }, { agent = "cursor" }, { agent = "codex" }]',
      ),
    );
    expect(manifest.skills[0]?.targets.map(({ agents, root }) => ({ agents, root }))).toEqual([
      { agents: ["codex", "cursor"], root: `${HOME}/.agents/skills` },
      { agents: ["claude-code"], root: `${HOME}/.claude/skills` },
    ]);
  });

  it("resolves targets by the target's scope, then the manifest's [R-MANIFEST-09] [R-MANIFEST-15]", async () => {
    const manifest = await manifestOf(
      `version = 1\nscope = "project"\n[[skills]]\nid = "a"\nsource.repo = "acme/skills"
targets = [{ agent = "claude-code" }, { agent = "claude-code", scope = "global" }, { agent = "custom", path = "~/x" }, { agent = "custom", path = "tools" }]`,
    );
    expect(manifest.skills[0]?.targets.map(({ path }) => path)).toEqual([
      `${PROJECT}/.claude/skills/a`,
      `${HOME}/.claude/skills/a`,
      `${HOME}/x/a`,
      `${PROJECT}/tools/a`,
    ]);
  });

  it("leaves the home of a container and of another host for them to resolve", async () => {
    const manifest = await manifestOf(
      skill(
        'source.repo = "acme/skills"',
        'targets = [{ agent = "claude-code", environment = "docker:box" }, { agent = "custom", path = "/opt//skills/", environment = "ssh:me@host" }]',
      ),
      { env: { CLAUDE_CONFIG_DIR: "/elsewhere" } },
    );
    expect(manifest.skills[0]?.targets).toEqual([
      {
        agents: ["claude-code"],
        root: "~/.claude/skills",
        path: "~/.claude/skills/a",
        environment: { kind: "docker", container: "box" },
        inProject: false,
      },
      {
        agents: ["custom"],
        root: "/opt/skills",
        path: "/opt/skills/a",
        environment: { kind: "ssh", host: "me@host" },
        inProject: false,
      },
    ]);
  });

  it("takes a plain directory as it is, and looks for commits only where there is a repository [R-MANIFEST-14]", async () => {
    const path = `${PROJECT}/skills/a/b`;
    const source = async (extra: string, kind: "absent" | "directory" | "work-tree" | "bare-repository") =>
      (await manifestOf(skill(`source = { repo = "skills/a/b", subpath = "./x/"${extra} }`), {}, { [path]: kind }))
        .skills[0]?.source;
    const directory = { kind: "directory", repo: "skills/a/b", path, ref: null, subpath: "x" };
    const repository = {
      kind: "repository",
      url: path,
      key: `file://${path}`,
      host: "",
      transport: "file",
      subpath: "x",
    };
    expect(await source("", "directory")).toEqual(directory);
    expect(await source("", "work-tree")).toEqual(directory);
    expect(await source("", "absent")).toEqual(directory);
    expect(await source("", "bare-repository")).toMatchObject({ ...repository, ref: null });
    expect(await source(', ref = "main"', "bare-repository")).toMatchObject({ ...repository, ref: "main" });
    expect(await source(', ref = "main"', "work-tree")).toMatchObject({ ...repository, ref: "main" });
    expect(await source(', ref = "main"', "absent")).toMatchObject({ ...repository, ref: "main" });
  });

  it("names a registry skill after itself unless it has an id of its own", async () => {
    const registries = '[registries.r]\nurl = "https://example.com/r.git"\n';
    const manifest = await manifestOf(
      `version = 1\n${registries}[[skills]]\nname = "search"\ntargets = [{ agent = "codex" }]
[[skills]]\nid = "other"\nname = "search"\nversion = "^2.0"\nregistry = "r"\ntargets = [{ agent = "codex" }]`,
    );
    expect(manifest.skills.map(({ id, source }) => ({ id, source }))).toEqual([
      { id: "search", source: { kind: "registry", name: "search", version: "*", registry: null } },
      { id: "other", source: { kind: "registry", name: "search", version: "^2.0", registry: "r" } },
    ]);
  });

  it("finds no registry in what every object inherits", async () => {
    const text = `version = 1\n[registries.r]\nurl = "https://example.com/r.git"\n[[skills]]\nname = "search"\nregistry = "toString"\ntargets = [{ agent = "codex" }]`;
    expect((await read(text)).problems.map(({ code }) => code)).toEqual(["UNKNOWN_REGISTRY"]);
  });

  it("checks a copy for its content by default", async () => {
    const manifest = await manifestOf(skill('source.repo = "acme/skills"\ninstall.mode = "copy"'));
    expect(manifest.skills[0]?.verify.checks).toEqual(["path-exists", "content-present"]);
  });

  it("names both lines of a duplicate id, and the column of a problem [R-THREAT-68]", async () => {
    const text = `${skill('source.repo = "acme/skills"')}[[skills]]\n  id = "a"\nsource.repo = "acme/b"\ntargets = [{ agent = "pi" }]`;
    const { problems } = await read(text);
    expect(problems).toMatchObject([{ code: "DUPLICATE_SKILL_ID", line: 7, column: 3 }]);
    expect(problems[0]?.message).toContain("lines 3 and 7");
  });

  it.each([
    ["claude", "claude-code"],
    ["Codex", "codex"],
    ["gemini", "gemini-cli"],
    ["coursor", "cursor"],
    ["copilot", "github-copilot"],
  ])("answers agent %s with %s", async (agent, nearest) => {
    const { problems } = await read(skill('source.repo = "acme/skills"', `targets = [{ agent = "${agent}" }]`));
    expect(problems[0]?.message).toContain(`did you mean "${nearest}"?`);
  });

  it("reports the file that is too large, and does not look into it [R-MANIFEST-17] [R-THREAT-68]", async () => {
    const { problems } = await read(`version = 1\n#${"x".repeat(1024 * 1024)}`);
    expect(problems).toMatchObject([{ code: "INVALID_TOML", path: "", line: null }]);
  });

  it("refuses text that a lenient decoder has already mangled", async () => {
    const { problems } = await read(Buffer.from([...Buffer.from("version = 1 # "), 0xff]).toString("utf8"));
    expect(problems.map(({ code }) => code)).toEqual(["INVALID_TOML"]);
  });

  it("survives keys nested a hundred thousand deep [R-MANIFEST-17] [R-THREAT-68]", async () => {
    const { problems } = await read(`version = 1\n[${"a.".repeat(100_000)}a]\nx = 1\n`, { strict: true });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(["UNKNOWN_KEY a"]);
  });

  it("survives arrays nested a hundred thousand deep", async () => {
    const { problems } = await read(`version = ${"[".repeat(100_000)}`);
    expect(problems.map(({ code }) => code)).toEqual(["INVALID_TOML"]);
  });

  it("answers any text with a manifest or with problems", async () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
      fc.constantFrom("1", "-1", "true", "[]", "{}", "[[]]", "[{}]", "1.5", "nan", "2026-01-01", '"~"', '["a"]'),
    );
    const key = fc.constantFrom(
      "version",
      "scope",
      "storage.root",
      "reactor.timeout",
      "reactor.concurrency",
      "reactor.load.interval",
      "limits.max_bytes",
      "registries.x.url",
      "registries.x",
      "skills",
      "source.repo",
      "source.ref",
      "source.subpath",
      "id",
      "name",
      "version",
      "registry",
      "targets",
      "install.mode",
      "verify.checks",
      "safety",
      "__proto__",
      "toString",
      '"\\u0000"',
    );
    const line = fc.oneof(
      fc.tuple(key, value).map(([name, text]) => `${name} = ${text}`),
      fc.constantFrom("[[skills]]", "[[skills.targets]]"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const { manifest, problems } = await read(lines.join("\n"));
        const failed = problems.some(({ severity }) => severity === "error");
        expect(manifest === null).toBe(failed);
      }),
      { numRuns: 400 },
    );
  });
});
