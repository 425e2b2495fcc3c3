import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { git, gitText } from "../helpers/git-command.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { seeded } from "../helpers/seeded.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A project under version control with a manifest of these skills, applied and committed, and `eden-skills` on the PATH. */
async function setUp(names: readonly string[]) {
  const sandbox = use.sandbox();
  const repositories: Record<string, Repository> = {};
  for (const name of [...names, "new", "other"])
    repositories[name] = await createRepository(join(sandbox.root, `served/${name}.git`), {
      files: { "SKILL.md": skillText(name) },
    });
  const bin = join(sandbox.root, "bin");
  mkdirSync(bin);
  const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
  writeFileSync(join(bin, "eden-skills"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, "eden-skills"), 0o755);
  const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: sandbox.home };
  const inProject = async (...args: string[]) => await gitText(args, { cwd: sandbox.project, env });
  const manifest = (ids: readonly string[], change: Record<string, string> = {}) =>
    sandbox.writeManifest(
      `version = 1\nscope = "project"\n${ids
        .map(
          (id) =>
            `\n[[skills]]\nid = "${id}"\nsource.repo = "file://${sandbox.root}/served/${id}.git"\n${change[id] ?? ""}targets = [{ agent = "claude-code" }]\n`,
        )
        .join("")}`,
    );
  const commit = async (message: string) => {
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await inProject("add", ".");
    await inProject("commit", "--quiet", "-m", message);
  };
  writeFileSync(join(sandbox.project, ".gitignore"), ".claude/\n");
  await inProject("init", "--quiet", "--initial-branch=main");
  manifest(names);
  await commit("Begin");
  return { sandbox, repositories, inProject, manifest, commit };
}

const lockedIds = (sandbox: Sandbox) =>
  [...readFileSync(sandbox.lockfilePath, "utf8").matchAll(/^id = "(?<id>.*)"$/gmu)].map(({ groups }) => groups?.["id"]);

describe("git merge with `lock merge` as its driver", () => {
  it("merges branches that each add a skill, and apply --frozen takes the result [R-MERGE-01] [R-MERGE-06]", async () => {
    const { sandbox, inProject, manifest, commit } = await setUp(["middle", "point"]);
    await inProject("switch", "--quiet", "-c", "theirs");
    manifest(["middle", "point", "other"]);
    await commit("Add one at the end");
    await inProject("switch", "--quiet", "main");
    manifest(["new", "middle", "point"]);
    await commit("Add one at the beginning");
    await expect(inProject("merge", "--no-edit", "theirs")).rejects.toThrow();
    await inProject("merge", "--abort");

    const installed = await sandbox.run(["lock", "merge", "--install"]);
    expect([installed.code, installed.stdout.split("\n")[0]]).toEqual([
      0,
      `added to ${sandbox.project}/.gitattributes: skills.lock merge=eden-skills`,
    ]);
    await inProject("merge", "--no-edit", "theirs");
    expect(lockedIds(sandbox)).toEqual(["middle", "new", "other", "point"]);
    expect(await inProject("status", "--porcelain", "--untracked-files=no")).toBe("");
    const text = readFileSync(sandbox.lockfilePath, "utf8");
    expect(text).toContain('path = ".claude/skills/other"');
    const frozen = await sandbox.run(["apply", "--frozen"]);
    expect(frozen.code, frozen.stderr).toBe(0);
    expect(readdirSync(join(sandbox.project, ".claude/skills"))).toEqual([
      ".gitignore",
      "middle",
      "new",
      "other",
      "point",
    ]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(text);
  });

  it("leaves the path unmerged when both moved one pin, and the entry between markers [R-MERGE-04]", async () => {
    const { sandbox, repositories, inProject, manifest, commit } = await setUp(["middle", "point"]);
    await sandbox.run(["lock", "merge", "--install"]);
    await commit("Use the driver");
    for (const branch of ["theirs", "ours"]) {
      await inProject("switch", "--quiet", "-c", branch, "main");
      await repositories["point"]?.commit({ files: { "notes.md": branch } });
      expect((await sandbox.run(["update"])).code).toBe(0);
      if (branch === "theirs") manifest(["middle", "point", "other"]);
      await commit(`On ${branch}`);
    }
    await expect(inProject("merge", "--no-edit", "theirs")).rejects.toThrow();
    const status = await inProject("status", "--porcelain", "--untracked-files=no");
    expect(status.split("\n")).toEqual(expect.arrayContaining(["UU skills.lock", "M  skills.toml"]));
    const text = readFileSync(sandbox.lockfilePath, "utf8");
    expect(text.match(/^(?:<<<<<<<|=======|>>>>>>>)/gmu)).toEqual(["<<<<<<<", "=======", ">>>>>>>"]);
    expect(text.slice(text.indexOf("<<<<<<<")).match(/^id = .*$/gmu)).toEqual(['id = "point"', 'id = "point"']);
    expect(lockedIds(sandbox)).toEqual(["middle", "other", "point", "point"]);
    const theirs = text.replace(/<<<<<<< ours\n[^]*?=======\n/u, "").replace(">>>>>>> theirs\n", "");
    writeFileSync(sandbox.lockfilePath, theirs);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });
});

describe("git merge of manifests", () => {
  it("merges manifest and lockfile of branches that add, change, remove and move, and apply converges [R-MERGE-09]", async () => {
    const names = ["a", "b", "c", "d"];
    const { sandbox, inProject, manifest, commit } = await setUp(names);
    expect((await sandbox.run(["lock", "merge", "--install"])).code).toBe(0);
    await commit("Use the driver");
    for (let round = 0; round < 8; round += 1) {
      const random = seeded(`merge ${round}`);
      const before = await inProject("rev-parse", "main");
      for (const [branch, own] of [
        [`theirs${round}`, "other"],
        [`ours${round}`, "new"],
      ] as const) {
        await inProject("switch", "--quiet", "-c", branch, before);
        const mine = branch.startsWith("ours");
        // Each branch changes and removes its own half of the skills.
        const [changed = "", removed = ""] = mine ? ["a", "b"] : ["c", "d"];
        const ids = names.filter((id) => id !== removed || random() < 0.5);
        ids.splice(Math.floor(random() * (ids.length + 1)), 0, own);
        if (mine) ids.push(ids.shift() ?? own);
        manifest(ids, { [changed]: `priority = ${round + 1}\n` });
        await commit(`On ${branch}`);
      }
      await inProject("merge", "--no-edit", `theirs${round}`);
      const ids = [...readFileSync(sandbox.manifestPath, "utf8").matchAll(/^id = "(.*)"$/gmu)].map(([, id]) => id);
      expect(ids).toEqual(expect.arrayContaining(["new", "other", "a", "c"]));
      expect(lockedIds(sandbox)).toEqual(ids.toSorted());
      expect(readFileSync(sandbox.manifestPath, "utf8").match(/^priority/gmu)?.length).toBe(2);
      const frozen = await sandbox.run(["apply", "--frozen"]);
      expect(frozen.code, frozen.stderr).toBe(0);
      expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    }
  });

  it("merges branches that install different skills of one source [R-MERGE-09] [R-COLLECTION-04]", async () => {
    const { sandbox, inProject, commit } = await setUp([]);
    const skills = ["a", "b", "c", "d"].map((name) => [`skills/${name}/SKILL.md`, skillText(name)]);
    await createRepository(join(sandbox.root, "served/many.git"), { files: Object.fromEntries(skills) });
    const repo = `file://${sandbox.root}/served/many.git`;
    const head = `version = 1\nscope = "project"\n\n[defaults]\ntargets = ["claude-code"]\n`;
    sandbox.writeManifest(`${head}\n# Of ours.\n[[collections]]\nrepo = "${repo}"\ninclude = ["a"] # at first\n`);
    await sandbox.run(["lock", "merge", "--install"]);
    await commit("A collection");
    for (const [branch, ...more] of [
      ["theirs", "c"],
      ["ours", "b", "d"],
    ] as const) {
      await inProject("switch", "--quiet", "-c", branch, "main");
      expect((await sandbox.run(["install", repo, "--skill", ...more, "--yes"])).code).toBe(0);
      await commit(`On ${branch}`);
    }
    await inProject("merge", "--no-edit", "theirs");
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(
      `${head}\n# Of ours.\n[[collections]]\nrepo = "${repo}"\ninclude = ["a", "b", "d", "c"] # at first\n`,
    );
    expect(lockedIds(sandbox)).toEqual(["a", "b", "c", "d"]);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
    expect((await sandbox.run(["apply", "--offline"])).code).toBe(0);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    expect(readdirSync(join(sandbox.project, ".claude/skills"))).toEqual([".gitignore", "a", "b", "c", "d"]);
  });

  it("leaves markers where both changed one key; every command names the line [R-MERGE-10] [R-MANIFEST-19]", async () => {
    const { sandbox, inProject, manifest, commit } = await setUp(["a", "b"]);
    await sandbox.run(["lock", "merge", "--install"]);
    await commit("Use the driver");
    for (const [branch, priority] of [
      ["theirs", 1],
      ["ours", 2],
    ] as const) {
      await inProject("switch", "--quiet", "-c", branch, "main");
      manifest(["a", "b"], { b: `priority = ${priority}\n` });
      await commit(`On ${branch}`);
    }
    await expect(inProject("merge", "--no-edit", "theirs")).rejects.toThrow();
    const text = readFileSync(sandbox.manifestPath, "utf8");
    expect(text).toContain("<<<<<<< ours\npriority = 2\n=======\npriority = 1\n>>>>>>> theirs\n");
    const result = await sandbox.run(["plan"]);
    const line = text.split("\n").indexOf("<<<<<<< ours") + 1;
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining("error[UNRESOLVED_CONFLICT]")]);
    expect(result.stderr).toContain(`${line}:1`);
    expect(result.stderr).toContain("Choose the lines to keep of each side");
  });

  it("leaves our manifest as it is when a side is not TOML [R-MERGE-07]", async () => {
    const sandbox = use.sandbox();
    for (const [name, text] of Object.entries({ base: "version = 1\n", ours: "version = 1\n", theirs: "version =" }))
      writeFileSync(join(sandbox.project, name), text);
    const result = await sandbox.run(["lock", "merge", "base", "ours", "theirs", "skills.toml"]);
    expect([result.code, readFileSync(join(sandbox.project, "ours"), "utf8")]).toEqual([2, "version = 1\n"]);
    expect(result.stderr).toContain("error[INVALID_TOML]: their side of skills.toml is not a manifest: line 1:");
  });
});

describe("lock merge", () => {
  async function files(sandbox: Sandbox, base: string, ours: string, theirs: string) {
    for (const [name, text] of Object.entries({ base, ours, theirs })) writeFileSync(join(sandbox.project, name), text);
    const result = await sandbox.run(["lock", "merge", "base", "ours", "theirs", "team/skills.lock"]);
    return { result, ours: readFileSync(join(sandbox.project, "ours"), "utf8") };
  }
  const HEAD = "# Generated by eden-skills. Do not edit by hand.\nversion = 1\n";
  const entry = (id: string, path: string) =>
    `\n[[skills]]\nid = "${id}"\nsource_repo = "./${id}"\nsource_ref = ""\nsource_subpath = "."\nresolved_commit = ""\ntree = ""\nintegrity = ""\ninstall_mode = "symlink"\ntargets = [\n  { agent = "cursor", path = "${path}" },\n]\n`;

  it("keeps every path as it is written, wherever the files lie [R-MERGE-05]", async () => {
    const sandbox = use.sandbox();
    const [relative, home] = [entry("a", ".cursor/skills/a"), entry("b", "~/project/.cursor/skills/b")];
    const absolute = [entry("c", `${sandbox.project}/x/c`), entry("d", `${sandbox.home}/x/d`)].join("");
    const { result, ours } = await files(sandbox, HEAD, `${HEAD}${relative}${absolute}`, `${HEAD}${home}`);
    expect([result.code, result.stdout, result.stderr]).toEqual([0, "", ""]);
    expect(ours).toBe(`${HEAD}${relative}${home}${absolute}`);
    const both = await files(sandbox, "", `${HEAD}${relative}`, `${HEAD}${home}`);
    expect([both.result.code, both.ours]).toEqual([0, `${HEAD}${relative}${home}`]);
  });

  it.each(["base", "ours", "theirs"])("leaves our file alone when %s is no lockfile [R-MERGE-07]", async (broken) => {
    const sandbox = use.sandbox();
    const good = `${HEAD}${entry("a", ".cursor/skills/a")}`;
    const text = (side: string) => (side === broken ? "version = 2\n" : side === "ours" ? good : HEAD);
    const { result, ours } = await files(sandbox, text("base"), text("ours"), text("theirs"));
    expect([result.code, ours]).toEqual([1, text("ours")]);
    expect(result.stderr).toMatch(/error\[LOCK_UNREADABLE\]: .* of team\/skills\.lock is not a lockfile: version: /u);
  });

  it("tells in JSON what is in conflict [R-MERGE-04]", async () => {
    const sandbox = use.sandbox();
    for (const [name, path] of [
      ["base", "x"],
      ["ours", "y"],
    ] as const)
      writeFileSync(join(sandbox.project, name), `${HEAD}${entry("a", `${path}/a`)}${entry("b", `${path}/b`)}`);
    writeFileSync(join(sandbox.project, "theirs"), `${HEAD}${entry("b", "x/b")}`);
    const result = await sandbox.run(["lock", "merge", "base", "ours", "theirs", "--json"]);
    expect([result.code, result.json()]).toEqual([
      1,
      { schema_version: 1, command: "lock merge", count: 1, conflicts: ["a"] },
    ]);
    expect(result.stderr).toBe("conflict in the lockfile: a was changed on both sides\n");
  });

  it.each([
    [["lock", "merge"], "takes three files"],
    [["lock", "merge", "a", "b"], "takes three files"],
    [["lock", "merge", "a", "b", "c", "d", "e"], "takes three files"],
    [["lock", "merge", "--install", "a"], "takes no files"],
    [["lock"], "expected lock merge"],
  ])("%j is a usage error [R-MERGE-01]", async (args, message) => {
    const result = await use.sandbox().run(args);
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("lock merge --install", () => {
  it("names the program by its path where git would not find it [R-MERGE-08]", async () => {
    const sandbox = use.sandbox();
    await git(["init", "--quiet", sandbox.project]);
    const { config } = (await sandbox.run(["lock", "merge", "--install", "--json"])).json();
    const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
    expect(config["merge.eden-skills.driver"]).toBe(`'${process.execPath}' '${program}' lock merge %O %A %B %P`);
  });

  it("adds its line once, keeps all others, and says so [R-MERGE-08]", async () => {
    const sandbox = use.sandbox();
    const root = join(sandbox.project, "team");
    mkdirSync(join(root, "deep"), { recursive: true });
    await git(["init", "--quiet", root]);
    const attributes = join(root, ".gitattributes");
    writeFileSync(attributes, "*.png binary\r\n# mine");
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "eden-skills"), "#!/bin/sh\n", { mode: 0o755 });
    const options = { cwd: join(root, "deep"), env: { PATH: `${bin}:${process.env["PATH"]}` } };
    const first = (await sandbox.run(["lock", "merge", "--install", "--json"], options)).json();
    const config = {
      "merge.eden-skills.name": "skills.toml and skills.lock, entry by entry",
      "merge.eden-skills.driver": "eden-skills lock merge %O %A %B %P",
    };
    const about = { schema_version: 1, command: "lock merge", attributes, config };
    const lines = ["skills.lock merge=eden-skills", "skills.toml merge=eden-skills"];
    expect(first).toEqual({ ...about, line: lines[0], lines, added: true });
    const second = await sandbox.run(["lock", "merge", "--install", "--json"], options);
    expect(second.json()).toMatchObject({ added: false });
    expect(readFileSync(attributes, "utf8")).toBe(
      "*.png binary\r\n# mine\nskills.lock merge=eden-skills\nskills.toml merge=eden-skills\n",
    );
    for (const [key, value] of Object.entries(config))
      expect(await gitText(["config", "--get-all", key], { cwd: root })).toBe(value);
    await sandbox.run(["lock", "merge", "--install", "--config", "../my [team].toml"], options);
    const checked = await gitText(["check-attr", "merge", "--", "my [team].lock", "my [team].toml", "my t.lock"], {
      cwd: root,
    });
    expect(checked).toBe(
      "my [team].lock: merge: eden-skills\nmy [team].toml: merge: eden-skills\nmy t.lock: merge: unspecified",
    );
  });

  it("refuses a place that is no repository, and attributes that are a link [R-MERGE-08]", async () => {
    const sandbox = use.sandbox();
    const outside = await sandbox.run(["lock", "merge", "--install"]);
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining("is in no work tree of git")]);
    await git(["init", "--quiet", sandbox.project]);
    writeFileSync(join(sandbox.root, "elsewhere"), "");
    symlinkSync(join(sandbox.root, "elsewhere"), join(sandbox.project, ".gitattributes"));
    const linked = await sandbox.run(["lock", "merge", "--install"]);
    expect([linked.code, linked.stderr]).toEqual([2, expect.stringContaining("is a link")]);
    expect(readFileSync(join(sandbox.root, "elsewhere"), "utf8")).toBe("");
  });
});
