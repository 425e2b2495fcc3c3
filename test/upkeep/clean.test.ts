import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/system/clock.js";
import { acquireLock } from "../../src/system/lock.js";
import { nameOfPath } from "../../src/system/path-name.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import type { HttpRemoteOptions } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp(names: readonly string[], options: Partial<HttpRemoteOptions> = {}) {
  const sandbox = use.sandbox();
  const repositories: Record<string, Repository> = {};
  for (const name of names)
    repositories[name] = await createRepository(join(sandbox.root, `served/${name}.git`), {
      files: { "SKILL.md": skillText(name), "notes.md": name.repeat(1000) },
    });
  const remote = await use.remote(sandbox, options);
  const manifest = (ids: readonly string[], file?: string) =>
    sandbox.writeManifest(manifestOf(ids.map((id) => ({ id, repo: `${remote.url}/${id}.git` }))), file);
  return { sandbox, remote, repositories, manifest };
}

function entries(sandbox: Sandbox): string[] {
  const store = join(sandbox.storage, "store");
  const trees = readdirSync(store).filter((name) => !name.endsWith(".json"));
  return trees.flatMap((tree) => readdirSync(join(store, tree))).toSorted();
}

/** Without a history nothing is kept for a rollback. */
const forget = (sandbox: Sandbox) => rmSync(join(sandbox.storage, "history"), { recursive: true });

const mirrors = (sandbox: Sandbox) =>
  readdirSync(join(sandbox.storage, "mirrors"))
    .filter((name) => !name.endsWith(".json"))
    .map((name) => /_(?<id>[a-z]+)-/u.exec(name.replace(".git", ""))?.groups?.["id"])
    .toSorted();

async function run(sandbox: Sandbox, ...args: string[]) {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

describe("clean", () => {
  it("removes entries and mirrors that no manifest needs, and says so before it does [R-CLEAN-01] [R-CLEAN-06]", async () => {
    const { sandbox, manifest } = await setUp(["one", "two"]);
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    expect(await run(sandbox, "clean")).toMatchObject({ removed: [], bytes_freed: 0 });
    manifest(["one"]);
    await run(sandbox, "apply");
    forget(sandbox);
    const announced = await run(sandbox, "clean", "--dry-run");
    expect([entries(sandbox), mirrors(sandbox)]).toEqual([
      ["one", "two"],
      ["one", "two"],
    ]);
    const done = await run(sandbox, "clean");
    expect(done).toMatchObject({ schema_version: 1, command: "clean", dry_run: false, removed: announced.removed });
    expect([done.removed.length, done.bytes_freed]).toEqual([4, announced.bytes_freed]);
    expect(done.bytes_freed).toBeGreaterThan(3000);
    expect([entries(sandbox), mirrors(sandbox)]).toEqual([["one"], ["one"]]);
    expect(await run(sandbox, "clean")).toMatchObject({ removed: [] });
    expect((await run(sandbox, "apply", "--offline")).skills[0].status).toBe("unchanged");
  });

  it("leaves a mirror that another process uses to a later run [R-CLEAN-12]", async () => {
    const { sandbox, manifest } = await setUp(["one", "two"]);
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    manifest(["one"]);
    await run(sandbox, "apply");
    forget(sandbox);
    const name = readdirSync(join(sandbox.storage, "mirrors")).find((one) => /two\.git-[0-9a-f]+$/u.test(one)) ?? "";
    const release = await acquireLock(join(sandbox.storage, "locks", `${name}.lock`), { clock: systemClock });
    const announced = await run(sandbox, "clean", "--dry-run");
    const first = await run(sandbox, "clean");
    expect([mirrors(sandbox), entries(sandbox)]).toEqual([["one", "two"], ["one"]]);
    const isOfMirror = (path: string) => path.includes("/mirrors/");
    expect(first.removed).toEqual(announced.removed.filter((path: string) => !isOfMirror(path)));
    release();
    const second = await run(sandbox, "clean");
    expect(second.removed).toEqual(announced.removed.filter(isOfMirror));
    expect([mirrors(sandbox), first.bytes_freed + second.bytes_freed]).toEqual([["one"], announced.bytes_freed]);
  });

  it("removes the record of a run on another machine after a week, and --dry-run only announces it [R-CLEAN-06] [R-CLEAN-13]", async () => {
    const { sandbox, manifest } = await setUp(["one"]);
    manifest(["one"]);
    await run(sandbox, "apply");
    const record = (days: number) => {
      const path = join(sandbox.storage, "runs", `${days}-abc-0badcafe.0`);
      writeFileSync(path, sandbox.manifestPath);
      const at = Date.now() / 1000 - days * 24 * 3600;
      utimesSync(path, at, at);
      return path;
    };
    const [recent, old] = [record(6), record(8)];
    expect(await run(sandbox, "clean", "--dry-run")).toMatchObject({ removed: [old] });
    expect([recent, old].map((path) => existsSync(path))).toEqual([true, true]);
    expect(await run(sandbox, "clean")).toMatchObject({ removed: [old] });
    expect([recent, old].map((path) => existsSync(path))).toEqual([true, false]);
  });

  it("removes the content of an earlier commit once it is installed nowhere [R-CLEAN-01]", async () => {
    const { sandbox, manifest, repositories } = await setUp(["one"]);
    manifest(["one"]);
    await run(sandbox, "apply");
    await repositories["one"]?.commit({ files: { "SKILL.md": skillText("one", "better") } });
    rmSync(sandbox.lockfilePath);
    await run(sandbox, "apply");
    expect(entries(sandbox)).toEqual(["one", "one"]);
    forget(sandbox);
    const text = await sandbox.run(["clean"]);
    expect(text.stdout).toMatch(/^removed ~\/.*\nremoved ~\/.*\nclean: [\d.]+ KiB freed\n$/u);
    expect(entries(sandbox)).toEqual(["one"]);
  });

  it("keeps what other manifests need, be they warmed only, unless they are gone [R-CLEAN-02] [R-CLEAN-03]", async () => {
    const { sandbox, manifest } = await setUp(["one", "two", "three"]);
    const other = manifest(["two"], "elsewhere/skills.toml");
    await run(sandbox, "apply", "--config", other);
    manifest(["one", "three"]);
    await run(sandbox, "warm");
    expect((await run(sandbox, "clean")).removed).toEqual([]);
    rmSync(other);
    const { removed } = await run(sandbox, "clean");
    expect(removed.every((path: string) => path.includes("/mirrors/"))).toBe(true);
    expect([entries(sandbox), mirrors(sandbox)]).toEqual([
      ["one", "three", "two"],
      ["one", "three"],
    ]);
    rmSync(join(sandbox.home, ".claude/skills/two"));
    await run(sandbox, "clean");
    expect(entries(sandbox)).toEqual(["one", "three"]);
    expect((await sandbox.run(["apply", "--offline"])).code).toBe(0);
  });

  it("frees nothing for a file that another entry shares [R-CLEAN-01]", async () => {
    const { sandbox, remote, manifest } = await setUp(["one"]);
    const repo = `${remote.url}/one.git`;
    sandbox.writeManifest(manifestOf(["one", "twin"].map((id) => ({ id, repo }))));
    await run(sandbox, "apply");
    manifest(["one"]);
    await run(sandbox, "apply");
    forget(sandbox);
    const { removed, bytes_freed } = await run(sandbox, "clean");
    expect([removed.map((path: string) => path.split("/").at(-1)), bytes_freed]).toEqual([["twin"], 0]);
    expect((await run(sandbox, "apply", "--offline")).skills[0].status).toBe("unchanged");
  });

  it("removes nothing when a manifest that it knows cannot be read, or a state is damaged [R-CLEAN-05]", async () => {
    const { sandbox, manifest } = await setUp(["one", "two"]);
    const other = manifest(["two"], "elsewhere/skills.toml");
    await run(sandbox, "apply", "--config", other);
    manifest(["one"]);
    await run(sandbox, "apply");
    manifest([]);
    await run(sandbox, "apply");
    writeFileSync(other, "version = ");
    const refused = await sandbox.run(["clean", "--json"]);
    expect([refused.code, refused.json().error.code]).toEqual([2, "MANIFEST_UNREADABLE"]);
    manifest(["two"], "elsewhere/skills.toml");
    const [state] = readdirSync(join(sandbox.storage, "state")).filter((name) => name.endsWith(".json"));
    writeFileSync(join(sandbox.storage, "state", state ?? ""), "{");
    const damaged = await sandbox.run(["clean", "--json"]);
    expect([damaged.code, damaged.json().error.code]).toEqual([1, "STATE_UNREADABLE"]);
    expect(entries(sandbox)).toEqual(["one", "two"]);
  });

  it("removes what a killed run left in staging, and leaves alone what is not its own [R-CLEAN-01]", async () => {
    const { sandbox, manifest } = await setUp(["one"]);
    manifest(["one"]);
    await run(sandbox, "apply");
    const token = "4194300-77-";
    const [alive] = ["staging", "backups/x", "registries/x"].map((name) => join(sandbox.storage, name));
    for (const path of ["backups/x", "registries/x"]) mkdirSync(join(sandbox.storage, path), { recursive: true });
    mkdirSync(join(alive ?? "", `${token}00000000.0`), { recursive: true });
    mkdirSync(join(sandbox.storage, "mirrors/notes of mine"));
    expect((await run(sandbox, "clean")).removed).toEqual([]);
    expect(existsSync(join(sandbox.storage, "backups/x"))).toBe(true);
  });

  it("works without a manifest and without a storage [R-CLEAN-06]", async () => {
    const sandbox = use.sandbox();
    expect(await run(sandbox, "clean")).toMatchObject({ removed: [], bytes_freed: 0 });
    expect(existsSync(sandbox.storage)).toBe(false);
  });
});

describe("clean beside runs that go on", () => {
  it("takes nothing from an apply of a manifest it never heard of [R-CLEAN-04]", async () => {
    const { sandbox, remote, manifest } = await setUp(["one", "two"], {
      delayFor: (repository, kind) => (repository === "two.git" && kind === "fetch" ? 1500 : 0),
    });
    manifest(["one"]);
    await run(sandbox, "apply");
    rmSync(join(sandbox.storage, "state"), { recursive: true });
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    const slow = manifestOf(["one", "two"].map((id) => ({ id, repo: `${remote.url}/${id}.git` })));
    const path = sandbox.writeManifest(slow, "elsewhere/skills.toml");
    rmSync(join(sandbox.project, "skills.toml"));
    const applying = sandbox.spawn(["apply", "--config", path, "--json"]);
    while (remote.traffic.count({ kind: "fetch", repository: "two.git" }) === 0) await setTimeout(5);
    await run(sandbox, "clean");
    expect(entries(sandbox)).toContain("one");
    const result = await applying.finished;
    expect(result.code, result.stdout).toBe(0);
  });

  it("takes nothing from an install whose skill the manifest does not name yet [R-CLEAN-04]", async () => {
    const { sandbox, remote, manifest } = await setUp(["one"]);
    manifest([]);
    await run(sandbox, "apply");
    // The lock of the manifest keeps the install from writing it after its content is in the store.
    const lock = `manifest-${nameOfPath(join(sandbox.project, "skills.toml"))}.lock`;
    const release = await acquireLock(join(sandbox.storage, "locks", lock), { clock: systemClock });
    const args = ["install", `${remote.url}/one.git`, "--target", "claude-code", "--json"];
    const installing = sandbox.spawn(args);
    const store = join(sandbox.storage, "store");
    const isStored = () => existsSync(store) && readdirSync(store).some((name) => /^[0-9a-f]+\.json$/u.test(name));
    while (!isStored()) await setTimeout(5);
    await setTimeout(500);
    await run(sandbox, "clean");
    release();
    const result = await installing.finished;
    expect(result.code, result.stdout).toBe(0);
    const [name = ""] = readdirSync(join(sandbox.home, ".claude/skills"));
    expect(existsSync(join(sandbox.home, ".claude/skills", name, "SKILL.md"))).toBe(true);
  });

  it("and beside many of them, over and over, breaks none [R-CLEAN-04]", async () => {
    const { sandbox, remote } = await setUp(["one", "two", "three", "four"]);
    const paths = ["one", "two", "three", "four"].map((id) =>
      sandbox.writeManifest(
        manifestOf([{ id, repo: `${remote.url}/${id}.git` }], 'scope = "project"'),
        `projects/${id}/skills.toml`,
      ),
    );
    const rounds = Number(process.env["EDEN_ROUNDS"] ?? 6);
    for (let round = 0; round < rounds; round++) {
      const applies = paths.map(async (path) => {
        for (const name of ["skills.lock", ".claude"]) rmSync(join(path, "..", name), { force: true, recursive: true });
        return await sandbox.run(["apply", "--config", path, "--json"]);
      });
      const cleans = [0, 1, 2].map(async () => await sandbox.run(["clean", "--json", "--config", paths[0] ?? ""]));
      for (const result of await Promise.all([...applies, ...cleans])) expect(result.code, result.stdout).toBe(0);
      for (const id of ["one", "two", "three", "four"])
        expect(existsSync(join(sandbox.project, `projects/${id}/.claude/skills/${id}/SKILL.md`)), id).toBe(true);
    }
  }, 120_000);
});
