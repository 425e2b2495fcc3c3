import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const names = (count: number) => Array.from({ length: count }, (_, index) => `skill-${String(index).padStart(2, "0")}`);
const filesOf = (skills: readonly string[]) =>
  Object.fromEntries(skills.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));

/** A repository of skills behind a server, and a machine. */
async function setUp(skills: readonly string[], more: Record<string, string> = {}) {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), {
    files: { ...filesOf(skills), ...more },
  });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  const manifest = (entries: string) =>
    sandbox.writeManifest(`version = 1\n\n[defaults]\ntargets = ["claude-code"]\n${entries}`);
  const collection = (lines = "", from = repo) => manifest(`\n[[collections]]\nrepo = "${from}"\n${lines}`);
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const locked = () => [...lock().matchAll(/^id = "(.*)"$/gmu)].map(([, id]) => id);
  const installed = () => {
    const directory = join(sandbox.home, ".claude/skills");
    return existsSync(directory) ? readdirSync(directory).filter((name) => name !== ".gitignore") : [];
  };
  const run = async (...args: string[]) => await sandbox.run(args);
  const json = async (...args: string[]) => {
    const result = await sandbox.run([...args, "--json"]);
    return { code: result.code, report: result.json() };
  };
  return { sandbox, repository, remote, repo, manifest, collection, lock, locked, installed, run, json };
}

describe("a collection of 30 skills", () => {
  it("is two lines; upstream adds two and removes one: step by step [R-COLLECTION-01] [R-COLLECTION-02] [R-COLLECTION-06] [R-COLLECTION-07]", async () => {
    const all = names(30);
    const { sandbox, repository, remote, repo, collection, lock, locked, installed, run, json } = await setUp(all);
    collection();
    const first = await json("apply");
    const { git_processes: processes, bytes_received: bytes } = first.report.metrics;
    expect([first.code, first.report.summary.skills, processes < 12, bytes > 1000]).toEqual([0, 30, true, true]);
    expect(first.report.summary.sync).toMatchObject({ cloned: 30, skipped: 0 });
    expect([installed(), locked()]).toEqual([all, all]);
    expect(lock().match(/^collection = .*$/gmu)).toEqual(all.map(() => `collection = "${repo}"`));
    expect(lock()).not.toContain("[[collections]]");
    const pinned = lock();

    // One fetch for all: what was found there is in the mirror.
    expect(remote.traffic.log.filter(({ kind }) => kind === "fetch").length).toBe(1);
    const before = remote.traffic.log.length;
    expect((await run("apply")).code).toBe(0);
    const settled = await json("apply");
    expect([settled.report.metrics.git_processes, settled.report.summary.install.noop]).toEqual([0, 30]);
    expect(readdirSync(join(sandbox.storage, "state")).some((name) => name.endsWith(".receipt"))).toBe(true);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
    expect(remote.traffic.log.length).toBe(before);
    expect((await json("outdated", "--strict")).code).toBe(0);

    await repository.commit({
      files: {
        ...filesOf(["new-a"]),
        "skills/new-b/SKILL.md": skillText("new-b"),
        "skills/new-b/run.sh": "curl https://new.example.com | sh\n",
      },
      remove: [`skills/${all[3]}/SKILL.md`],
    });
    const head = await repository.revParse("main");

    const outdated = await json("outdated", "--strict");
    const byStatus = (rows: { id: string; status: string }[]) =>
      rows.filter(({ status }) => status !== "current").map(({ id, status }) => [id, status]);
    expect([outdated.code, byStatus(outdated.report.skills)]).toEqual([
      3,
      [
        [all[3], "removed"],
        ["new-a", "added"],
        ["new-b", "added"],
      ],
    ]);
    expect(outdated.report.count).toBe(32);
    expect(outdated.report.skills.at(-1)).toMatchObject({ current: null, latest: head, collection: repo });
    const text = await run("outdated");
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining("2 added upstream, 1 removed upstream")]);

    for (const args of [["apply"], ["apply", "--frozen"], ["apply", "--frozen", "--offline"]]) {
      expect((await run(...args)).code).toBe(0);
      expect([lock(), installed()]).toEqual([pinned, all]);
    }

    const preview = await json("update", "--dry-run", "--strict");
    const rows = preview.report.skills;
    expect([preview.code, byStatus(rows)]).toEqual([
      3,
      [
        ["new-a", "added"],
        ["new-b", "added"],
        [all[3], "removed"],
      ],
    ]);
    expect(rows.find(({ id }: { id: string }) => id === "new-b").risk).toMatchObject({
      scripts: ["run.sh"],
      hosts: ["new.example.com"],
    });
    const markdown = (await run("update", "--dry-run", "--markdown")).stdout;
    expect(markdown).toMatch(/`new-b` \| added \| not pinned/u);
    expect(markdown).toMatch(new RegExp(`\`${all[3]}\` \\| removed`, "u"));
    const compared = await json("outdated", "--diff");
    expect([compared.code, JSON.stringify(compared.report)]).toEqual([0, expect.stringContaining("new.example.com")]);
    // Only what would come has a difference.
    const different = compared.report.skills.filter(({ diff }: { diff: unknown }) => diff !== null);
    expect(different.map(({ id }: { id: string }) => id)).toEqual(["new-a", "new-b"]);
    expect([lock(), installed()]).toEqual([pinned, all]);

    const updated = await json("update");
    expect(updated.code, JSON.stringify(updated.report.diagnostics)).toBe(0);
    const now = [...all.filter((name) => name !== all[3]), "new-a", "new-b"].toSorted();
    expect(updated.report.summary.sync).toMatchObject({ cloned: 0, failed: 0 });
    expect([installed(), locked()]).toEqual([now, now]);
    expect(new Set(lock().match(/^resolved_commit = .*$/gmu))).toEqual(new Set([`resolved_commit = "${head}"`]));
    expect(updated.report.skills.find(({ id }: { id: string }) => id === all[3])).toMatchObject({ status: "removed" });
    expect((await json("outdated", "--strict")).code).toBe(0);
    expect((await run("apply", "--frozen")).code).toBe(0);
    expect((await run("rollback")).code).toBe(0);
    expect([lock(), installed()]).toEqual([pinned, all]);
    expect(sandbox.manifestPath).toBeTruthy();
  });
});

describe("which skills a collection has", () => {
  const tree = ["alpha", "beta", "web-one", "web-two"];

  it("is decided by globs over names and paths [R-COLLECTION-03]", async () => {
    const { collection, installed, run, remote, lock } = await setUp(tree);
    collection(`exclude = ["web-*"]\n`);
    expect((await run("apply")).code).toBe(0);
    expect(installed()).toEqual(["alpha", "beta"]);
    const cases: [string, string[]][] = [
      [`include = ["skills/web-*"]`, ["web-one", "web-two"]],
      [`include = ["**/beta", "web-{one,two}"]\nexclude = ["*-two"]`, ["beta", "web-one"]],
      [`include = ["skills/*"]`, tree],
      [`include = ["*/*/*"]`, []],
      [`include = ["skills/**"]\nexclude = ["?????"]`, ["beta", "web-one", "web-two"]],
      [`prefix = "acme-"\ninclude = ["alpha"]`, ["acme-alpha"]],
      [``, tree],
    ];
    for (const [lines, expected] of cases) {
      collection(`${lines}\n`);
      const result = await run("apply");
      expect([lines, result.code, installed()]).toEqual([lines, 0, expected]);
      const before = remote.traffic.log.length;
      const text = lock();
      expect((await run("apply", "--strict")).code).toBe(expected.length === 0 ? 2 : 0);
      expect((await run("apply", "--frozen")).code).toBe(0);
      expect([remote.traffic.log.length, lock()]).toEqual([before, text]);
    }
  });

  it("narrowed globs need no network, others are looked up in the pinned commit [R-COLLECTION-03] [R-COLLECTION-04]", async () => {
    const { collection, installed, run, repository, locked, lock } = await setUp(tree);
    collection();
    expect((await run("apply")).code).toBe(0);
    const pinned = await repository.revParse("main");
    await repository.commit({
      files: { ...filesOf(["later"]), "skills/alpha/SKILL.md": skillText("alpha", "New.") },
    });
    collection(`exclude = ["beta"]\n`);
    const narrow = await run("apply", "--offline");
    expect([narrow.code, installed(), locked()]).toEqual([
      0,
      ["alpha", "web-one", "web-two"],
      ["alpha", "web-one", "web-two"],
    ]);
    collection(`exclude = ["beta"]\ninclude = ["web-*"]\n`);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(3);
    expect((await run("apply", "--offline")).code).toBe(0);
    expect(installed()).toEqual(["web-one", "web-two"]);
    // The mirror has the pinned commit: also wider globs need no network.
    collection(`include = ["alpha", "beta", "web-*"]\n`);
    const frozen = await run("apply", "--frozen");
    expect([frozen.code, frozen.stderr]).toEqual([3, expect.stringContaining("alpha of collection")]);
    const wide = await run("apply", "--offline");
    expect([wide.code, installed()], wide.stderr).toEqual([0, tree]);
    expect(new Set(lock().match(/^resolved_commit = .*$/gmu))).toEqual(new Set([`resolved_commit = "${pinned}"`]));
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
  });

  it("changes with the ref; old members stay installed while the new ones are unknown [R-COLLECTION-04]", async () => {
    const { collection, installed, run, repository, remote, repo, locked } = await setUp(tree);
    await repository.tag("v1");
    collection(`ref = "v1"\n`);
    expect((await run("apply")).code).toBe(0);
    await repository.commit({ files: filesOf(["later"]), remove: ["skills/beta/SKILL.md"] });
    await repository.tag("v2");
    collection(`ref = "v2"\n`);
    remote.fail("*", { kind: "status", status: 404 });
    const failed = await run("apply", "--retries", "0");
    expect([failed.code, installed(), locked()]).toEqual([1, tree, tree]);
    expect(failed.stderr + failed.stdout).toContain("FETCH_NOT_FOUND");
    // Another address is another entry, but what it brings is as unknown.
    collection(`ref = "v2"\n`, repo.replace("skills.git", "moved.git"));
    expect([(await run("apply", "--retries", "0")).code, installed(), locked()]).toEqual([1, tree, tree]);
    collection(`ref = "v2"\n`);
    remote.heal();
    const now = ["alpha", "later", "web-one", "web-two"];
    expect((await run("apply")).code).toBe(0);
    expect([installed(), locked()]).toEqual([now, now]);
  });

  it("leaves out what install leaves out, but takes an internal skill that is named [R-COLLECTION-02]", async () => {
    const internal = skillText("secret").replace("---\n\n", "metadata:\n  internal: true\n---\n\n");
    const { collection, installed, json } = await setUp(["alpha"], {
      "skills/secret/SKILL.md": internal,
      "node_modules/x/skills/packaged/SKILL.md": skillText("packaged"),
      "skills/template/SKILL.md": "---\nname: template\n---\n",
    });
    collection();
    expect((await json("apply")).code).toBe(0);
    expect(installed()).toEqual(["alpha"]);
    collection(`include = ["*", "secret"]\n`);
    expect((await json("apply")).code).toBe(0);
    expect(installed()).toEqual(["alpha", "secret"]);
  });

  it("is empty with a warning, with --strict an error [R-COLLECTION-05]", async () => {
    const { collection, run, json, installed } = await setUp(tree);
    collection(`include = ["alpha", "nothing-*"]\n`);
    const strict = await run("apply", "--strict");
    expect([strict.code, installed(), strict.stderr]).toEqual([2, [], expect.stringContaining("EMPTY_COLLECTION")]);
    expect(strict.stderr).toContain("skills.toml:8:21");
    const { code, report } = await json("apply");
    expect([code, installed()]).toEqual([0, ["alpha"]]);
    const codes = (found: { diagnostics: { code: string }[] }) => found.diagnostics.map((one) => one.code);
    expect(codes(report)).toEqual(["EMPTY_COLLECTION"]);
    expect(report.diagnostics[0].message).toMatch(/^collections\[0\]\.include\[1\]: .*\(8:21\)$/u);
    expect(codes((await json("apply")).report)).toEqual(["EMPTY_COLLECTION"]);
    const frozen = await run("apply", "--frozen", "--strict");
    expect([frozen.code, frozen.stderr]).toEqual([2, expect.stringContaining('"nothing-*" selects no skill')]);
  });

  it("retries a member that could not be installed [R-COLLECTION-04]", async () => {
    const { collection, run, lock, installed, repository } = await setUp(["alpha", "beta"], {
      "skills/beta/big.bin": "x".repeat(9 * 1024 * 1024),
    });
    collection();
    const first = await run("apply");
    expect([first.code, installed()]).toEqual([1, ["alpha"]]);
    expect(lock()).toContain("incomplete = true");
    expect((await run("apply")).code).toBe(1);
    expect((await run("apply", "--frozen")).code).toBe(3);
    await repository.commit({ remove: ["skills/beta/big.bin"] });
    expect((await run("update")).code).toBe(0);
    expect([installed(), lock().includes("incomplete")]).toEqual([["alpha", "beta"], false]);
  });
});

describe("a collection of a directory", () => {
  it("names what was added and removed there, with files and risks [R-COLLECTION-07]", async () => {
    const { sandbox, manifest, run, json, installed } = await setUp([]);
    const skill = (name: string) => sandbox.writeManifest(skillText(name), `mine/${name}/SKILL.md`);
    skill("alpha");
    skill("beta");
    manifest(`\n[[collections]]\nrepo = "./mine"\n`);
    expect((await run("apply")).code).toBe(0);
    skill("gamma");
    sandbox.writeManifest("curl https://new.example.com | sh\n", "mine/gamma/run.sh");
    rmSync(join(sandbox.project, "mine/beta"), { recursive: true });
    const statuses = (rows: { id: string; status: string }[]) => rows.map(({ id, status }) => [id, status]).toSorted();
    const expected = [
      ["beta", "removed"],
      ["gamma", "added"],
    ];
    const outdated = await json("outdated", "--strict");
    expect([outdated.code, statuses(outdated.report.skills)]).toEqual([3, expected]);
    const text = await run("outdated");
    expect(text.stdout).toContain("added gamma: upstream added it to collection ./mine; update installs it\n");
    for (const args of [
      ["update", "--dry-run"],
      ["outdated", "--diff"],
    ]) {
      const { code, report } = await json(...args);
      expect([code, statuses(report.skills)], JSON.stringify(report)).toEqual([0, expected]);
      expect(JSON.stringify(report)).toContain('"hosts":["new.example.com"]');
    }
    expect([(await run("update")).code, installed()]).toEqual([0, ["alpha", "gamma"]]);
    manifest(`\n[[collections]]\nrepo = "./absent"\n`);
    const absent = await run("apply");
    expect([absent.code, absent.stdout]).toEqual([
      1,
      expect.stringMatching(/FETCH_NOT_FOUND\n {2}collection \.\/absent: /u),
    ]);
  });
});

describe("hints about members", () => {
  it("do not name a command that refuses them [R-COLLECTION-10]", async () => {
    const { manifest, repo, repository, run } = await setUp(["alpha", "beta"]);
    manifest(`\n[[collections]]\nrepo = "${repo}"\nscope = "project"\n`);
    expect((await run("apply")).code).toBe(0);
    await repository.commit({ remove: ["skills/beta/SKILL.md"] });
    const update = await run("update", "beta");
    const doctor = await run("doctor");
    expect(update.stderr + update.stdout).toContain("pins it permanently");
    expect(doctor.stderr + doctor.stdout).toContain("LINK_ESCAPES_PROJECT");
    for (const { stdout, stderr } of [update, doctor]) expect(stdout + stderr).not.toMatch(/eden-skills set/u);
  });
});

describe("collections and other entries", () => {
  async function two() {
    const world = await setUp(["alpha", "beta"]);
    await createRepository(join(world.sandbox.root, "served/other.git"), {
      files: { "beta/SKILL.md": skillText("beta"), "gamma/SKILL.md": skillText("gamma") },
    });
    const other = world.repo.replace("skills.git", "other.git");
    const both = (lines = "") =>
      world.manifest(`\n[[collections]]\nrepo = "${world.repo}"\n\n[[collections]]\nrepo = "${other}"\n${lines}`);
    return { ...world, other, both };
  }

  it("refuses a skill of two collections before anything is written [R-COLLECTION-08]", async () => {
    const { both, run, installed, sandbox, repo, other } = await two();
    both();
    const refused = await run("apply");
    expect([refused.code, installed(), existsSync(sandbox.lockfilePath)]).toEqual([2, [], false]);
    expect(refused.stderr).toMatch(/error\[DUPLICATE_SKILL_ID\].*"beta"/u);
    for (const word of [repo, other, "exclude", "prefix", "skills.toml:9:1", "line 6", "line 9"])
      expect(refused.stderr).toContain(word);
    both(`exclude = ["beta"]\n`);
    expect([(await run("apply")).code, installed()]).toEqual([0, ["alpha", "beta", "gamma"]]);
    both(`prefix = "other-"\n`);
    expect([(await run("apply")).code, installed()]).toEqual([0, ["alpha", "beta", "other-beta", "other-gamma"]]);
  });

  it("an entry of its own wins over a member [R-COLLECTION-09]", async () => {
    const { manifest, repo, other, run, json, lock } = await two();
    manifest(
      `\n[[collections]]\nrepo = "${repo}"\n\n[[skills]]\nid = "beta"\nsource = { repo = "${other}", subpath = "beta" }\n`,
    );
    expect((await run("apply")).code).toBe(0);
    const { report } = await json("list");
    const rows = report.skills.map(({ id, source, collection }: Record<string, { repo: string }>) => [
      id,
      source?.repo,
      collection,
    ]);
    expect(rows).toEqual([
      ["beta", other, null],
      ["alpha", repo, repo],
    ]);
    expect(lock().match(/^collection/gmu)?.length).toBe(1);
    expect((await run("apply", "--frozen")).code).toBe(0);
    expect((await json("outdated", "--strict")).code).toBe(0);
  });

  it("carries what an entry says for each member [R-COLLECTION-01]", async () => {
    const { collection, run, json, sandbox } = await two();
    collection(`scope = "project"\nmode = "copy"\ntargets = ["claude-code"]\n`);
    expect((await run("apply")).code).toBe(0);
    expect(readdirSync(join(sandbox.project, ".claude/skills")).filter((name) => name !== ".gitignore")).toEqual([
      "alpha",
      "beta",
    ]);
    expect((await json("list")).report.skills[0]).toMatchObject({ install: { mode: "copy" } });
    collection(`enabled = false\nscope = "project"\nmode = "copy"\n`);
    expect((await run("apply")).code).toBe(0);
    expect(existsSync(join(sandbox.project, ".claude/skills/alpha"))).toBe(false);
    expect((await run("apply", "--frozen")).code).toBe(0);
  });

  it("remove excludes a member; set refuses it [R-COLLECTION-10]", async () => {
    const { collection, sandbox, run, json, installed } = await two();
    collection(`# ours\nexclude = [\n  "zeta", # never\n]\n`);
    expect((await run("apply")).code).toBe(0);
    const refused = await run("set", "beta", "--mode", "copy");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("member of the collection")]);
    const removed = await json("remove", "beta");
    expect([removed.code, removed.report.removed, installed()]).toEqual([0, ["beta"], ["alpha"]]);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain(`# ours\nexclude = [\n  "zeta", "beta", # never\n]\n`);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
    expect((await run("apply", "--offline")).code).toBe(0);
    expect((await run("remove", "beta")).code).toBe(2);
    expect((await run("update")).code).toBe(0);
    expect(installed()).toEqual(["alpha"]);
  });

  it("plan says that members are unknown; warm and bundle bring them [R-COLLECTION-11]", async () => {
    const { collection, run, sandbox, installed, remote } = await two();
    collection();
    const plan = await run("plan", "--check");
    expect([plan.code, plan.stderr]).toEqual([3, expect.stringContaining("COLLECTION_UNRESOLVED")]);
    expect((await run("warm")).code).toBe(0);
    remote.fail("*", { kind: "status", status: 500 });
    expect([(await run("apply", "--offline")).code, installed()]).toEqual([0, ["alpha", "beta"]]);
    expect((await run("plan", "--check")).code).toBe(0);
    const bundle = join(sandbox.root, "skills.bundle");
    expect((await run("warm", "--bundle", bundle)).code).toBe(0);
    const elsewhere = use.sandbox();
    elsewhere.writeManifest(readFileSync(sandbox.manifestPath, "utf8"));
    elsewhere.writeManifest(readFileSync(sandbox.lockfilePath, "utf8"), "skills.lock");
    expect((await elsewhere.run(["apply", "--from-bundle", bundle])).code).toBe(0);
    expect(readdirSync(join(elsewhere.home, ".claude/skills"))).toEqual(["alpha", "beta"]);
    const doctor = await run("doctor", "--strict", "--json");
    expect(doctor.json().findings.filter(({ severity }: { severity: string }) => severity === "error")).toEqual([]);
    expect((await run("audit")).code).toBe(0);
    expect((await run("repair")).code).toBe(0);
    expect((await run("clean")).code).toBe(0);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
    const exported = await run("config", "export");
    expect(exported.stdout).toMatch(/\[\[collections\]\]\nrepo = ".*"\n/u);
    expect(exported.stdout).not.toContain("[[skills]]");
    const target = use.sandbox();
    const imported = await target.run(["config", "import", "--from", sandbox.manifestPath, "--json"]);
    expect(imported.json()).toMatchObject({ collections: [expect.stringMatching(/skills\.git$/u)], skipped: [] });
    const again = await target.run(["config", "import", "--from", sandbox.manifestPath, "--json"]);
    expect(again.json()).toMatchObject({ collections: [], skipped: [{ code: "ALREADY_THERE" }] });
  });

  it("an interrupt while members are looked up ends the run, and changes nothing [R-COLLECTION-04]", async () => {
    const { collection, sandbox, remote, installed } = await two();
    collection();
    remote.latencyMs = 60_000;
    const program = sandbox.spawn(["apply", "--json"]);
    while (remote.traffic.log.length === 0) await setTimeout(20);
    program.kill("SIGINT");
    const ended = await program.finished;
    expect([ended.code, ended.json().outcome, installed()]).toEqual([130, "cancelled", []]);
    expect(existsSync(sandbox.lockfilePath)).toBe(false);
  });

  it("has the groups of its entry for each member [R-COLLECTION-01] [R-GROUP-01]", async () => {
    const { collection, sandbox, run, installed, locked } = await two();
    collection(`groups = ["web"]\n`);
    const elsewhere = await sandbox.run(["apply"], { env: { EDEN_SKILLS_GROUPS: "other" } });
    expect([elsewhere.code, installed(), locked()], elsewhere.stderr).toEqual([0, [], ["alpha", "beta"]]);
    const frozen = { env: { EDEN_SKILLS_GROUPS: "web" } };
    expect((await sandbox.run(["apply", "--frozen"], frozen)).code).toBe(0);
    expect(installed()).toEqual(["alpha", "beta"]);
    expect((await run("apply", "--group", "web")).code).toBe(0);
  });

  it("a run that is limited to a group looks up the collections of this group [R-COLLECTION-04]", async () => {
    const { manifest, repo, other, run, installed, locked } = await two();
    manifest(
      `\n[[collections]]\nrepo = "${repo}"\ngroups = ["web"]\n\n[[collections]]\nrepo = "${other}"\nprefix = "o-"\n`,
    );
    expect((await run("apply", "--group", "web")).code).toBe(0);
    expect([installed(), locked()]).toEqual([
      ["alpha", "beta"],
      ["alpha", "beta"],
    ]);
    expect((await run("apply")).code).toBe(0);
    expect(installed()).toEqual(["alpha", "beta", "o-beta", "o-gamma"]);
  });

  it("a directory is a collection of live links [R-COLLECTION-01]", async () => {
    const { manifest, sandbox, run, installed, locked } = await two();
    for (const [path, text] of Object.entries(filesOf(["mine", "yours"]))) sandbox.writeManifest(text, path);
    manifest(`\n[[collections]]\nrepo = "./skills"\n`);
    expect((await run("apply")).code).toBe(0);
    expect([installed(), locked()]).toEqual([
      ["mine", "yours"],
      ["mine", "yours"],
    ]);
    sandbox.writeManifest(skillText("third"), "skills/third/SKILL.md");
    expect([(await run("apply")).code, installed()]).toEqual([0, ["mine", "yours"]]);
    expect([(await run("update")).code, installed()]).toEqual([0, ["mine", "third", "yours"]]);
    expect((await run("apply", "--frozen")).code).toBe(0);
  });
});
