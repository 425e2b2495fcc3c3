import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** An applied manifest of the old form, with every skill of three repositories. */
async function setUp(counts: readonly number[]) {
  const sandbox = use.sandbox();
  const remote = await use.remote(sandbox);
  const repositories: Repository[] = [];
  const skills = [];
  for (const [at, count] of counts.entries()) {
    const names = Array.from({ length: count }, (_, index) => `s${at}-${index}`);
    const files = Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
    repositories.push(await createRepository(join(sandbox.root, `served/s${at}.git`), { files }));
    for (const id of names)
      skills.push({ id, repo: `${remote.url}/s${at}.git`, subpath: `skills/${id}`, agents: ["claude-code", "codex"] });
  }
  sandbox.writeManifest(`# The team's skills.\n${manifestOf(skills)}`);
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const text = () => readFileSync(sandbox.manifestPath, "utf8");
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const run = async (...args: string[]) => await sandbox.run(args);
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  const installed = () => readdirSync(join(sandbox.home, ".claude/skills"));
  return { sandbox, remote, repositories, text, lock, run, json, installed };
}

describe("config compact", () => {
  it("rewrites 40 skills in at most 12 lines; lockfile and targets stay, and apply has nothing to do [R-COLLECTION-12]", async () => {
    const { text, lock, run, json, installed, remote } = await setUp([20, 15, 5]);
    const [old, pinned, before] = [text(), lock(), installed()];
    expect(old.split("\n").length).toBeGreaterThan(300);
    const dry = await json("config", "compact", "--dry-run");
    expect([text(), dry.changed, dry.lines.after]).toEqual([old, true, 13]);
    const listed = (await json("list")).skills;
    expect((await run("config", "compact")).code).toBe(0);
    expect([text(), lock()]).toEqual([dry.toml, pinned]);
    expect(text().replace("# The team's skills.\n", "").trimEnd().split("\n").length).toBe(12);
    const plain = (rows: { id: string; collection: string | null; source: object; targets: object[] }[]) =>
      rows.map(({ id, source, targets }) => JSON.stringify([id, source, targets])).toSorted();
    expect(plain((await json("list")).skills)).toEqual(plain(listed));
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
    expect(lock()).toBe(pinned);
    remote.fail("*", { kind: "status", status: 500 });
    const applied = await json("apply");
    expect([applied.exit_code, applied.summary.install.noop, installed()]).toEqual([0, 80, before]);
    expect(lock().match(/^collection = /gmu)?.length).toBe(40);
    expect(lock().replaceAll(/^collection = .*\n/gmu, "")).toBe(pinned);
    expect((await json("config", "compact")).changed).toBe(false);
    expect((await run("rollback", "1")).code).toBe(0);
    expect(text()).toBe(old);
  });

  it("names the skills where the pinned commit has others; what upstream adds later changes nothing [R-COLLECTION-12]", async () => {
    const { sandbox, text, run, repositories, lock, installed } = await setUp([4]);
    expect((await run("remove", "s0-3")).code).toBe(0);
    await repositories[0]?.commit({ files: { "skills/later/SKILL.md": skillText("later") } });
    const pinned = lock();
    expect((await run("config", "compact")).code).toBe(0);
    expect(text()).toContain('include = ["s0-0", "s0-1", "s0-2"]\n');
    expect([lock(), (await run("apply", "--frozen", "--offline")).code]).toEqual([pinned, 0]);
    expect([(await run("apply")).code, installed()]).toEqual([0, ["s0-0", "s0-1", "s0-2"]]);
    expect(existsSync(sandbox.lockfilePath)).toBe(true);
  });

  it("leaves entries of a source that cannot be read, and says so [R-COLLECTION-12]", async () => {
    const { sandbox, text, run } = await setUp([3]);
    sandbox.writeManifest(text().replaceAll(/repo = ".*"/gu, 'repo = "http://127.0.0.1:1/none.git"'));
    const result = await run("config", "compact", "--retries", "0");
    expect(result.code).toBe(2);
    const offline = await run("config", "compact", "--offline");
    expect([offline.code, offline.stdout]).toEqual([0, expect.stringContaining("keep their entries")]);
    expect(text().match(/^\[\[skills\]\]$/gmu)?.length).toBe(3);
  });
});
