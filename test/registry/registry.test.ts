import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { EdenError } from "../../src/errors.js";
import { findInRegistries } from "../../src/registry/find-in-registries.js";
import { loadManifest } from "../../src/workspace/load-manifest.js";
import { updateRegistries } from "../../src/registry/registry-indexes.js";
import { inRun } from "../../src/run/run-context.js";
import { createRepository } from "../helpers/git-repository.js";
import { createRegistry, type RegistrySkillSpec } from "../helpers/registry.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const skill = (name: string, description: string, versions = ["1.0.0"]): RegistrySkillSpec => ({
  name,
  description,
  repo: "https://example.com/skills.git",
  versions: versions.map((version) => ({ version, ref: `v${version}` })),
});

/** Registries behind a server, and a manifest that names them, the first with the highest priority. */
async function setUp(registries: Record<string, readonly RegistrySkillSpec[]>, extra = "") {
  const sandbox = use.sandbox();
  const remote = await use.remote(sandbox);
  const made: Record<string, Awaited<ReturnType<typeof createRegistry>>> = {};
  for (const [name, skills] of Object.entries(registries))
    made[name] = await createRegistry(join(sandbox.root, `served/${name}.git`), { name, skills });
  const tables = Object.keys(registries).map(
    (name, at) => `[registries.${name}]\nurl = "${remote.url}/${name}.git"\npriority = ${100 - at}\n${extra}`,
  );
  sandbox.writeManifest(`version = 1\n${tables.join("\n")}\n`);
  const publish = async (name: string, skills: readonly RegistrySkillSpec[]) =>
    await made[name]?.publish({ name, skills });
  return { sandbox, remote, made, publish };
}

const update = async (sandbox: Sandbox, ...args: string[]) => {
  const result = await sandbox.run(["registry", "update", "--json", "--retries", "0", ...args]);
  const { registries = [] } = result.json();
  const statuses = registries.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`);
  return { code: result.code, statuses, document: result.json() };
};
const indexes = (sandbox: Sandbox) => readdirSync(join(sandbox.storage, "registries")).toSorted();
const indexPath = (sandbox: Sandbox) =>
  join(sandbox.storage, "registries", indexes(sandbox).find((name) => !name.includes("updated")) ?? "");

describe("install of a name", () => {
  it("exits 1 when no index of a registry is to be had: that is no usage error [R-CLI-01] [R-REGISTRY-04]", async () => {
    const { sandbox, remote } = await setUp({ one: [skill("a-one", "A")] });
    const install = async () => {
      const { code, json } = await sandbox.run(["install", "a-one", "--json", "--retries", "0"]);
      return [code, json().exit_code, json().error.code];
    };
    remote.fail("one.git", { kind: "status", status: 503 });
    expect(await install()).toEqual([1, 1, "REGISTRY_UNREACHABLE"]);
    await createRepository(join(sandbox.root, "served/other.git"), { files: { "README.md": "no index" } });
    sandbox.writeManifest(`version = 1\n[registries.one]\nurl = "${remote.url}/other.git"\n`);
    expect(await install()).toEqual([1, 1, "REGISTRY_INVALID"]);
  });
});

describe("registry update", () => {
  it("fetches, then follows, and fetches nothing of what is as it was [R-REGISTRY-01] [R-REGISTRY-02]", async () => {
    const { sandbox, remote, publish } = await setUp({ one: [skill("a-one", "A")], two: [skill("b-two", "B")] });
    const first = await update(sandbox);
    expect([first.code, first.document]).toEqual([
      0,
      {
        schema_version: 1,
        command: "registry update",
        registries: [
          { name: "one", status: "cloned", url: `${remote.url}/one.git`, code: null, message: null, hint: null },
          { name: "two", status: "cloned", url: `${remote.url}/two.git`, code: null, message: null, hint: null },
        ],
        failed: 0,
        diagnostics: [],
      },
    ]);
    await publish("two", [skill("c-three", "C")]);
    const before = remote.traffic.log.length;
    expect((await update(sandbox)).statuses).toEqual(["one skipped", "two updated"]);
    const asked = remote.traffic.log.slice(before).filter(({ kind }) => kind === "fetch");
    expect(asked.map(({ repository }) => repository)).toEqual(["two.git"]);
    const text = await sandbox.run(["registry", "update", "two"]);
    expect([text.code, text.stdout]).toEqual([
      0,
      `registry update two\nunchanged two ${remote.url}/two.git\n1 of 1 registries up to date\n`,
    ]);
    expect((await sandbox.run(["search", "three", "--json"])).json().results).toHaveLength(1);
  });

  it("updates the others when one fails, and keeps the index that it had [R-REGISTRY-01] [R-REGISTRY-02]", async () => {
    const { sandbox, remote, made, publish } = await setUp({ one: [skill("a-one", "A")], two: [skill("b-two", "B")] });
    await update(sandbox);
    await publish("one", [skill("a-new", "A")]);
    await publish("two", [skill("b-new", "B")]);
    remote.fail("one.git", { kind: "status", status: 404 });
    const partly = await update(sandbox);
    expect([partly.code, partly.statuses, partly.document.failed]).toEqual([1, ["one failed", "two updated"], 1]);
    expect(partly.document.registries[0]).toMatchObject({ code: "FETCH_NOT_FOUND", message: expect.any(String) });
    const found = await sandbox.run(["search", "a", "--json", "--offline"]);
    expect(found.json().results.map(({ name }: { name: string }) => name)).toEqual(["a-one"]);
    remote.heal();
    await made["one"]?.publish({ name: "one", formatVersion: 2, skills: [] });
    const later = await update(sandbox, "one");
    expect(later.document.registries[0]).toMatchObject({ status: "failed", code: "UNSUPPORTED_VERSION" });
    expect((await sandbox.run(["search", "a-one", "--json"])).json().results).toHaveLength(1);
    const quiet = await sandbox.run(["registry", "update", "--quiet"]);
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/^x one failed .*\n(?:.*\n){1,2} {2}hint: .*\n$/u),
    ]);
    const text = await sandbox.run(["registry", "update", "one"]);
    expect(text.stdout).toMatch(
      /^registry update one\nx one failed {2}UNSUPPORTED_VERSION\n.*manifest\.toml: format_version.*\n(?:.*\n)? {2}hint: /u,
    );
  });

  it("says what is wrong with the call [R-REGISTRY-01]", async () => {
    const { sandbox } = await setUp({ official: [], own: [] });
    const cases: [string[], string, string][] = [
      [["offical"], "UNKNOWN_REGISTRY", 'did you mean "official"?'],
      [["--offline"], "USAGE", "--offline"],
    ];
    for (const [args, code, message] of cases) {
      const result = await sandbox.run(["registry", "update", "--json", ...args]);
      expect([result.code, result.json().error]).toMatchObject([
        2,
        { code, message: expect.stringContaining(message) },
      ]);
    }
    sandbox.writeManifest("version = 1\n");
    for (const args of [
      ["registry", "update"],
      ["search", "x"],
    ]) {
      const result = await sandbox.run([...args, "--json"]);
      expect([result.code, result.json().error.code]).toEqual([2, "MISSING_REGISTRIES"]);
    }
  });

  it("makes anew what was damaged: the index, or the mirror below it [R-REGISTRY-02]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "A")] });
    await update(sandbox);
    for (const damage of [
      (text: string) => text.slice(0, -10),
      (text: string) => text.replace("a-one", "a-two"),
      () => "",
    ]) {
      writeFileSync(indexPath(sandbox), damage(readFileSync(indexPath(sandbox), "utf8")));
      expect((await update(sandbox)).statuses).toEqual(["one cloned"]);
      expect((await sandbox.run(["search", "a-one", "--json"])).json().results).toHaveLength(1);
    }
    // The mirror claims to have what can no longer be read from it.
    const mirrors = join(sandbox.storage, "mirrors");
    for (const name of readdirSync(mirrors).filter((one) => !one.endsWith(".json"))) {
      const packs = join(mirrors, name, "objects/pack");
      for (const pack of readdirSync(packs)) rmSync(join(packs, pack));
    }
    rmSync(indexPath(sandbox));
    expect((await update(sandbox)).statuses).toEqual(["one cloned"]);
    expect((await sandbox.run(["search", "a-one", "--json"])).json().results).toHaveLength(1);
  });

  it("takes what belongs to an index, and of that nothing that is too large [R-REGISTRY-02] [R-REGISTRY-03]", async () => {
    const { sandbox, made } = await setUp({ one: [] });
    await made["one"]?.publish({
      name: "one",
      skills: [skill("good", "Good"), skill("long", `Long ${"about ".repeat(6000)}`)],
      files: {
        "README.md": "x".repeat(100_000),
        "index/h/huge.toml": `description = "${"x".repeat(300_000)}"`,
        "index/l/link.toml": { symlink: "../../../../etc/passwd" },
        "index/notes/deep/x.toml": "",
      },
    });
    await update(sandbox);
    const result = (await sandbox.run(["search", "o", "--json"])).json();
    expect(result.results).toMatchObject([{ name: "good" }, { name: "long" }]);
    expect(result.diagnostics).toMatchObject([
      {
        code: "REGISTRY_INVALID",
        severity: "warning",
        message: "registry one: index/h/huge.toml: more than 262144 bytes",
      },
    ]);
    expect(readFileSync(indexPath(sandbox), "utf8")).not.toContain("xxxx");
  });

  it("is run by update, which goes on with the old index when that fails [R-REGISTRY-08]", async () => {
    const { sandbox, remote, publish } = await setUp({ one: [skill("a-one", "A")] });
    await update(sandbox);
    await publish("one", [skill("a-two", "A")]);
    expect((await sandbox.run(["update", "--json"])).json()).toMatchObject({ exit_code: 0, diagnostics: [] });
    expect((await sandbox.run(["search", "a-two", "--json", "--offline"])).json().results).toHaveLength(1);
    remote.fail("one.git", { kind: "status", status: 404 });
    expect((await sandbox.run(["update", "--json", "--retries", "0"])).json()).toMatchObject({
      exit_code: 0,
      diagnostics: [{ code: "REGISTRY_UNREACHABLE", severity: "warning" }],
    });
    expect((await sandbox.run(["update", "--json", "--offline"])).json()).toMatchObject({ diagnostics: [] });
  });

  it("leaves an index to clean only when no manifest names its registry [R-REGISTRY-09]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "A")] });
    await update(sandbox);
    expect((await sandbox.run(["clean", "--json"])).json().removed).toEqual([]);
    const path = indexPath(sandbox);
    sandbox.writeManifest("version = 1\n");
    expect((await sandbox.run(["clean", "--json"])).json().removed).toContain(path);
    expect([existsSync(path), indexes(sandbox)]).toEqual([false, []]);
  });
});

describe("search", () => {
  it("looks in names and descriptions, by priority, then by name [R-REGISTRY-10]", async () => {
    const { sandbox } = await setUp({
      zeta: [skill("pdf-forms", "Fills forms", ["1.0.0", "1.10.0", "1.9.0"]), skill("acrobat", "Reads PDF files")],
      alpha: [skill("pdf-forms", "Another"), skill("other", "Nothing of it")],
    });
    const result = await sandbox.run(["search", "PDF", "--json"]);
    expect([result.code, result.json()]).toEqual([
      0,
      {
        schema_version: 1,
        command: "search",
        results: [
          { name: "acrobat", registry: "zeta", description: "Reads PDF files", versions: ["1.0.0"] },
          { name: "pdf-forms", registry: "zeta", description: "Fills forms", versions: ["1.10.0", "1.9.0", "1.0.0"] },
          { name: "pdf-forms", registry: "alpha", description: "Another", versions: ["1.0.0"] },
        ],
        diagnostics: [],
      },
    ]);
    const text = await sandbox.run(["search", "forms"]);
    expect([text.code, text.stdout]).toEqual([
      0,
      "SKILL      VERSION  REGISTRY  DESCRIPTION\npdf-forms  1.10.0   zeta      Fills forms\npdf-forms  1.0.0    alpha     Another\n",
    ]);
    const none = await sandbox.run(["search", "nonsense"]);
    expect([none.code, none.stdout]).toEqual([
      0,
      'no skill in the registries has "nonsense" in its name or description\n',
    ]);
    expect((await sandbox.run(["search"])).code).toBe(2);
  });

  it("fetches what is not here, and what wants to be fetched each time [R-REGISTRY-10]", async () => {
    const { sandbox, publish, remote } = await setUp({ one: [skill("a-one", "A")] });
    const offline = await sandbox.run(["search", "a-one", "--json", "--offline"]);
    expect([offline.code, offline.json()]).toMatchObject([
      1,
      { results: [], diagnostics: [{ code: "OFFLINE_MISS", severity: "error" }] },
    ]);
    const count = async (...args: string[]) =>
      (await sandbox.run(["search", "a-", "--json", ...args])).json().results.length;
    expect(await count()).toBe(1);
    await publish("one", [skill("a-one", "A"), skill("a-two", "A")]);
    expect(await count()).toBe(1);
    sandbox.writeManifest(
      readFileSync(sandbox.manifestPath, "utf8").replace("priority", "auto_update = true\npriority"),
    );
    expect([await count("--offline"), await count()]).toEqual([1, 2]);
    remote.fail("one.git", { kind: "status", status: 404 });
    const old = await sandbox.run(["search", "a-", "--json"]);
    expect([old.code, old.json()]).toMatchObject([
      0,
      { results: [{}, {}], diagnostics: [{ code: "REGISTRY_UNREACHABLE", severity: "warning" }] },
    ]);
  });

  it("warns of an index that nobody updated for a week [R-REGISTRY-10]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "A")] });
    await update(sandbox);
    const stamp = indexPath(sandbox).replace(".json", ".updated.json");
    const age = (days: number) =>
      writeFileSync(stamp, JSON.stringify({ updated_at: new Date(Date.now() - days * 86_400_000).toISOString() }));
    age(6.9);
    expect((await sandbox.run(["search", "a"])).stderr).toBe("");
    age(8);
    const result = await sandbox.run(["search", "a"]);
    expect([result.code, result.stderr]).toEqual([
      0,
      "warning[REGISTRY_STALE] the index of registry one was not updated for 8 days\n  hint: Run `eden-skills registry update`.\n",
    ]);
    expect((await sandbox.run(["search", "a", "--quiet"])).stderr).toBe("");
    writeFileSync(stamp, "nonsense");
    expect((await sandbox.run(["search", "a"])).stderr).toContain("for an unknown time");
    age(-5);
    expect((await sandbox.run(["search", "a"])).stderr).toBe("");
  });

  it("shows no control characters of anybody [R-REGISTRY-03]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "\u001b[2Jred\nline")] });
    const result = await sandbox.run(["search", "a-one"]);
    expect(result.stdout).toContain("\\x1b[2Jred | line");
    expect((await sandbox.run(["search", "a-one", "--json"])).stdout).not.toContain("\u001b");
  });
});

describe("findInRegistries", () => {
  it("finds a version with its repository, or says why not [R-REGISTRY-04] [R-REGISTRY-05]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "About A", ["1.0.0", "2.0.0"])], two: [skill("b", "B")] });
    const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
    const { manifest } = await loadManifest({ host });
    const find = async (name: string, version: string, registry: string | null) => {
      try {
        return await inRun({ command: "search", manifest, options: { host } }, (context) =>
          findInRegistries(context, manifest, { name, version, registry }),
        );
      } catch (error) {
        return error instanceof EdenError ? error.code : error;
      }
    };
    expect(await find("a-one", "^1", null)).toMatchObject({
      registry: "one",
      name: "a-one",
      version: "1.0.0",
      description: "About A",
      source: { kind: "repository", repo: "https://example.com/skills.git", ref: "v1.0.0", subpath: "." },
    });
    expect(await Promise.all([find("a-one", "^3", null), find("a-one", "*", "two"), find("b", "*", "three")])).toEqual([
      "REF_NOT_FOUND",
      "FETCH_NOT_FOUND",
      "UNKNOWN_REGISTRY",
    ]);
  });
});

describe("a registry that does not answer", () => {
  it.each([
    ["apply", "SIGINT", 130],
    ["registry update", "SIGTERM", 143],
    ["search a", "SIGINT", 130],
  ] as const)("is waited for by %s until a signal comes [R-REGISTRY-01]", async (command, signal, code) => {
    const { sandbox, remote } = await setUp({ one: [skill("a-one", "A")] });
    writeFileSync(
      sandbox.manifestPath,
      `${readFileSync(sandbox.manifestPath, "utf8")}\n[[skills]]\nname = "a-one"\ntargets = [{ agent = "cursor" }]\n`,
    );
    remote.fail("one.git", { kind: "stall" });
    const program = sandbox.spawn([...command.split(" "), "--json"]);
    await vi.waitFor(() => expect(remote.traffic.log.length).toBeGreaterThan(0), { timeout: 10_000 });
    program.kill(signal);
    const result = await program.finished;
    expect(result.code, result.stdout + result.stderr).toBe(code);
    if (command === "apply")
      expect(result.json().skills[0]).toMatchObject({ status: "cancelled", diagnostics: [{ code: "CANCELLED" }] });
    expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
  });

  it("is told as cancelled to whoever comes with a signal that is aborted already [R-REGISTRY-01]", async () => {
    const { sandbox } = await setUp({ one: [skill("a-one", "A")] });
    const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
    const { manifest } = await loadManifest({ host });
    const signal = AbortSignal.abort();
    const start = { command: "registry update", manifest, options: { host, signal } };
    const updates = await inRun(start, (context) => updateRegistries(context, manifest, ["one"]));
    expect(updates.get("one")).toMatchObject({ error: { code: "CANCELLED" } });
  });

  it("costs a run no more than its deadline, and only the skills that need it [R-REGISTRY-05]", async () => {
    const { sandbox, remote } = await setUp({ one: [skill("a-one", "A")] });
    writeFileSync(
      sandbox.manifestPath,
      `${readFileSync(sandbox.manifestPath, "utf8")}\n[[skills]]\nname = "a-one"\ntargets = [{ agent = "cursor" }]\n`,
    );
    remote.fail("one.git", { kind: "stall" });
    const result = await sandbox.run(["apply", "--json", "--deadline", "500ms"]);
    expect([result.code, result.json().skills[0].diagnostics[0]]).toMatchObject([
      1,
      { code: "REGISTRY_UNREACHABLE", message: expect.stringContaining("FETCH_TIMEOUT") },
    ]);
    const text = await sandbox.run(["apply", "--deadline", "500ms"]);
    expect(text.stderr).toContain("updating registries: registry one");
  });
});
