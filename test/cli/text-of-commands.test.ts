import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "../helpers/collection.js";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** So many repositories of one skill each, whose server takes a while. */
async function setUp(repositories: number, latencyMs = 0) {
  const sandbox = use.sandbox();
  const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories, skills: repositories });
  const remote = await use.remote(sandbox, { latencyMs });
  sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
  return { sandbox, remote, names: [...collection.repositories.keys()] };
}

it("paths below home begin with ~ in the text of every command and in errors [R-TEXT-07]", async () => {
  const sandbox = use.sandbox();
  const source = join(sandbox.home, "mine");
  await createRepository(source, { bare: false, files: { "notes/SKILL.md": skillText("notes") } });
  const lines: readonly (readonly [readonly string[], RegExp])[] = [
    [["init", "--global"], /^wrote ~\/\.eden-skills\/skills\.toml$/mu],
    [["init", "--global"], /: ~\/\.eden-skills\/skills\.toml already exists$/mu],
    [
      ["add", "--id", "notes", "--repo", `${source}/notes`, "--target", "codex"],
      / in ~\/\.eden-skills\/skills\.toml$/mu,
    ],
    [["set", "notes", "--mode", "copy"], / in ~\/\.eden-skills\/skills\.toml$/mu],
    [["config", "compact"], /^~\/\.eden-skills\/skills\.toml: /mu],
    [["config", "export", "--output", "out.toml"], /^wrote ~\/out\.toml$/mu],
    [["apply"], /^apply in ~\//mu],
    [["show", "notes"], / ~\/\.agents\/skills\/notes \(codex\)/u],
    [["install", "./absent"], /nothing at ~\/absent/u],
    [["report", "absent.json"], /no file ~\/absent\.json/u],
    [["remove", "notes"], /^remove notes in ~\//mu],
    [["clean", "--history", "0"], /^clean: /mu],
  ];
  for (const [words, expected] of lines) {
    const { stdout, stderr } = await sandbox.run(words, { cwd: sandbox.home });
    expect(stdout + stderr, words.join(" ")).toMatch(expected);
    expect(stdout + stderr, words.join(" ")).not.toContain(sandbox.home);
  }
});

it("outdated, audit and the previews say what was asked, and in which manifest [R-TEXT-01]", async () => {
  const { sandbox } = await setUp(1);
  await sandbox.run(["apply"]);
  const first = async (...words: string[]) => (await sandbox.run(words)).stdout.split("\n")[0];
  const elsewhere = ["--config", "../project/skills.toml"];
  const { stdout } = await sandbox.run(["outdated", ...elsewhere], { cwd: sandbox.home });
  expect(stdout.split("\n")[0]).toBe(`outdated in ${sandbox.manifestPath}: 1 skill`);
  expect(await first("update", "--dry-run")).toBe("update --dry-run: 1 skill");
  expect(await first("audit")).toBe("audit: 1 skill");
  expect(await first("outdated", "--quiet")).toBe("");
});

it("the skills that outdated cannot ask for are one block for each cause [R-TEXT-05]", async () => {
  const { sandbox, remote, names } = await setUp(4);
  await sandbox.run(["apply"]);
  for (const name of names.slice(1)) remote.fail(name, { kind: "status", status: 404 });
  const { code, stdout } = await sandbox.run(["outdated"]);
  expect(code).toBe(1);
  expect(stdout.match(/^x .*$/gmu)).toEqual([
    expect.stringMatching(/^x \S+, \S+, \S+ unreachable {2}FETCH_NOT_FOUND$/u),
  ]);
  expect(stdout).toMatch(
    /\n {2}the repository is absent or private\n {2}\S+, \S+, \S+\n {2}hint: .*\n1 of 4 skills current/u,
  );
});

describe("a run that ended early", () => {
  it("says what is kept after Ctrl-C [R-TEXT-06] [R-CLI-05]", async () => {
    const { sandbox, remote, names } = await setUp(3);
    for (const name of names.slice(1)) remote.fail(name, { kind: "stall" });
    const run = sandbox.spawn(["apply"]);
    await expect.poll(() => stored(sandbox.storage), { timeout: 10_000 }).toBe(1);
    run.kill("SIGINT");
    const { code, stdout } = await run.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(
      /^x \S+, \S+, \S+ not done: interrupted {2}CANCELLED\n {2}1 of 3 fetched and kept\n {2}hint: Run the command again: it fetches the other 2\.$/mu,
    );
    expect(stdout).toMatch(/\n0 of 3 skills installed, 3 not done; [^\n]* s\n$/u);
  });

  it("says what is kept after the deadline [R-TEXT-06]", async () => {
    const { sandbox, remote, names } = await setUp(3);
    for (const name of names.slice(1)) remote.fail(name, { kind: "stall" });
    const { code, stdout } = await sandbox.run(["apply", "--deadline", "2500ms"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/not done: the deadline of 2\.5 s has passed {2}CANCELLED\n {2}1 of 3 fetched and kept\n/u);
  });

  it("before its skills are known says so; the deadline includes the lookup of collections [R-TEXT-06] [R-REACTOR-11]", async () => {
    const { sandbox, remote, names } = await setUp(2);
    for (const name of names) remote.fail(name, { kind: "stall" });
    const entries = names.map((name) => `[[collections]]\nrepo = "${remote.urlOf(name)}"\n`).join("");
    sandbox.writeManifest(`version = 1\n[defaults]\ntargets = ["codex"]\n${entries}`);
    const { code, stdout, stderr } = await sandbox.run(["apply", "--deadline", "1s"]);
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(
      /^apply\nx the deadline of 1 s has passed {2}CANCELLED\n {2}hint: Run the command again\.\nended before the skills were known; /u,
    );
  });
});

/** The number of skills in the store. */
function stored(storage: string): number {
  const store = join(storage, "store");
  return existsSync(store) ? readdirSync(store).filter((name) => name.endsWith(".json")).length : 0;
}
