import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const NAMES = ["always", "both", "frontend", "backend"] as const;

const MANIFEST = (repo: string, head = "") => `version = 1
[defaults]
targets = ["claude-code"]
${head}
[[skills]]
id = "always"
source = "${repo}//always"
[[skills]]
id = "both"
groups = ["frontend", "backend"]
source = "${repo}//both"
[[skills]]
id = "frontend"
groups = ["frontend"]
source = "${repo}//frontend"
[[skills]]
id = "backend"
groups = ["backend"]
source = "${repo}//backend"
install.mode = "copy"
`;

/** Machines that share one project; each has a home of its own. */
async function setUp(head?: string) {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(NAMES.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  sandbox.writeManifest(MANIFEST(repo, head));
  const machine = (name: string, groups?: string) => {
    const home = join(sandbox.root, "homes", name);
    mkdirSync(home, { recursive: true });
    const env = { HOME: home, ...(groups !== undefined && { EDEN_SKILLS_GROUPS: groups }) };
    const skills = join(home, ".claude/skills");
    return {
      text: async (...args: string[]) => await sandbox.run(args, { env }),
      json: async (...args: string[]) => (await sandbox.run([...args, "--json"], { env })).json(),
      installed: () => (existsSync(skills) ? readdirSync(skills).toSorted() : []),
      skills,
      store: () =>
        readdirSync(join(home, ".eden-skills/skills/store"))
          .filter((tree) => !tree.endsWith(".json"))
          .flatMap((tree) => readdirSync(join(home, ".eden-skills/skills/store", tree)))
          .toSorted(),
    };
  };
  return { sandbox, repository, remote, repo, machine, lockfile: () => readFileSync(sandbox.lockfilePath, "utf8") };
}

describe("groups", () => {
  it("install what a machine has, from one manifest and one lockfile [R-GROUP-01] [R-GROUP-02] [R-GROUP-03]", async () => {
    const { remote, machine, lockfile } = await setUp();
    const first = machine("first", "frontend");
    expect(await first.json("apply")).toMatchObject({ exit_code: 0, outcome: "ok", summary: { skills: 4 } });
    expect(first.installed()).toEqual(["always", "both", "frontend"]);
    const locked = lockfile();
    for (const name of NAMES)
      expect(locked).toMatch(
        new RegExp(`id = "${name}"\n[^]*?agent = "claude-code", path = "~/.claude/skills/${name}"`, "u"),
      );
    const machines = [
      ["frontend", ["always", "both", "frontend"]],
      ["backend", ["always", "backend", "both"]],
      ["", ["always"]],
      ["*", ["always", "backend", "both", "frontend"]],
    ] as const;
    for (const [groups] of machines) {
      const { json, store } = machine(`of ${groups}`, groups);
      expect(await json("warm")).toMatchObject({ exit_code: 0 });
      expect(store()).toEqual(machines.find(([one]) => one === groups)?.[1]);
    }
    await remote.close();
    for (const [groups, wanted] of machines) {
      const { json, installed } = machine(`of ${groups}`, groups);
      expect(await json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0, outcome: "ok" });
      expect(installed()).toEqual(wanted);
      expect(await json("plan", "--check")).toHaveLength(wanted.length);
      const { findings } = await json("doctor");
      expect(findings.map(({ code }: { code: string }) => code)).not.toContain("TARGET_MISSING");
      expect((await json("apply", "--offline")).summary.install).toMatchObject({ create: 0, noop: wanted.length });
      expect(lockfile()).toBe(locked);
    }
  });

  it("are removed from a machine that leaves them, whatever its receipt says [R-GROUP-04]", async () => {
    const { machine, lockfile } = await setUp();
    await machine("one", "frontend").json("apply");
    const locked = lockfile();
    const settled = await machine("one", "frontend").text("apply");
    expect(settled.stdout).toMatch(/ skills installed; /u);
    const { installed, json, text } = machine("one", "backend");
    const { findings } = await json("doctor");
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: "TARGET_MISMATCH",
        skill_id: "frontend",
        message: expect.stringContaining("groups"),
      }),
    );
    const moved = await text("apply");
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringMatching(/^- frontend .*, 1 removed; /msu)]);
    expect(installed()).toEqual(["always", "backend", "both"]);
    expect((await text("apply")).stdout).toMatch(/ skills installed; /u);
    expect((await machine("one", "").text("apply")).code).toBe(0);
    expect(installed()).toEqual(["always"]);
    expect(lockfile()).toBe(locked);
  });

  it("leave an edited copy alone when it goes [R-GROUP-04]", async () => {
    const { machine } = await setUp();
    await machine("one", "backend").json("apply");
    const { skills, json, installed } = machine("one", "frontend");
    writeFileSync(join(skills, "backend/mine.md"), "mine");
    await json("apply");
    expect(installed()).toEqual(["always", "backend", "both", "frontend"]);
    expect(readFileSync(join(skills, "backend/mine.md"), "utf8")).toBe("mine");
  });

  it("come from the variable, else from the defaults, else all [R-GROUP-01] [R-GROUP-05]", async () => {
    const { sandbox, repo, machine } = await setUp('groups = ["backend", "ops"]');
    const own = await machine("own").json("apply");
    expect(own).toMatchObject({
      exit_code: 0,
      diagnostics: [{ code: "UNKNOWN_GROUP", message: expect.stringContaining("defaults.groups[1]") }],
    });
    expect(machine("own").installed()).toEqual(["always", "backend", "both"]);
    expect(await machine("other", " frontend , frontent").json("apply")).toMatchObject({
      exit_code: 0,
      diagnostics: [
        { code: "UNKNOWN_GROUP", message: expect.stringMatching(/EDEN_SKILLS_GROUPS.*did you mean "frontend"/u) },
      ],
    });
    expect(machine("other").installed()).toEqual(["always", "both", "frontend"]);
    sandbox.writeManifest(MANIFEST(repo, "groups = []"));
    await machine("none").json("apply");
    expect(machine("none").installed()).toEqual(["always"]);
  });

  it("limit a run as ids do [R-GROUP-06]", async () => {
    const { machine, repository, lockfile } = await setUp();
    const { json, installed, store, text } = machine("one");
    expect(await json("apply", "--group", "frontend")).toMatchObject({ exit_code: 0 });
    expect(installed()).toEqual(["both", "frontend"]);
    expect(await json("apply", "--group", "frontent")).toMatchObject({
      exit_code: 2,
      error: { code: "UNKNOWN_GROUP", message: expect.stringContaining('did you mean "frontend"') },
    });
    const ids = (skills: { id?: string; skill_id?: string }[]) => skills.map(({ id, skill_id }) => id ?? skill_id);
    expect(ids(await json("plan", "--group", "backend"))).toEqual(["both", "backend"]);
    expect(ids(await json("plan", "always", "--group", "backend"))).toEqual(["always", "both", "backend"]);
    expect(ids((await json("list", "--group", "backend")).skills)).toEqual(["both", "backend"]);
    expect((await json("list", "--group", "backend")).skills[1]).toMatchObject({ groups: ["backend"], wanted: true });
    expect(await json("warm", "--group", "backend")).toMatchObject({ exit_code: 0 });
    expect(store()).toEqual(["backend", "both", "frontend"]);
    await json("apply");
    const before = lockfile();
    await repository.commit({ files: { "frontend/x.md": "x", "backend/x.md": "x" } });
    const outdated = await json("outdated", "--group", "frontend");
    expect(outdated.skills.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ["both", "current"],
      ["frontend", "outdated"],
    ]);
    expect(ids((await json("update", "--dry-run", "--group", "backend")).skills)).toEqual(["both", "backend"]);
    await json("update", "--group", "backend");
    const pin = (name: string, toml: string) => new RegExp(`id = "${name}"[^]*?tree = "(\\w+)"`, "u").exec(toml)?.[1];
    expect(pin("frontend", lockfile())).toBe(pin("frontend", before));
    expect(pin("backend", lockfile())).not.toBe(pin("backend", before));
    const named = await machine("one", "frontend").text("apply", "--group", "backend");
    expect(named.stderr + named.stdout).toContain("this machine does not have group backend");
    expect((await text("list")).stdout).not.toContain("only with");
    expect((await machine("one", "frontend").text("list")).stdout).toMatch(/^backend .*only with backend/mu);
  });

  it("are warmed and bundled for other machines when they are named [R-GROUP-06]", async () => {
    const { sandbox, remote, machine } = await setUp();
    await machine("one", "frontend").json("apply");
    const bundle = join(sandbox.root, "backend.tgz");
    expect(await machine("one", "frontend").json("warm", "--group", "backend", "--bundle", bundle)).toMatchObject({
      exit_code: 0,
    });
    await remote.close();
    const other = machine("other", "backend");
    expect(await other.json("apply", "--from-bundle", bundle, "--group", "backend")).toMatchObject({ exit_code: 0 });
    expect(other.installed()).toEqual(["backend", "both"]);
  });

  it("do not change what an update and a change of the manifest do to the lockfile [R-GROUP-03]", async () => {
    const { sandbox, repo, repository, machine, lockfile } = await setUp();
    await machine("all").json("apply");
    const before = lockfile();
    await repository.commit({ files: { "backend/x.md": "x", "frontend/x.md": "x" } });
    await machine("some", "frontend").json("update");
    const moved = lockfile();
    expect(moved).not.toBe(before);
    await machine("all").json("update");
    expect(lockfile()).toBe(moved);
    expect(await machine("all").json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
    sandbox.writeManifest(MANIFEST(repo).replace('install.mode = "copy"', 'targets = ["cursor"]'));
    expect(await machine("other", "frontend").json("apply")).toMatchObject({ exit_code: 0 });
    expect(machine("other").store()).toEqual(["always", "both", "frontend"]);
    expect(await machine("all").json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
    expect(lockfile()).toContain(
      'install_mode = "symlink"\ntargets = [\n  { agent = "cursor", path = "~/.agents/skills/backend" },',
    );
  });

  it("are followed by rollback, audit and clean", async () => {
    const { sandbox, repo, machine } = await setUp();
    const one = machine("one", "frontend");
    await one.json("apply");
    sandbox.writeManifest(MANIFEST(repo).replace('id = "both"', 'id = "both"\nenabled = false'));
    await one.json("apply");
    expect(one.installed()).toEqual(["always", "frontend"]);
    expect(await one.json("audit")).toMatchObject({ summary: { skills: 2 }, not_audited: [] });
    expect(await one.json("rollback")).toMatchObject({ exit_code: 0 });
    expect(one.installed()).toEqual(["always", "both", "frontend"]);
    expect((await one.text("clean", "--history", "0")).code).toBe(0);
    expect(await one.json("apply", "--offline", "--frozen")).toMatchObject({ exit_code: 0 });
    expect(await one.json("repair", "--offline")).toMatchObject({ exit_code: 0 });
  });

  it("hold for the members of a collection, and for its own agents and aliases [R-GROUP-01] [R-GROUP-03]", async () => {
    const { sandbox, repo, remote, machine, lockfile } = await setUp();
    sandbox.writeManifest(`version = 1
[defaults]
targets = ["mine"]
[agents.mine]
global = "~/.claude/skills"
[[collections]]
repo = "${repo}"
include = ["frontend", "backend"]
groups = ["team"]
[[skills]]
id = "always"
source = "${repo}//always"
[skills.alias]
name = "ever"
`);
    const none = machine("none", "");
    expect(await none.json("apply")).toMatchObject({ exit_code: 0 });
    expect(none.installed()).toEqual(["always"]);
    const locked = lockfile();
    for (const name of ["always", "frontend", "backend"]) expect(locked).toContain(`path = "~/.claude/skills/${name}"`);
    expect(await none.json("plan", "--check")).toHaveLength(1);
    expect((await none.text("apply")).stdout).toMatch(/^1 of 1 skills installed; /mu);
    const team = machine("team", "team");
    await team.json("warm");
    await remote.close();
    expect(await team.json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0 });
    expect(team.installed()).toEqual(["always", "backend", "frontend"]);
    expect(readFileSync(join(team.skills, "always/SKILL.md"), "utf8")).toContain("name: ever");
    expect(lockfile()).toBe(locked);
    expect((await team.json("list", "--group", "team")).skills.map(({ id }: { id: string }) => id)).toEqual([
      "backend",
      "frontend",
    ]);
  });
});
