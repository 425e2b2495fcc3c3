import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { createRegistry } from "../helpers/registry.js";
import { registryWorld } from "../helpers/registry-world.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp(versions: readonly string[]) {
  const sandbox = use.sandbox();
  const remote = await use.remote(sandbox);
  return { sandbox, remote, ...(await registryWorld(sandbox, remote, versions)) };
}

describe("a skill of a registry", () => {
  it("is installed and pinned with its version, and then needs neither registry nor network [R-REGISTRY-05] [R-REGISTRY-07]", async () => {
    const { sandbox, remote, manifest, lock, installed, commits } = await setUp(["1.0.0"]);
    manifest("^1.0");
    const plan = await sandbox.run(["plan", "--json"]);
    expect(plan.json()).toMatchObject([{ skill_id: "pdf-forms", source_path: null, action: "create" }]);
    const first = await sandbox.run(["apply", "--json"]);
    expect(first.code, first.stdout).toBe(0);
    expect(first.json().skills[0]).toMatchObject({
      id: "pdf-forms",
      status: "installed",
      commit: commits["1.0.0"],
      source: { repo: `${remote.url}/skills.git`, ref: "v1.0.0", subpath: "skills/pdf" },
    });
    expect(installed()).toContain("This is 1.0.0.");
    const locked = lock();
    expect(locked).toContain(
      [
        `source_repo = "${remote.url}/skills.git"`,
        'source_ref = "v1.0.0"',
        'source_subpath = "skills/pdf"',
        `resolved_commit = "${commits["1.0.0"]}"`,
      ].join("\n"),
    );
    expect(locked).toContain('resolved_version = "1.0.0"\nresolved_from = "official/pdf-forms"\n');

    await remote.close();
    rmSync(join(sandbox.storage, "registries"), { recursive: true });
    for (const args of [[], ["--offline"], ["--frozen"], ["--strict"]]) {
      const again = await sandbox.run(["apply", "--json", ...args]);
      expect([again.code, again.json().summary], again.stdout).toMatchObject([
        0,
        { sync: { skipped: 1 }, install: { noop: 1 } },
      ]);
      expect(again.json().metrics.git_processes).toBe(0);
    }
    expect(lock()).toBe(locked);
    expect((await sandbox.run(["plan", "--check", "--frozen"])).code).toBe(0);
    expect((await sandbox.run(["list", "--json"])).json().skills[0]).toMatchObject({
      source: { repo: `${remote.url}/skills.git`, ref: "v1.0.0", subpath: "skills/pdf" },
      commit: commits["1.0.0"],
      version: "1.0.0",
    });
    expect((await sandbox.run(["apply"])).stdout).toContain("apply: 1 skill from 1 source\n1 of 1 skills installed; ");
  });

  it("keeps its version when a copy of it was edited [R-REGISTRY-08] [R-UPDATE-10]", async () => {
    const { sandbox, manifest, registry, entry, lock } = await setUp(["1.0.0", "1.1.0"]);
    manifest("^1.0", { skill: 'install.mode = "copy"' });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const before = lock();
    const file = join(sandbox.home, ".claude/skills/pdf-forms/SKILL.md");
    chmodSync(file, 0o644);
    writeFileSync(file, "mine\n");
    await registry.publish({ name: "Official", skills: [entry(["1.0.0", "1.1.0"])] });
    const update = await sandbox.run(["update", "--json"]);
    expect(update.json()).toMatchObject({ exit_code: 3, outcome: "conflict", skills: [{ status: "conflict" }] });
    expect([lock(), readFileSync(file, "utf8")]).toEqual([before, "mine\n"]);
    expect((await sandbox.run(["update", "--force"])).code).toBe(0);
    expect(lock()).toContain('resolved_version = "1.1.0"');
  });

  it("is not led to files of this machine by a lockfile [R-REGISTRY-07]", async () => {
    const { sandbox, remote, manifest, lock } = await setUp(["1.0.0"]);
    manifest("^1.0");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const before = lock();
    for (const elsewhere of [`file://${sandbox.root}/served/skills.git`, `${sandbox.root}/served/skills.git`]) {
      writeFileSync(sandbox.lockfilePath, before.replace(`${remote.url}/skills.git`, elsewhere));
      const frozen = await sandbox.run(["apply", "--frozen", "--offline", "--json"]);
      expect(frozen.json()).toMatchObject({ error: { code: "LOCK_OUT_OF_DATE" }, exit_code: 3 });
      expect((await sandbox.run(["apply"])).code).toBe(0);
      expect(lock()).toBe(before);
    }
  });

  it("follows its range: apply stays, outdated tells, update moves [R-REGISTRY-06] [R-REGISTRY-07] [R-REGISTRY-08]", async () => {
    const { sandbox, manifest, registry, entry, installed, lock, commits } = await setUp(["1.0.0", "1.1.0", "2.0.0"]);
    manifest("^1.0");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await registry.publish({ name: "Official", skills: [entry(["1.0.0", "1.1.0", "2.0.0"])] });
    expect((await sandbox.run(["outdated", "--strict", "--json"])).json().skills).toEqual([
      {
        id: "pdf-forms",
        ref: "v1.1.0",
        current: commits["1.0.0"],
        latest: commits["1.1.0"],
        status: "outdated",
        message: null,
        current_version: "1.0.0",
        latest_version: "1.1.0",
      },
    ]);
    const text = await sandbox.run(["outdated", "--strict"]);
    expect([text.code, text.stdout]).toEqual([3, expect.stringContaining("outdated pdf-forms 1.0.0 → 1.1.0\n")]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 1.0.0.");

    const moved = await sandbox.run(["update", "--json"]);
    expect([moved.code, moved.json().skills[0].commit]).toEqual([0, commits["1.1.0"]]);
    expect(installed()).toContain("This is 1.1.0.");
    expect(lock()).toContain('resolved_version = "1.1.0"');
    expect((await sandbox.run(["outdated", "--json"])).json().skills[0]).toMatchObject({ status: "current" });
    expect((await sandbox.run(["update", "--json"])).json().summary.sync).toMatchObject({ skipped: 1, updated: 0 });

    manifest("^2.0");
    expect((await sandbox.run(["plan", "--frozen"])).code).toBe(3);
    const frozen = await sandbox.run(["apply", "--frozen", "--json"]);
    expect([frozen.code, frozen.json().error.message]).toEqual([3, expect.stringContaining("pdf-forms: version")]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 2.0.0.");
  });

  it("is compared with its pinned version before an update, also on a machine that never had it [R-REGISTRY-12]", async () => {
    const { sandbox, repository, registry, manifest, entry, commits } = await setUp(["1.0.0"]);
    manifest("^1");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const to = await repository.commit({ files: { "skills/pdf/fill.py": "print()\n" } });
    await repository.tag("v1.1.0");
    await registry.publish({ name: "Official", skills: [entry(["1.0.0", "1.1.0"])] });
    const changes = {
      id: "pdf-forms",
      status: "outdated",
      from: commits["1.0.0"],
      to,
      files: [{ path: "fill.py", change: "added" }],
      capabilities: { added: ["script: fill.py (python)"], removed: [] },
    };
    expect((await sandbox.run(["update", "--dry-run", "--json"])).json().skills).toMatchObject([changes]);
    rmSync(sandbox.storage, { recursive: true, force: true });
    const fresh = await sandbox.run(["update", "--dry-run", "--json"]);
    expect([fresh.code, fresh.json().skills], fresh.stderr).toMatchObject([0, [changes]]);
    const diff = (await sandbox.run(["diff", "--upstream", "--json"])).json().skills;
    expect(diff).toMatchObject([{ from: commits["1.0.0"], to, files: [{ path: "fill.py", change: "added" }] }]);
  });

  it("keeps its entry while it is disabled, and is believed in a lockfile that names no registry [R-REGISTRY-07]", async () => {
    const { sandbox, remote, manifest, lock, installed } = await setUp(["1.0.0"]);
    manifest("^1");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFileSync(sandbox.lockfilePath, lock().replace(/resolved_from = .*\n/u, ""));
    await remote.close();
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    expect((await sandbox.run(["apply", "--strict"])).code).toBe(0);
    manifest("^1", { skill: "enabled = false" });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(lock()).toMatch(
      /resolved_version = "1\.0\.0"\ncapabilities = .*\ninstall_mode = "symlink"\ntargets = \[\]/u,
    );
    expect(() => installed()).toThrow("ENOENT");
    manifest("^1");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 1.0.0.");
    manifest("^1", { skill: 'id = "other"' });
    expect((await sandbox.run(["apply", "--retries", "0"])).code).toBe(1);
  });

  it("holds back all others of an atomic run when it cannot be found [R-REGISTRY-05]", async () => {
    const { sandbox, manifest, installed } = await setUp(["1.0.0"]);
    manifest("^1", { skill: 'targets = [{ agent = "claude-code" }]\n[[skills]]\nname = "absent"' });
    const result = await sandbox.run(["apply", "--atomic", "--json"]);
    expect([result.code, result.json().skills.map(({ status }: { status: string }) => status)]).toEqual([
      1,
      ["cancelled", "failed"],
    ]);
    expect(() => installed()).toThrow("ENOENT");
  });

  it("that was published since is found without being asked for twice, but not offline [R-REGISTRY-05]", async () => {
    const { sandbox, remote, manifest, registry, entry, installed } = await setUp(["1.0.0", "2.0.0"]);
    manifest("^1");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await registry.publish({ name: "Official", skills: [entry(["1.0.0", "2.0.0"])] });
    manifest("^2");
    const offline = await sandbox.run(["apply", "--json", "--offline"]);
    expect([offline.code, offline.json().skills[0].diagnostics[0].code]).toEqual([1, "REF_NOT_FOUND"]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 2.0.0.");
    manifest("^3");
    const before = remote.traffic.log.length;
    expect((await sandbox.run(["apply", "--json"])).json().skills[0].diagnostics[0].code).toBe("REF_NOT_FOUND");
    expect(remote.traffic.log.slice(before).map(({ kind }) => kind)).toEqual(["ls-refs"]);
  });

  it("comes from the commit that the registry names, wherever the tag went [R-REGISTRY-05]", async () => {
    const { sandbox, manifest, registry, entry, installed, repository, commits } = await setUp(["1.0.0", "1.1.0"]);
    const versions = [{ version: "1.0.0", ref: "v1.0.0", commit: commits["1.0.0"] ?? "" }];
    await registry.publish({ name: "Official", skills: [entry([], { versions })] });
    await repository.tag("v1.0.0", { at: commits["1.1.0"] ?? "" });
    manifest("*");
    const first = await sandbox.run(["apply", "--json"]);
    expect([first.code, first.json().skills[0].commit], first.stdout).toEqual([0, commits["1.0.0"]]);
    expect(installed()).toContain("This is 1.0.0.");
    expect((await sandbox.run(["outdated", "--json"])).json().skills[0]).toMatchObject({
      status: "current",
      latest: commits["1.0.0"],
    });
    // Published anew: that moves with an update, and with nothing else.
    versions[0] = { version: "1.0.0", ref: "v1.0.0", commit: commits["1.1.0"] ?? "" };
    await registry.publish({ name: "Official", skills: [entry([], { versions })] });
    expect((await sandbox.run(["apply", "--json"])).json().skills[0].commit).toBe(commits["1.0.0"]);
    expect((await sandbox.run(["outdated", "--json"])).json().skills[0].status).toBe("outdated");
    expect((await sandbox.run(["update", "--json"])).json().skills[0].commit).toBe(commits["1.1.0"]);
  });

  it("is looked up anew when its name or its registry changes, though the version would still do [R-REGISTRY-07]", async () => {
    const { sandbox, remote, manifest, registry, entry, lock } = await setUp(["1.0.0"]);
    await createRegistry(join(sandbox.root, "served/own.git"), {
      name: "Own",
      skills: [entry(["1.0.0"], { subpath: "skills" })],
    });
    await registry.publish({ name: "Official", skills: [entry(["1.0.0"]), entry(["1.0.0"], { name: "pdf" })] });
    const registries = `priority = 100\n[registries.own]\nurl = "${remote.url}/own.git"\npriority = 1`;
    manifest("*", { registries, skill: 'id = "pdf-forms"' });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(lock()).toContain('resolved_from = "official/pdf-forms"');
    manifest("*", { registries, skill: 'registry = "own"' });
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(3);
    const elsewhere = await sandbox.run(["apply", "--json"]);
    expect(elsewhere.json().skills[0].source.subpath, elsewhere.stdout).toBe("skills");
    expect(lock()).toContain('resolved_from = "own/pdf-forms"');
    writeFileSync(
      sandbox.manifestPath,
      readFileSync(sandbox.manifestPath, "utf8")
        .replace('name = "pdf-forms"', 'id = "pdf-forms"\nname = "pdf"')
        .replace('registry = "own"', ""),
    );
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(lock()).toContain('resolved_from = "official/pdf"');
  });

  it("is answered for by the first registry that has its name, by priority [R-REGISTRY-04]", async () => {
    const { sandbox, remote, manifest, entry, installed } = await setUp(["1.0.0", "2.0.0"]);
    await createRegistry(join(sandbox.root, "served/own.git"), { name: "Own", skills: [entry(["2.0.0"])] });
    const own = (priority: number) => `[registries.own]\nurl = "${remote.url}/own.git"\npriority = ${priority}`;
    manifest("*", { registries: own(1) });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 1.0.0.");
    rmSync(sandbox.lockfilePath);
    manifest("*", { registries: own(101) });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 2.0.0.");
    // A higher version elsewhere is none of ours.
    manifest("^2", { registries: own(1) });
    rmSync(sandbox.lockfilePath);
    const failed = await sandbox.run(["apply", "--json"]);
    expect(failed.json().skills[0].diagnostics[0]).toMatchObject({
      code: "REF_NOT_FOUND",
      message: "registry official has no version of pdf-forms in ^2",
      hint: "It has: 1.0.0.",
    });
    manifest("^2", { registries: own(1), skill: 'registry = "own"' });
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("is not taken from another registry when the first cannot be asked [R-REGISTRY-04]", async () => {
    const { sandbox, remote, manifest, entry } = await setUp(["1.0.0"]);
    await createRegistry(join(sandbox.root, "served/own.git"), { name: "Own", skills: [entry(["1.0.0"])] });
    remote.fail("own.git", { kind: "status", status: 503 });
    const registries = `[registries.own]\nurl = "${remote.url}/own.git"\npriority = 200`;
    manifest("*", { registries });
    const failed = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect([failed.code, failed.json().skills[0].diagnostics[0]]).toMatchObject([
      1,
      { code: "REGISTRY_UNREACHABLE", message: expect.stringContaining("registry own could not be fetched") },
    ]);
    manifest("*", { registries, skill: 'registry = "official"' });
    expect((await sandbox.run(["apply", "--retries", "0"])).code).toBe(0);
  });

  it("that was withdrawn is given to nobody new, and stays where it is locked, with a warning [R-REGISTRY-06]", async () => {
    const { sandbox, manifest, registry, entry, installed } = await setUp(["1.0.0", "1.1.0"]);
    manifest("^1");
    const publish = async (...yanked: string[]) => {
      const versions = ["1.0.0", "1.1.0"].map((version) => ({
        version,
        ref: `v${version}`,
        yanked: yanked.includes(version),
      }));
      await registry.publish({ name: "Official", skills: [entry([], { versions })] });
    };
    await publish("1.1.0");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(installed()).toContain("This is 1.0.0.");
    await publish("1.0.0", "1.1.0");
    const kept = await sandbox.run(["update", "--json"]);
    const warning = {
      code: "VERSION_YANKED",
      severity: "warning",
      message: expect.stringContaining("pdf-forms 1.0.0"),
    };
    expect([kept.code, kept.json().skills[0]]).toMatchObject([0, { status: "unchanged", diagnostics: [warning] }]);
    const again = await sandbox.run(["apply", "--json"]);
    expect([again.code, again.json().skills[0].diagnostics]).toMatchObject([0, [warning]]);
    rmSync(sandbox.lockfilePath);
    const refused = await sandbox.run(["apply", "--json"]);
    expect(refused.json().skills[0].diagnostics[0]).toMatchObject({
      code: "REF_NOT_FOUND",
      hint: expect.stringContaining("1.1.0 (withdrawn), 1.0.0 (withdrawn)"),
    });
  });

  it("that cannot be found fails alone, and says what is near [R-REGISTRY-05]", async () => {
    const { sandbox, remote, registry, entry } = await setUp(["1.0.0"]);
    await registry.publish({
      name: "Official",
      skills: [entry(["1.0.0"])],
      files: {
        "index/b/broken.toml":
          '[skill]\nname = "broken"\nrepo = "ext::x"\n[[versions]]\nversion = "1.0.0"\nref = "a"\n',
      },
    });
    await createRepository(join(sandbox.root, "served/plain.git"), { files: { "SKILL.md": skillText("plain") } });
    const targets = 'targets = [{ agent = "claude-code" }]';
    sandbox.writeManifest(
      `version = 1\n[registries.official]\nurl = "${remote.url}/official.git"\n` +
        ["pdf-forns", "broken", "pdf-forms"].map((name) => `[[skills]]\nname = "${name}"\n${targets}\n`).join("") +
        `[[skills]]\nid = "plain"\nsource.repo = "${remote.url}/plain.git"\n${targets}\n`,
    );
    const result = await sandbox.run(["apply", "--json"]);
    const { skills } = result.json();
    expect([result.code, skills.map(({ status }: { status: string }) => status)]).toEqual([
      1,
      ["failed", "failed", "installed", "installed"],
    ]);
    expect(skills[0].diagnostics[0]).toMatchObject({
      code: "FETCH_NOT_FOUND",
      message: "registry official has no skill 'pdf-forns'",
      hint: "Did you mean pdf-forms?",
    });
    expect(skills[1].diagnostics[0]).toMatchObject({
      code: "REGISTRY_INVALID",
      message: expect.stringContaining("index/b/broken.toml: skill.repo"),
    });
    const outdated = await sandbox.run(["outdated", "--json"]);
    expect(outdated.json().skills.map(({ status }: { status: string }) => status)).toEqual([
      "unreachable",
      "unreachable",
      "current",
      "current",
    ]);
    const offline = await sandbox.run(["outdated", "--offline", "--json"]);
    expect(offline.json().skills[2]).toMatchObject({ status: "unreachable", current_version: "1.0.0" });
  });

  it("can be warmed, and applied offline from what that left [R-REGISTRY-05]", async () => {
    const { sandbox, manifest, installed } = await setUp(["1.0.0"]);
    manifest("^1");
    const cold = await sandbox.run(["apply", "--offline", "--json"]);
    expect([cold.code, cold.json().skills[0].diagnostics[0].code]).toEqual([1, "OFFLINE_MISS"]);
    const warm = await sandbox.run(["warm", "--json"]);
    expect(warm.json().summary.warm, warm.stdout).toEqual({ hydrated: 1, skipped_existing: 0, failed: 0 });
    expect((await sandbox.run(["clean", "--json"])).json().removed).toEqual([]);
    expect((await sandbox.run(["apply", "--offline"])).code).toBe(0);
    expect(installed()).toContain("This is 1.0.0.");
    expect((await sandbox.run(["clean", "--json"])).json().removed).toEqual([]);
  });

  it("works with a registry and a repository on this machine, work trees included [R-REGISTRY-02]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "work"), {
      bare: false,
      files: { "SKILL.md": skillText("notes", "Local.") },
    });
    await repository.tag("v1.0.0");
    const skills = [{ name: "notes", repo: repository.dir, versions: [{ version: "1.0.0", ref: "v1.0.0" }] }];
    const { repository: bare } = await createRegistry(join(sandbox.root, "registry.git"), { name: "Here", skills });
    for (const url of [bare.dir, `file://${bare.dir}`]) {
      sandbox.writeManifest(
        `version = 1\n[registries.here]\nurl = "${url}"\n[[skills]]\nname = "notes"\ntargets = [{ agent = "claude-code" }]\n`,
      );
      const result = await sandbox.run(["apply", "--json"]);
      expect(result.code, result.stdout).toBe(0);
      rmSync(sandbox.lockfilePath);
    }
    expect(readFileSync(join(sandbox.home, ".claude/skills/notes/SKILL.md"), "utf8")).toContain("Local.");
  });
});
