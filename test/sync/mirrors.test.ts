import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/*
 * Every command that reads a repository, on a server that sends only whole commits, and on a damaged mirror: each must behave as apply
 * does.
 */

const use = useSandbox();

/** More than comes along with a commit. */
const large = (name: string) => skillText(name, "x".repeat(40_000));

interface Place {
  sandbox: Sandbox;
  repository: Repository;
  repo: string;
  installed(id: string): string;
}

async function setUp(files: Record<string, string>): Promise<Place> {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const repository = await createRepository(join(sandbox.root, "served/r.git"), { files });
  const remote = await use.remote(sandbox);
  const installed = (id: string) => readFileSync(join(sandbox.home, ".claude/skills", id, "SKILL.md"), "utf8");
  return { sandbox, repository, repo: `${remote.url}/r.git`, installed };
}

/** Over protocol 0 a server sends no object by its id unless it is the tip of a ref. */
async function onlyWholeCommits({ sandbox, repository }: Place): Promise<void> {
  writeFileSync(join(sandbox.home, ".gitconfig"), "[protocol]\n\tversion = 0\n");
  await repository.git(["config", "uploadpack.allowAnySHA1InWant", "false"]);
}

const NO_SKILLS = 'version = 1\nscope = "global"\n';

describe("a server that sends only whole commits [R-GIT-04] [R-GIT-26]", () => {
  it("serves apply, outdated, outdated --diff, update --dry-run and update", async () => {
    const place = await setUp({ "SKILL.md": large("one") });
    await onlyWholeCommits(place);
    const { sandbox, repository, repo, installed } = place;
    sandbox.writeManifest(manifestOf([{ id: "one", repo }]));
    expect((await sandbox.run(["apply", "--json"])).json()).toMatchObject({ skills: [{ status: "installed" }] });
    expect(installed("one")).toBe(large("one"));
    await repository.commit({ files: { "SKILL.md": `${large("one")}more\n` } });
    for (const command of [["outdated"], ["outdated", "--diff"], ["update", "--dry-run"]]) {
      const { skills } = (await sandbox.run([...command, "--json"])).json();
      expect(skills, command.join(" ")).toMatchObject([{ status: "outdated", message: null }]);
    }
    expect((await sandbox.run(["update", "--json"])).json()).toMatchObject({ skills: [{ status: "installed" }] });
    expect(installed("one")).toBe(`${large("one")}more\n`);
  });

  it("fails only the skill whose commit the server no longer sends", async () => {
    const place = await setUp({ "a/SKILL.md": large("a"), "b/SKILL.md": large("b") });
    const { sandbox, repository, repo, installed } = place;
    sandbox.writeManifest(manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: id }))));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const lost = await repository.commit({ files: { "a/SKILL.md": `${large("a")}lost\n` } });
    // The mirror has this commit now, without its files.
    expect((await sandbox.run(["outdated"])).code).toBe(0);
    await repository.commit({ files: { "b/SKILL.md": `${large("b")}new\n` }, orphan: true, replace: true });
    await onlyWholeCommits(place);
    const skills = [
      { id: "a", repo, subpath: "a", ref: lost },
      { id: "b", repo, subpath: "b", ref: "main" },
    ];
    sandbox.writeManifest(manifestOf(skills));
    const { skills: results } = (await sandbox.run(["apply", "--json"])).json();
    expect(results).toMatchObject([
      { status: "failed", diagnostics: [{ code: "REF_NOT_FOUND" }] },
      { status: "installed", diagnostics: [] },
    ]);
    expect(installed("b")).toBe(`${large("b")}new\n`);
  });

  it("serves install --list and install", async () => {
    const place = await setUp({ "one/SKILL.md": large("one"), "two/SKILL.md": skillText("two") });
    await onlyWholeCommits(place);
    const { sandbox, repo, installed } = place;
    sandbox.writeManifest(NO_SKILLS);
    const listed = (await sandbox.run(["install", repo, "--list", "--json"])).json();
    expect(listed.skills.map(({ path }: any) => path)).toEqual(["one", "two"]);
    const result = await sandbox.run(["install", repo, "--all", "--json"]);
    expect(result.json()).toMatchObject({ exit_code: 0, installed: ["one", "two"] });
    expect(installed("one")).toBe(large("one"));
  });

  it("serves a registry", async () => {
    const sandbox = use.sandbox();
    const entry = `[skill]\nname = "one"\ndescription = "${"x".repeat(20_000)}"\nrepo = "https://h.example/a/b"\n`;
    const repository = await createRepository(join(sandbox.root, "served/index.git"), {
      files: {
        "manifest.toml": 'format_version = 1\nname = "whole"\n',
        "index/o/one.toml": `${entry}[[versions]]\nversion = "1.0.0"\nref = "main"\n`,
      },
    });
    const remote = await use.remote(sandbox);
    const repo = `${remote.url}/index.git`;
    await onlyWholeCommits({ sandbox, repository, repo, installed: () => "" });
    sandbox.writeManifest(`${NO_SKILLS}[registries]\nwhole = { url = "${repo}" }\n`);
    const updated = await sandbox.run(["registry", "update", "--json"]);
    expect(updated.json()).toMatchObject({ registries: [{ status: "cloned" }] });
  });
});

const HARM: Record<string, (mirror: string) => void> = {
  "its packs are cut short": (mirror) => eachPack(mirror, ".pack", (path) => truncateSync(path, 40)),
  "its indexes are empty": (mirror) => eachPack(mirror, ".idx", (path) => truncateSync(path)),
  "its refs are empty": (mirror) => {
    for (const name of readdirSync(join(mirror, "refs/eden"))) truncateSync(join(mirror, "refs/eden", name));
  },
  "its list of shallow commits is nonsense": (mirror) => writeFileSync(join(mirror, "shallow"), "xyz\n"),
  "git was killed in it": (mirror) => {
    for (const name of ["shallow.lock", "config.lock", "objects/pack/tmp_pack_x"])
      writeFileSync(join(mirror, name), "");
  },
};

describe("a damaged mirror is rebuilt [R-GIT-10] [R-GIT-26]", () => {
  it.each(Object.keys(HARM))("by install --list and install, when %s", async (name) => {
    const { sandbox, repo, installed } = await setUp({
      "one/SKILL.md": large("one"),
      "two/SKILL.md": skillText("two"),
    });
    sandbox.writeManifest(NO_SKILLS);
    const list = async () => (await sandbox.run(["install", repo, "--list", "--json"])).json();
    const before = await list();
    HARM[name]?.(mirrorIn(sandbox));
    expect(await list()).toEqual(before);
    HARM[name]?.(mirrorIn(sandbox));
    const result = await sandbox.run(["install", repo, "--all", "--json"]);
    expect(result.json()).toMatchObject({ exit_code: 0, installed: ["one", "two"] });
    expect(installed("one")).toBe(large("one"));
  });

  it("by outdated, outdated --diff and update --dry-run", async () => {
    const { sandbox, repository, repo } = await setUp({ "a/SKILL.md": large("a"), "b/SKILL.md": skillText("b") });
    sandbox.writeManifest(manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: id }))));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { "a/SKILL.md": skillText("a", "better") } });
    const statuses = async (command: string[]) =>
      (await sandbox.run([...command, "--json"])).json().skills.map(({ status }: any) => status);
    expect(await statuses(["outdated"])).toEqual(["outdated", "current"]);
    for (const command of [["outdated"], ["outdated", "--diff"], ["update", "--dry-run"]]) {
      HARM["its packs are cut short"]?.(mirrorIn(sandbox));
      expect(await statuses(command), command.join(" ")).toEqual(["outdated", "current"]);
    }
  });
});

function mirrorIn(sandbox: Sandbox): string {
  const mirrors = join(sandbox.storage, "mirrors");
  return join(mirrors, readdirSync(mirrors).find((name) => !name.endsWith(".json")) ?? "");
}

function eachPack(mirror: string, ending: string, change: (path: string) => void): void {
  const directory = join(mirror, "objects/pack");
  for (const name of readdirSync(directory).filter((entry) => entry.endsWith(ending))) {
    chmodSync(join(directory, name), 0o600);
    change(join(directory, name));
  }
}
