import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const WEB = "---\r\n# a comment\r\ndescription: 'for the web'\r\nname: \"web\" # theirs\r\n---\r\nbody\r\n";

const MANIFEST = (repo: string, name = "acme-web", mode = "symlink") => `version = 1
[defaults]
targets = ["claude-code"]
[[skills]]
id = "acme-web"
source = "${repo}//web"
install.mode = "${mode}"
[skills.alias]
name = "${name}"
[[skills]]
id = "other"
source = "${repo}//other"
`;

async function setUp(mode = "symlink", name?: string) {
  const sandbox = use.sandbox();
  const files = {
    "web/SKILL.md": WEB,
    "web/deep/run.sh": { content: "#!/bin/sh\n", executable: true },
    "other/SKILL.md": skillText("other"),
  };
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  sandbox.writeManifest(MANIFEST(repo, name, mode));
  const at = (home: string) => {
    mkdirSync(home, { recursive: true });
    const env = { HOME: home };
    const target = join(home, ".claude/skills/acme-web");
    return {
      target,
      text: async (...args: string[]) => await sandbox.run(args, { env }),
      json: async (...args: string[]) => (await sandbox.run([...args, "--json"], { env })).json(),
      skill: () => readFileSync(join(target, "SKILL.md"), "utf8"),
    };
  };
  const entry = () => {
    const [, text = ""] = /id = "acme-web"\n([^]*?)\n\n/u.exec(readFileSync(sandbox.lockfilePath, "utf8")) ?? [];
    return Object.fromEntries([...text.matchAll(/^(\w+) = "(.*)"$/gmu)].map(([, key, value]) => [key, value]));
  };
  return { sandbox, repository, remote, repo, here: at(sandbox.home), there: at(join(sandbox.root, "there")), entry };
}

/** Changes a file of the store. */
function tamper(file: string) {
  chmodSync(dirname(file), 0o755);
  chmodSync(file, 0o644);
  writeFileSync(file, "evil");
}

describe.each(["symlink", "copy"])("an alias of a skill in %s mode", (mode) => {
  it("is the name in a copy that is otherwise the same, on every machine [R-ALIAS-01] [R-ALIAS-02]", async () => {
    const { sandbox, remote, here, there, entry } = await setUp(mode);
    expect(await here.json("apply")).toMatchObject({ exit_code: 0, outcome: "ok" });
    expect(lstatSync(here.target).isSymbolicLink()).toBe(mode === "symlink");
    expect(here.skill()).toBe(WEB.replace('"web"', "acme-web"));
    expect(lstatSync(join(here.target, "deep/run.sh")).mode & 0o100).toBe(0o100);
    const { tree, integrity, installed_integrity: installed, alias } = entry();
    expect([alias, installed]).toEqual(["acme-web", expect.stringMatching(/^sha256-/u)]);
    expect(installed).not.toBe(integrity);
    const store = join(sandbox.storage, "store", tree ?? "", "acme-web/SKILL.md");
    expect(readFileSync(store, "utf8")).toBe(WEB);
    expect((await here.json("list")).skills[0]).toMatchObject({ alias: "acme-web" });
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    expect((await here.text("apply")).stdout).toMatch(/^2 of 2 skills installed; /mu);
    expect(await here.json("plan", "--check")).toHaveLength(2);
    await there.json("warm");
    await remote.close();
    expect(await there.json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0 });
    expect(there.skill()).toBe(here.skill());
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lockfile);
    const codes = (await here.json("doctor")).findings.map(({ code }: { code: string }) => code);
    expect(codes).not.toContain("SKILL_INVALID");
  });

  it("is verified against the lockfile, in the store and at its target [R-ALIAS-02] [R-ALIAS-03]", async () => {
    const { sandbox, here, repo, entry } = await setUp(mode);
    await here.json("apply");
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    const { tree, installed_integrity: installed = "" } = entry();
    const error = async (...args: string[]) => {
      const { exit_code, skills, error: problem } = await here.json("apply", ...args);
      return [exit_code, problem?.code ?? skills[0].diagnostics[0]?.code];
    };
    writeFileSync(sandbox.lockfilePath, lockfile.replace(installed, `sha256-${"A".repeat(43)}=`));
    expect(await error()).toEqual([1, "INTEGRITY_MISMATCH"]);
    expect(await error("--frozen")).toEqual([1, "INTEGRITY_MISMATCH"]);
    writeFileSync(sandbox.lockfilePath, lockfile);
    expect(await error("--frozen")).toEqual([0, undefined]);
    sandbox.writeManifest(MANIFEST(repo, "another", mode));
    expect(await error("--frozen")).toEqual([3, "LOCK_OUT_OF_DATE"]);
    sandbox.writeManifest(MANIFEST(repo, "acme-web", mode));
    // The source in the store, then the copy in it.
    const marker = JSON.parse(readFileSync(join(sandbox.storage, `store/${tree}.json`), "utf8"));
    for (const changed of [tree, marker.aliases["acme-web"]]) {
      tamper(join(sandbox.storage, "store", changed, "acme-web/SKILL.md"));
      expect(await error("--frozen", "--offline")).toEqual([1, "INTEGRITY_MISMATCH"]);
      expect((await here.json("doctor")).findings).toContainEqual(
        expect.objectContaining({ code: "STORE_CORRUPT", skill_id: "acme-web" }),
      );
      expect(await here.json("repair")).toMatchObject({ exit_code: 0 });
      expect(here.skill()).toBe(WEB.replace('"web"', "acme-web"));
      expect(await error("--frozen", "--offline")).toEqual([0, undefined]);
    }
    if (mode === "symlink") return;
    chmodSync(join(here.target, "SKILL.md"), 0o644);
    writeFileSync(join(here.target, "SKILL.md"), WEB);
    expect(await error("--frozen")).toEqual([1, "INTEGRITY_MISMATCH"]);
    expect((await here.json("doctor")).findings).toContainEqual(
      expect.objectContaining({ code: "TARGET_MODIFIED", skill_id: "acme-web" }),
    );
  });

  it("follows update, rollback, clean, bundle and a change of the alias [R-ALIAS-04]", async () => {
    const { sandbox, repository, remote, repo, here, there } = await setUp(mode);
    await here.json("apply");
    const first = here.skill();
    await repository.commit({ files: { "web/SKILL.md": WEB.replace("body", "text") } });
    expect((await here.json("outdated")).skills[0]).toMatchObject({ status: "outdated" });
    expect(await here.json("update")).toMatchObject({ exit_code: 0 });
    expect(here.skill()).toBe(first.replace("body", "text"));
    sandbox.writeManifest(MANIFEST(repo, "another", mode));
    expect(await here.json("apply", "--offline")).toMatchObject({ exit_code: 0 });
    expect(here.skill()).toBe(WEB.replace("body", "text").replace('"web"', "another"));
    expect(await here.json("rollback", "1")).toMatchObject({ exit_code: 0 });
    expect(here.skill()).toBe(first);
    expect((await here.text("clean", "--history", "0")).code).toBe(0);
    expect(await here.json("apply", "--frozen", "--offline")).toMatchObject({
      exit_code: 0,
      summary: { install: { noop: 2 } },
    });
    const bundle = join(sandbox.root, "all.tgz");
    expect(await here.json("warm", "--bundle", bundle)).toMatchObject({ exit_code: 0 });
    await remote.close();
    expect(await there.json("apply", "--from-bundle", bundle)).toMatchObject({ exit_code: 0 });
    expect(there.skill()).toBe(first);
    sandbox.writeManifest(MANIFEST(repo, "x", mode).replace('[skills.alias]\nname = "x"\n', ""));
    expect(await here.json("apply", "--offline")).toMatchObject({ exit_code: 0 });
    expect(here.skill()).toBe(WEB);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).not.toContain("alias");
  });

  it("is ours from the lockfile alone [R-ALIAS-03]", async () => {
    const { sandbox, here, repo } = await setUp(mode);
    await here.json("apply");
    rmSync(join(sandbox.storage, "state"), { recursive: true });
    sandbox.writeManifest(
      MANIFEST(repo).replace(/\[\[skills\]\]\nid = "acme-web"[^]*?(?=\[\[skills\]\]\nid = "other")/u, ""),
    );
    expect(await here.json("apply")).toMatchObject({ exit_code: 0, summary: { install: { remove: 1 } } });
    expect(existsSync(here.target)).toBe(false);
  });
});

describe("an alias", () => {
  it("that differs from the directory is a warning of doctor [R-ALIAS-05]", async () => {
    const { here } = await setUp("symlink", "elsewhere");
    expect(await here.json("apply")).toMatchObject({ exit_code: 0 });
    expect((await here.json("doctor")).findings).toContainEqual(
      expect.objectContaining({
        code: "SKILL_INVALID",
        message: expect.stringContaining("acme-web"),
        remediation: expect.stringContaining("[skills.alias]"),
      }),
    );
  });

  it("of a directory is a renamed copy of it, which follows its edits at the next apply [R-ALIAS-04]", async () => {
    const { sandbox, here } = await setUp();
    const own = join(sandbox.project, "own");
    mkdirSync(own);
    writeFileSync(join(own, "SKILL.md"), skillText("mine"));
    sandbox.writeManifest(
      MANIFEST("unused")
        .replace('"unused//web"', '"./own"')
        .replace(/\[\[skills\]\]\nid = "other"[^]*/u, ""),
    );
    expect(await here.json("apply")).toMatchObject({ exit_code: 0 });
    expect(readlinkSync(here.target)).toContain("/store/");
    expect(here.skill()).toBe(skillText("acme-web").replace("What acme-web", "What mine"));
    writeFileSync(join(own, "SKILL.md"), skillText("mine", "New."));
    expect(await here.json("apply")).toMatchObject({ exit_code: 0, summary: { install: { update: 1 } } });
    expect(here.skill()).toContain("New.");
    expect(await here.json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
    expect(realpathSync(here.target)).not.toBe(own);
  });

  it("that cannot be written fails alone [R-ALIAS-01]", async () => {
    const { sandbox, repository, here } = await setUp();
    await repository.commit({ files: { "web/SKILL.md": "no front matter\n" } });
    const report = await here.json("apply");
    expect(report).toMatchObject({ exit_code: 1 });
    expect(report.skills[0]).toMatchObject({ status: "failed", diagnostics: [{ code: "SKILL_INVALID" }] });
    expect(report.skills[1]).toMatchObject({ status: "installed" });
    expect(existsSync(here.target)).toBe(false);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).not.toContain('id = "acme-web"');
  });

  it("keeps an edited copy at its pin in an update [R-ALIAS-04]", async () => {
    const { sandbox, repository, repo, here } = await setUp("copy");
    sandbox.writeManifest(
      MANIFEST(repo, "acme-web", "copy").replace('targets = ["claude-code"]', 'targets = ["claude-code", "cursor"]'),
    );
    await here.json("apply");
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    writeFileSync(join(here.target, "mine.md"), "mine");
    rmSync(join(sandbox.home, ".agents/skills/acme-web"), { recursive: true });
    rmSync(join(sandbox.storage, "store"), { recursive: true });
    await repository.commit({ files: { "web/SKILL.md": WEB.replace("body", "text") } });
    expect(await here.json("update")).toMatchObject({ exit_code: 3 });
    expect(readFileSync(join(sandbox.home, ".agents/skills/acme-web/SKILL.md"), "utf8")).toBe(
      WEB.replace('"web"', "acme-web"),
    );
    const entryOf = (text: string) => text.slice(0, text.indexOf('id = "other"'));
    expect(entryOf(readFileSync(sandbox.lockfilePath, "utf8"))).toBe(entryOf(lockfile));
  });

  it("of a copy that another tool made is adopted if it has the name of the alias [R-ALIAS-03]", async () => {
    const { sandbox, repo, here, there } = await setUp("copy");
    await here.json("apply");
    // With a lockfile the exact copy would be ours already.
    rmSync(sandbox.lockfilePath);
    for (const [content, adopted] of [
      [WEB, []],
      [here.skill(), [there.target]],
    ] as const) {
      cpSync(here.target, there.target, { recursive: true });
      rmSync(join(there.target, "SKILL.md"));
      writeFileSync(join(there.target, "SKILL.md"), content);
      const skills = { "acme-web": { sourceType: "git", source: repo, sourceUrl: repo, skillPath: "web/SKILL.md" } };
      writeFileSync(join(sandbox.project, "skills-lock.json"), JSON.stringify({ version: 1, skills }));
      const report = await there.json("import", "--adopt", "skills-lock.json");
      expect(report.adopted.map(({ target_path }: { target_path: string }) => target_path)).toEqual(adopted);
    }
    expect(await there.json("apply")).toMatchObject({ exit_code: 0, summary: { install: { noop: 1 } } });
    expect(await there.json("audit")).toMatchObject({ summary: { skills: 2 }, not_audited: [] });
  });
});
