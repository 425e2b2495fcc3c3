import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { createSandbox, type Sandbox } from "../helpers/sandbox.js";
import { noise } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const IDS = Array.from({ length: 12 }, (_, index) => `skill-${index + 1}`);

async function setUp({
  ids = IDS.slice(0, 2),
  extra = {},
  files = {},
}: { ids?: string[]; extra?: Partial<SkillSpec>; files?: Files } = {}) {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const all: Files = { ...files };
  for (const id of ids) all[`skills/${id}/SKILL.md`] = skillText(id);
  const repository = await createRepository(join(sandbox.root, "served/r.git"), { files: all });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/r.git`;
  const specs = ids.map((id) => ({ id, repo, subpath: `skills/${id}`, ...extra }));
  const manifest = (some: SkillSpec[] = specs) => sandbox.writeManifest(manifestOf(some));
  manifest();
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  const skills = join(sandbox.home, ".claude/skills");
  return { sandbox, repository, remote, repo, specs, manifest, json, skills, ids };
}

/** Everything below a directory: kind, mode, time and content of each path, except where machines keep what they may change at any time. */
function pictureOf(directory: string, passOver: RegExp): string[] {
  const seen: string[] = [];
  const visit = (path: string): void => {
    if (passOver.test(path.slice(directory.length))) return;
    const stats = lstatSync(path);
    const content = stats.isFile() ? readFileSync(path, "base64") : stats.isSymbolicLink() ? readlinkSync(path) : "";
    seen.push([path, stats.mode, stats.isDirectory() ? "" : stats.mtimeMs, content].join(" "));
    if (stats.isDirectory()) for (const name of readdirSync(path).toSorted()) visit(join(path, name));
  };
  visit(directory);
  return seen;
}

function edit(path: string, text: string): void {
  chmodSync(join(path, ".."), 0o755);
  chmodSync(path, 0o644);
  writeFileSync(path, text);
}

/** True when some file below a directory has exactly this text. */
function isKept(directory: string, text: string): boolean {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), "utf8") === text,
  );
}

describe("the faults that installers of skills are known for", () => {
  it("an update of N skills of one repository is one fetch, not N+1 clones", async () => {
    const { repository, remote, json, ids } = await setUp({ ids: IDS });
    await json("apply");
    await repository.commit({
      files: Object.fromEntries(ids.map((id) => [`skills/${id}/SKILL.md`, skillText(id, "Better.")])),
    });
    remote.forget();
    const before = remote.traffic.log.length;
    const report = await json("update");
    expect(report).toMatchObject({ exit_code: 0, summary: { sync: { updated: 12 }, install: { update: 12 } } });
    const requests = remote.traffic.log.slice(before);
    expect(requests.filter(({ kind }) => kind === "fetch").length).toBeLessThanOrEqual(2);
    expect(requests.length).toBeLessThanOrEqual(6);
    expect(report.metrics.git_processes).toBeLessThanOrEqual(6);
  });

  it("restoring verifies the hashes of the lockfile and does not rewrite them", async () => {
    const { sandbox, json, skills } = await setUp();
    await json("apply");
    const forged = readFileSync(sandbox.lockfilePath, "utf8").replace(
      /^integrity = "sha256-...../mu,
      'integrity = "sha256-AAAAA',
    );
    writeFileSync(sandbox.lockfilePath, forged);
    rmSync(skills, { recursive: true });
    for (const args of [["apply"], ["apply", "--frozen"], ["repair"]]) {
      const report = await json(...args);
      expect([report.exit_code, report.skills[0].diagnostics[0].code], args.join(" ")).toEqual([
        1,
        "INTEGRITY_MISMATCH",
      ]);
      expect(readFileSync(sandbox.lockfilePath, "utf8")).toContain("sha256-AAAAA");
      expect(existsSync(join(skills, "skill-1"))).toBe(false);
    }
  });

  it("a command that only checks writes nothing [R-PLAN-03]", async () => {
    const { sandbox, repository, json } = await setUp({ extra: { mode: "copy" } });
    await json("apply");
    await repository.commit({ files: { "skills/skill-1/SKILL.md": skillText("skill-1", "Better.") } });
    // Mirrors and store are a cache that these may fill; their locks come and go.
    const cache = /\/(?:mirrors|store|staging|locks|runs)(?:$|\/)|\/skills\/?$/u;
    const before = [pictureOf(sandbox.home, cache), pictureOf(sandbox.project, cache)];
    const checks = [
      "plan",
      "list",
      "doctor",
      "audit",
      "outdated",
      "outdated --diff",
      "update --dry-run",
      "apply --dry-run",
      "history",
    ];
    const more = ["clean --dry-run", "config export", "completion bash", "schema report", "rollback --dry-run"];
    for (const line of [...checks, ...more]) {
      await sandbox.run(line.split(" "));
      expect([pictureOf(sandbox.home, cache), pictureOf(sandbox.project, cache)], line).toEqual(before);
    }
  });

  it("nothing that failed exits 0 [R-CLI-01]", async () => {
    const { sandbox, remote, repo, json } = await setUp();
    await json("apply");
    const gone = `${remote.url}/gone.git`;
    sandbox.writeManifest(manifestOf([{ id: "gone", repo: gone }]));
    sandbox.writeManifest("version = 1\n[[skills]]\n", "wrong.toml");
    sandbox.writeManifest("version = 1\n", "empty.toml");
    const lines = [
      "apply",
      "apply --offline",
      "apply --frozen",
      "update",
      "repair",
      "warm",
      "outdated",
      "audit",
      "update --dry-run",
      "remove nobody",
      "set nobody --ref x",
      "rollback 99",
      "apply nobody",
      "plan --config nowhere.toml",
      "doctor --config wrong.toml",
      "list --config wrong.toml",
      "search x --config empty.toml",
      "registry update --config empty.toml",
      `install ${gone} --all`,
      `install ${repo} --skill nobody`,
      "install nobody",
      "add --id x",
      "init",
      "schema nonsense",
      "completion nonsense",
      "nonsense",
      "apply --nonsense",
      "lock merge a b c",
    ];
    for (const line of lines) {
      const { code, stderr, stdout } = await sandbox.run(
        [...line.split(" "), "--retries=0"].filter(
          (word) => word !== "--retries=0" || /^(?:apply|update|repair|warm|outdated)/u.test(line),
        ),
      );
      expect(code, `${line}\n${stdout}${stderr}`).toBeGreaterThan(0);
      expect(stderr + stdout, line).not.toMatch(/^\s+at .*:\d+:\d+\)?$/mu);
    }
  });

  it("no command asks and hangs where nobody can answer [R-CLI-16] [R-THREAT-21]", async () => {
    const { sandbox, repo } = await setUp();
    const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
    for (const line of [
      `install ${repo}`,
      `install ${repo} --list`,
      "remove skill-1",
      "apply",
      "update",
      "repair",
      "rollback",
      "clean",
    ]) {
      // Standard input stays open and never says anything.
      const child = spawn(process.execPath, [program, ...line.split(" ")], {
        cwd: sandbox.project,
        env: sandbox.environment(),
        stdio: ["pipe", "ignore", "ignore"],
      });
      const ended = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), 20_000);
        child.once("close", () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      child.kill("SIGKILL");
      expect(ended, line).toBe(true);
    }
  });

  it("no agent gets a link that nobody asked for", async () => {
    const { sandbox, repo, json } = await setUp();
    rmSync(sandbox.manifestPath);
    mkdirSync(join(sandbox.home, ".cursor"));
    expect(await json("install", repo, "--all", "--target", "claude-code")).toMatchObject({ exit_code: 0 });
    expect(readdirSync(sandbox.home).toSorted()).toEqual([".claude", ".cursor", ".eden-skills"]);
    expect(readdirSync(join(sandbox.home, ".claude"))).toEqual(["skills"]);
    // Without a word about it, those that are installed here get it, and no others.
    rmSync(join(sandbox.home, ".cursor"), { recursive: true });
    await json("install", repo, "--all");
    expect(readdirSync(sandbox.home).toSorted()).toEqual([".claude", ".eden-skills"]);
    expect(readdirSync(sandbox.project)).toEqual([]);
  });

  it("no command deletes a directory, file or link of the user's own [R-THREAT-36]", async () => {
    const { sandbox, repository, json, skills, repo } = await setUp({ ids: IDS.slice(0, 3) });
    await json("apply");
    for (const name of readdirSync(skills)) unlinkSync(join(skills, name));
    mkdirSync(join(skills, "skill-1"));
    writeFileSync(join(skills, "skill-1/mine.txt"), "mine");
    writeFileSync(join(skills, "skill-2"), "mine");
    symlinkSync("/usr/share", join(skills, "skill-3"));
    mkdirSync(join(skills, "other"));
    const picture = () => pictureOf(skills, /\0/u);
    const before = picture();
    expect(before.length).toBe(6);
    await repository.commit({ files: { "skills/skill-1/SKILL.md": skillText("skill-1", "Better.") } });
    for (const line of [
      "apply",
      "update",
      "repair",
      `install ${repo} --all`,
      "rollback",
      "clean",
      "remove skill-1 skill-2 skill-3",
      "apply",
    ]) {
      await sandbox.run(line.split(" "));
      expect(picture(), line).toEqual(before);
    }
  });

  it("no command loses an edit of a copied skill [R-THREAT-37]", async () => {
    const { sandbox, repository, json, skills, manifest, specs } = await setUp({ extra: { mode: "copy" } });
    await json("apply");
    const file = join(skills, "skill-1/SKILL.md");
    edit(file, "my edit\n");
    await repository.commit({ files: { "skills/skill-1/SKILL.md": skillText("skill-1", "Better.") } });
    for (const line of ["apply", "update", "repair", "rollback", "clean", "set skill-1 --mode symlink", "apply"]) {
      await sandbox.run(line.split(" "));
      expect(readFileSync(file, "utf8"), line).toBe("my edit\n");
    }
    manifest(specs);
    for (const line of ["apply --force", "update --force", "repair --force", "remove skill-1"]) {
      edit(join(skills, "skill-1/SKILL.md"), `edit before ${line}\n`);
      const { code, stdout } = await sandbox.run(line.split(" "));
      expect(code, stdout).toBe(0);
      expect(isKept(join(sandbox.storage, "backups"), `edit before ${line}\n`), line).toBe(true);
    }
  });

  it("two skills of one name are never installed over each other [R-THREAT-49]", async () => {
    const { sandbox, repo, json, specs, manifest, skills } = await setUp();
    await json("apply");
    const other = await createRepository(join(sandbox.root, "served/other.git"), {
      files: { "skills/skill-1/SKILL.md": skillText("skill-1", "Another.") },
    });
    const otherRepo = repo.replace("r.git", "other.git");
    expect(await json("install", otherRepo)).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" }, exit_code: 2 });
    expect(await json("add", "--id", "skill-1", "--repo", otherRepo, "--target", "claude-code")).toMatchObject({
      error: { code: "DUPLICATE_SKILL_ID" },
    });
    manifest([...specs, { id: "skill-1", repo: otherRepo }]);
    expect(await json("apply")).toMatchObject({ error: { code: "DUPLICATE_SKILL_ID" }, exit_code: 2 });
    // Another manifest of this machine wants the same target.
    const second = sandbox.writeManifest(
      manifestOf([{ id: "skill-1", repo: otherRepo, subpath: "skills/skill-1" }]),
      "second/skills.toml",
    );
    expect(await json("apply", "--config", second)).toMatchObject({ exit_code: 3, outcome: "conflict" });
    expect(readFileSync(join(skills, "skill-1/SKILL.md"), "utf8")).toBe(skillText("skill-1"));
    expect(await other.revParse("HEAD")).not.toBe("");
  });

  it("a few files of a large repository are downloaded, and not all of it", async () => {
    const large = { "data/large.bin": noise("large", 12_000_000), "data/more.bin": noise("more", 6_000_000) };
    const { json } = await setUp({ files: large });
    const report = await json("apply");
    expect(report.exit_code).toBe(0);
    expect(report.metrics.bytes_received).toBeLessThan(18_000_000 / 100);
  });

  it("hashes do not depend on the machine: its settings, its umask, its language, its paths", async () => {
    const { sandbox, repo, json } = await setUp({
      files: {
        "skills/skill-1/.gitattributes": "* text=auto eol=crlf\n",
        "skills/skill-1/unix.txt": "a\nb\n",
        "skills/skill-1/windows.txt": "a\r\nb\r\n",
        "skills/skill-1/run.sh": { content: "#!/bin/sh\n", executable: true },
      },
    });
    await json("apply");
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    const elsewhere: Sandbox = createSandbox();
    try {
      writeFileSync(
        join(elsewhere.home, ".gitconfig"),
        "[core]\n\tautocrlf = true\n\teol = crlf\n\tfilemode = false\n",
      );
      elsewhere.writeManifest(manifestOf(["skill-1", "skill-2"].map((id) => ({ id, repo, subpath: `skills/${id}` }))));
      const applied = await elsewhere.run(["apply"], {
        env: { LANG: "de_DE.UTF-8", LC_ALL: "C", TZ: "Asia/Tokyo" },
        wrap: ["sh", "-c", 'umask 077; exec "$@"', "sh"],
      });
      expect(applied.code, applied.stdout).toBe(0);
      expect(readFileSync(elsewhere.lockfilePath, "utf8")).toBe(lockfile);
    } finally {
      await elsewhere.dispose();
    }
  });
});
