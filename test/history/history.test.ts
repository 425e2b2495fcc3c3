import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/system/clock.js";
import { acquireLock } from "../../src/system/lock.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Repositories of one skill each, and ways to write a manifest of some of them, to change one, and to take all away. */
async function setUp(names: readonly string[] = ["one", "two"], change: Partial<SkillSpec> = {}) {
  const sandbox = use.sandbox();
  const repositories: Record<string, Repository> = {};
  for (const name of names)
    repositories[name] = await createRepository(join(sandbox.root, `served/${name}.git`), {
      files: { "SKILL.md": skillText(name, "First.") },
    });
  const manifest = (ids: readonly string[], head?: string) =>
    sandbox.writeManifest(
      manifestOf(
        ids.map((id) => ({ id, repo: `file://${sandbox.root}/served/${id}.git`, ...change })),
        head,
      ),
    );
  const move = async (name: string, body: string) =>
    await repositories[name]?.commit({ files: { "SKILL.md": skillText(name, body) } });
  const unplug = () => renameSync(join(sandbox.root, "served"), join(sandbox.root, "gone"));
  return { sandbox, repositories, manifest, move, unplug };
}

async function run(sandbox: Sandbox, ...args: string[]) {
  const result = await sandbox.run([...args, "--json"]);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

const history = async (sandbox: Sandbox) => (await run(sandbox, "history")).entries;
const skillPath = (sandbox: Sandbox, id: string) => join(sandbox.home, `.claude/skills/${id}/SKILL.md`);

/** Everything that a rollback is about. */
function stateOf(sandbox: Sandbox) {
  const target = (id: string) =>
    existsSync(skillPath(sandbox, id)) ? readFileSync(skillPath(sandbox, id), "utf8") : null;
  return {
    manifest: readFileSync(sandbox.manifestPath, "utf8"),
    lockfile: readFileSync(sandbox.lockfilePath, "utf8"),
    one: target("one"),
    two: target("two"),
  };
}

/** State 1 has `one`; state 2 has a newer `one`, and `two`. */
async function twoStates(change: Partial<SkillSpec> = {}) {
  const world = await setUp(["one", "two"], change);
  const { sandbox, manifest, move } = world;
  manifest(["one"]);
  await run(sandbox, "apply");
  const first = stateOf(sandbox);
  await move("one", "Second.");
  manifest(["one", "two"], '# more\nscope = "global"');
  await run(sandbox, "update");
  const second = stateOf(sandbox);
  expect([second.one, second.two]).toEqual([expect.stringContaining("Second"), expect.stringContaining("First")]);
  return { ...world, first, second };
}

describe("the history", () => {
  it("has what each run changed, newest first [R-HISTORY-01] [R-HISTORY-04]", async () => {
    const { sandbox, repositories, manifest } = await twoStates();
    const [one, two] = [await repositories["one"]?.revParse("main"), await repositories["two"]?.revParse("main")];
    manifest(["two"]);
    await run(sandbox, "apply");
    const document = await run(sandbox, "history");
    expect(document).toMatchObject({ schema_version: 1, command: "history", count: 3 });
    const [third, second, first] = document.entries;
    expect(third).toEqual({
      number: 3,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
      command: "apply",
      current: true,
      skills: [{ id: "one", change: "removed", commit: null }],
    });
    expect(second).toMatchObject({ number: 2, command: "update", current: false });
    expect(second.skills).toEqual([
      { id: "one", change: "updated", commit: one },
      { id: "two", change: "created", commit: two },
    ]);
    expect(first.skills).toMatchObject([{ id: "one", change: "created" }]);
    const text = (await sandbox.run(["history"])).stdout;
    expect(text.split("\n").map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/u, "WHEN"))).toEqual([
      "3  WHEN  apply   removed one (current)",
      "2  WHEN  update  created two; updated one",
      "1  WHEN  apply   created one",
      "",
    ]);
  });

  it("is empty before the first run, and is not written by runs that change nothing [R-HISTORY-02]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"]);
    expect(await run(sandbox, "history")).toMatchObject({ count: 0, entries: [] });
    expect((await sandbox.run(["history"])).stdout).toBe("no run has changed anything yet\n");
    await run(sandbox, "apply");
    await run(sandbox, "apply");
    await run(sandbox, "apply", "--frozen");
    await run(sandbox, "update");
    expect(await history(sandbox)).toMatchObject([{ number: 1, current: true }]);
    manifest(["one"], '# only a remark\nscope = "global"');
    expect(await history(sandbox)).toMatchObject([{ number: 1, current: false }]);
    await run(sandbox, "apply");
    await run(sandbox, "apply");
    expect(await history(sandbox)).toMatchObject([
      { number: 2, current: true, skills: [] },
      { number: 1, current: false },
    ]);
    rmSync(join(sandbox.home, ".claude/skills/one"));
    await run(sandbox, "apply", "--frozen");
    expect((await history(sandbox))[0]).toMatchObject({ number: 3, skills: [{ id: "one", change: "created" }] });
  });

  it("keeps fifty records, and leaves out what cannot be read [R-HISTORY-01]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"]);
    await run(sandbox, "apply");
    const root = join(sandbox.storage, "history");
    const directory = join(root, readdirSync(root)[0] ?? "");
    const record = JSON.parse(readFileSync(join(directory, "000001.json"), "utf8"));
    for (let number = 2; number <= 60; number++)
      writeFileSync(
        join(directory, `${String(number).padStart(6, "0")}.json`),
        JSON.stringify({ ...record, number, manifest: `# ${number}\n` }),
      );
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    expect(readdirSync(directory)).toHaveLength(50);
    writeFileSync(join(directory, "000059.json"), "{");
    writeFileSync(join(directory, "000058.json"), "{}");
    const numbers = (await history(sandbox)).map(({ number }: { number: number }) => number);
    expect([numbers.length, numbers.slice(0, 3), numbers.at(-1)]).toEqual([48, [61, 60, 57], 12]);
  });

  it("leaves out what is no file, and no run fails for it [R-HISTORY-01] [R-HISTORY-03]", async () => {
    const { sandbox, manifest } = await setUp(["one"]);
    manifest(["one"]);
    await run(sandbox, "apply");
    const root = join(sandbox.home, ".eden-skills/skills/history");
    mkdirSync(join(root, readdirSync(root)[0] ?? "", "000002.json"));
    manifest(["one"], "# more");
    expect((await run(sandbox, "apply")).exit_code).toBe(0);
    expect((await history(sandbox)).map(({ number }: { number: number }) => number)).toEqual([3, 1]);
  });

  it("does not make a run fail when it cannot be written [R-HISTORY-03]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"]);
    await run(sandbox, "list");
    await removeTree(sandbox.storage);
    sandbox.writeManifest("", "../home/.eden-skills/skills/history");
    const report = await run(sandbox, "apply");
    expect([report.outcome, report.diagnostics]).toEqual([
      "ok",
      [expect.objectContaining({ severity: "warning", stage: "history" })],
    ]);
    rmSync(join(sandbox.storage, "history"));
    manifest(["two"]);
    expect((await run(sandbox, "apply")).diagnostics).toEqual([]);
    // No lock is to be had, and none is needed when nothing is to be done.
    await removeTree(join(sandbox.storage, "locks"));
    writeFileSync(join(sandbox.storage, "locks"), "");
    expect((await run(sandbox, "apply")).diagnostics).toEqual([]);
    manifest(["two"], '# remark\nscope = "global"');
    expect((await run(sandbox, "apply")).diagnostics).toMatchObject([{ severity: "warning", stage: "history" }]);
  });
});

describe("rollback", () => {
  it.each(["symlink", "copy"] as const)(
    "returns manifest, pins and %s targets without network, and back again [R-HISTORY-05] [R-HISTORY-06]",
    async (mode) => {
      const { sandbox, unplug, first, second } = await twoStates({ mode });
      unplug();
      const report = await run(sandbox, "rollback");
      expect(report).toMatchObject({ command: "rollback", to: 1, outcome: "ok", exit_code: 0 });
      expect(report.summary.install).toMatchObject({ update: 1, remove: 1, conflict: 0, failed: 0 });
      expect(report.metrics.git_processes).toBe(0);
      expect(stateOf(sandbox)).toEqual(first);
      const plan = await run(sandbox, "plan", "--check");
      expect(plan).toHaveLength(1);
      await run(sandbox, "rollback");
      expect(stateOf(sandbox)).toEqual(second);
      await run(sandbox, "apply", "--frozen", "--offline");
      const text = await sandbox.run(["rollback", "1"]);
      expect([text.code, text.stdout]).toEqual([
        0,
        expect.stringContaining("rollback to state 1: 1 skill from 1 source\n~ one "),
      ]);
      expect(stateOf(sandbox)).toEqual(first);
      const entries = await history(sandbox);
      expect(entries.map(({ command }: { command: string }) => command)).toEqual([
        "rollback",
        "rollback",
        "rollback",
        "update",
        "apply",
      ]);
      expect(entries[0]).toMatchObject({
        current: true,
        skills: [
          { id: "one", change: "updated" },
          { id: "two", change: "removed" },
        ],
      });
    },
  );

  it("takes contents from the mirror when the store has lost them [R-HISTORY-06]", async () => {
    const { sandbox, unplug, first } = await twoStates();
    unplug();
    await removeTree(join(sandbox.storage, "store"));
    await run(sandbox, "rollback");
    expect(stateOf(sandbox)).toEqual(first);
  });

  it("names what is lacking, and changes nothing then [R-HISTORY-07]", async () => {
    // Upstream is there, and is not asked.
    const { sandbox, second } = await twoStates();
    for (const name of ["store", "mirrors"]) await removeTree(join(sandbox.storage, name));
    // The content of state 2 is not there either: what is installed are links that lead nowhere.
    const links = ["one", "two"].map((id) => join(sandbox.home, ".claude/skills", id));
    const result = await sandbox.run(["rollback", "--json"]);
    const { error } = result.json();
    expect([result.code, error.code, error.message]).toEqual([
      1,
      "OFFLINE_MISS",
      "content of state 1 is no longer available: one",
    ]);
    expect(error.problems).toMatchObject([{ code: "OFFLINE_MISS", path: "one" }]);
    expect(stateOf(sandbox)).toMatchObject({ manifest: second.manifest, lockfile: second.lockfile });
    expect(readdirSync(join(links[0] ?? "", ".."))).toEqual(["one", "two"]);
    expect(await history(sandbox)).toHaveLength(2);
  });

  it("shows with --dry-run what it would do [R-HISTORY-08]", async () => {
    const { sandbox, second } = await twoStates();
    const plan = await run(sandbox, "rollback", "--dry-run");
    expect(plan.map(({ skill_id, action }: Record<string, string>) => [skill_id, action])).toEqual([
      ["one", "update"],
      ["two", "remove"],
    ]);
    const text = await sandbox.run(["rollback", "1", "--dry-run"]);
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining("\n1 skill to update, 1 to remove\n")]);
    expect(stateOf(sandbox)).toEqual(second);
    expect(await history(sandbox)).toHaveLength(2);
  });

  it("refuses a number that there is not, naming those there are [R-HISTORY-05]", async () => {
    const { sandbox, manifest } = await setUp();
    manifest(["one"]);
    const empty = await sandbox.run(["rollback", "--json"]);
    expect([empty.code, empty.json().error]).toMatchObject([
      2,
      { code: "UNKNOWN_RECORD", message: "the history is empty" },
    ]);
    await run(sandbox, "apply");
    const only = await sandbox.run(["rollback", "--json"]);
    expect([only.code, only.json().error.message]).toEqual([2, "there is no earlier state; the history has 1"]);
    const unknown = await sandbox.run(["rollback", "7", "--json"]);
    expect([unknown.code, unknown.json().error.message]).toEqual([2, "there is no state 7; the history has 1"]);
    for (const words of [["x"], ["1", "2"], ["-1"]]) expect((await sandbox.run(["rollback", ...words])).code).toBe(2);
    expect(await run(sandbox, "rollback", "1")).toMatchObject({ to: 1, summary: { install: { noop: 1 } } });
  });

  it("keeps a copy that was edited, restores the rest, and exits 3 [R-HISTORY-09]", async () => {
    const { sandbox, first } = await twoStates({ mode: "copy" });
    writeFileSync(skillPath(sandbox, "one"), "mine");
    const result = await sandbox.run(["rollback", "--json"]);
    expect([result.code, result.json().outcome]).toEqual([3, "conflict"]);
    expect(stateOf(sandbox)).toEqual({ ...first, one: "mine" });
    await run(sandbox, "apply", "--force");
    expect(stateOf(sandbox)).toEqual(first);
  });

  it("puts a manifest aside that no run has applied [R-HISTORY-10]", async () => {
    const { sandbox, manifest, first, second } = await twoStates();
    manifest(["two"], '# not yet applied\nscope = "global"');
    const edited = { ...second, manifest: readFileSync(sandbox.manifestPath, "utf8") };
    await run(sandbox, "rollback", "1");
    expect(stateOf(sandbox)).toEqual(first);
    expect(await history(sandbox)).toMatchObject([
      { number: 4, command: "rollback", current: true },
      { number: 3, command: "edited", skills: [] },
      { number: 2 },
      { number: 1 },
    ]);
    await run(sandbox, "rollback");
    expect(stateOf(sandbox)).toEqual({ ...edited, one: null, lockfile: expect.stringContaining('"two"') });
    // Without a number what is undone is the edit: state 4 is how things were before it.
    manifest(["one"], '# once more\nscope = "global"');
    expect((await run(sandbox, "rollback")).to).toBe(5);
  });

  it("mends a manifest that is broken or gone, and writes through a link [R-HISTORY-10]", async () => {
    const { sandbox, second } = await twoStates();
    sandbox.writeManifest("version = ");
    expect(await history(sandbox)).toMatchObject([{ current: false }, {}]);
    expect((await run(sandbox, "rollback")).to).toBe(2);
    expect(stateOf(sandbox)).toEqual(second);
    rmSync(sandbox.manifestPath);
    await run(sandbox, "rollback", "--config", sandbox.manifestPath);
    expect(stateOf(sandbox)).toEqual(second);
    const real = join(sandbox.home, "dotfiles.toml");
    renameSync(sandbox.manifestPath, real);
    symlinkSync(real, sandbox.manifestPath);
    await run(sandbox, "rollback", "1");
    expect(readFileSync(real, "utf8")).not.toContain("two");
    writeFileSync(real, Buffer.from([0x23, 0xff]));
    const binary = await sandbox.run(["rollback", "1", "--json"]);
    expect([binary.code, binary.json().error.code]).toEqual([2, "INVALID_FILE"]);
  });

  it("changes nothing when it is interrupted while it waits [R-HISTORY-07]", async () => {
    const { sandbox, second } = await twoStates();
    const name = createHash("sha256").update(sandbox.manifestPath).digest("hex").slice(0, 32);
    const release = await acquireLock(join(sandbox.storage, "locks", `manifest-${name}.lock`), { clock: systemClock });
    const result = await sandbox.run(["rollback"], {
      signalAfter: { signal: "SIGTERM", output: /waiting for/u },
      timeoutMs: 20_000,
    });
    release();
    expect([result.code, result.stdout]).toEqual([
      143,
      expect.stringMatching(/\n0 of 1 skills installed, 1 not done; .* s\n$/u),
    ]);
    expect(stateOf(sandbox)).toEqual(second);
    expect(await history(sandbox)).toHaveLength(2);
  });

  it("leaves alone what a state had not pinned [R-HISTORY-06]", async () => {
    const { sandbox, manifest, unplug } = await setUp();
    manifest(["one", "two"]);
    renameSync(join(sandbox.root, "served/two.git"), join(sandbox.root, "two.git"));
    expect((await sandbox.run(["apply"])).code).toBe(1);
    renameSync(join(sandbox.root, "two.git"), join(sandbox.root, "served/two.git"));
    await run(sandbox, "apply");
    unplug();
    const report = await run(sandbox, "rollback");
    expect([report.to, report.skills.map(({ id }: { id: string }) => id)]).toEqual([1, ["one", "two"]]);
    expect(stateOf(sandbox).two).not.toBeNull();
    expect(stateOf(sandbox).lockfile).not.toContain('"two"');
  });
});

describe("clean", () => {
  it("keeps what the current state and the ten before it need [R-CLEAN-07]", async () => {
    const { sandbox, manifest, move, unplug } = await setUp();
    const trees = () => readdirSync(join(sandbox.storage, "store")).filter((name) => name.endsWith(".json")).length;
    const mirrors = () =>
      readdirSync(join(sandbox.storage, "mirrors")).filter((name) => !name.endsWith(".json")).length;
    manifest(["one", "two"]);
    await run(sandbox, "apply");
    manifest(["one"]);
    for (let round = 0; round < 10; round++) {
      await move("one", `Round ${round}.`);
      await run(sandbox, "update");
    }
    expect([trees(), mirrors()]).toEqual([12, 2]);
    expect((await run(sandbox, "clean")).removed).toEqual([]);
    await move("one", "Round 10.");
    await run(sandbox, "update");
    expect((await run(sandbox, "clean")).removed).toHaveLength(2 * 2 + 2);
    expect([trees(), mirrors()]).toEqual([11, 1]);
    unplug();
    await removeTree(join(sandbox.storage, "mirrors"));
    await run(sandbox, "rollback", "2");
    expect(stateOf(sandbox).one).toContain("Round 0.");
    expect((await sandbox.run(["rollback", "1"])).code).toBe(1);
  });
});
