import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const LICENSE = "Permission is hereby granted, free of charge, to any person\n";

type Finding = {
  code: string;
  severity: string;
  skill_id: string | null;
  target_path: string | null;
  remediation: string;
};

async function setUp(extra: Partial<SkillSpec> = {}, files: Files = {}, head?: string) {
  const sandbox = use.sandbox();
  const all: Files = { ...files };
  for (const id of ["one", "two"]) {
    all[`skills/${id}/SKILL.md`] ??= skillText(id);
    all[`skills/${id}/LICENSE`] ??= LICENSE;
  }
  await createRepository(join(sandbox.root, "served/skills.git"), { files: all });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  const specs = ["one", "two"].map((id) => ({ id, repo, subpath: `skills/${id}`, ...extra }));
  sandbox.writeManifest(manifestOf(specs, head));
  const applied = await sandbox.run(["apply"]);
  expect(applied.code, applied.stdout + applied.stderr).toBe(0);
  const skills = join(sandbox.home, ".claude/skills");
  return {
    sandbox,
    remote,
    repo,
    skills,
    target: join(skills, "one"),
    entry: existsSync(join(skills, "one")) ? readEntry(skills) : "",
  };
}

function readEntry(skills: string): string {
  const path = join(skills, "one");
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : "";
}

async function diagnose(sandbox: Sandbox, ...args: string[]): Promise<Finding[]> {
  const { code, json, stderr } = await sandbox.run(["doctor", "--json", ...args]);
  expect(code, stderr).toBe(0);
  const report = json();
  expect(report.summary.total).toBe(report.findings.length);
  for (const { remediation } of report.findings) expect(remediation).toMatch(/\.$/u);
  return report.findings;
}

const codes = (findings: Finding[]) => findings.map(({ code, skill_id }) => `${code} ${skill_id}`);

async function repaired(sandbox: Sandbox, ...args: string[]) {
  const report = (await sandbox.run(["repair", "--json", ...args])).json();
  const again = (await sandbox.run(["repair", "--json", ...args])).json();
  // Once mended, there is nothing left to mend.
  expect(again.summary.install).toMatchObject({ create: 0, update: 0, remove: 0 });
  return report;
}

describe("doctor and repair", () => {
  it("find nothing where all is well [R-DOCTOR-01]", async () => {
    const { sandbox, skills } = await setUp();
    const strict = await sandbox.run(["doctor", "--strict"]);
    const table = "SKILL  claude-code\none    ✓\ntwo    ✓\n✓ the agent sees it\n\n";
    expect([strict.code, strict.stdout, strict.stderr]).toEqual([0, `${table}doctor: nothing found\n`, ""]);
    const { agents } = (await sandbox.run(["doctor", "--json"])).json();
    expect(agents).toEqual([{ agent: "claude-code", directories: [{ path: skills, skills: ["one", "two"] }] }]);
    expect((await repaired(sandbox)).exit_code).toBe(0);
  });

  it("name each damage, mend it, and find nothing then [R-DOCTOR-02] [R-REPAIR-01]", async () => {
    const { sandbox, target, entry, skills } = await setUp();
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    const damages: [string[], () => void | Promise<void>][] = [
      [["TARGET_MISSING one"], () => unlinkSync(target)],
      [["TARGET_MISSING one", "TARGET_MISSING two"], () => rmSync(skills, { recursive: true })],
      [["LOCK_MISSING null", "SOURCE_MISSING one", "SOURCE_MISSING two"], () => unlinkSync(sandbox.lockfilePath)],
      [
        ["LOCK_OUT_OF_DATE null"],
        () => writeFileSync(sandbox.lockfilePath, lockfile.replace('mode = "symlink"', 'mode = "copy"')),
      ],
      [["BROKEN_SYMLINK one", "SOURCE_MISSING one"], async () => await removeTree(dirname(entry))],
      [
        ["STORE_CORRUPT one"],
        () => {
          chmodSync(join(entry, "SKILL.md"), 0o644);
          writeFileSync(join(entry, "SKILL.md"), "changed\n");
        },
      ],
      [
        ["TARGET_MISMATCH one"],
        () => {
          unlinkSync(target);
          symlinkSync(entry.replace(/[0-9a-f]{40}/u, "0".repeat(40)).replace("/one", "/two"), target);
          mkdirSync(readlinkSync(target), { recursive: true });
        },
      ],
    ];
    for (const [expected, damage] of damages) {
      await damage();
      const found = codes(await diagnose(sandbox)).filter(
        (code) => !code.startsWith("TARGET_MISSING") || expected.join().includes("TARGET_MISSING"),
      );
      expect(found).toEqual(expect.arrayContaining(expected));
      expect((await sandbox.run(["doctor", "--strict"])).code).toBe(3);
      const report = await repaired(sandbox);
      expect(report, expected.join()).toMatchObject({ command: "repair", exit_code: 0 });
      expect(codes(await diagnose(sandbox)), expected.join()).toEqual([]);
      expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe(skillText("one"));
      expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lockfile);
    }
    const backups = readdirSync(join(sandbox.storage, "backups"), { recursive: true }).map(String);
    const kept = backups.find((path) => path.endsWith("one/SKILL.md"));
    expect(readFileSync(join(sandbox.storage, "backups", kept ?? ""), "utf8")).toBe("changed\n");
  });

  it("leave alone what is not ours, and replace it only by force, keeping it [R-REPAIR-02]", async () => {
    const { sandbox, target, skills } = await setUp();
    unlinkSync(target);
    symlinkSync("/usr", target);
    unlinkSync(join(skills, "two"));
    mkdirSync(join(skills, "two"));
    writeFileSync(join(skills, "two/mine.txt"), "mine");
    expect(codes(await diagnose(sandbox))).toEqual(["TARGET_CONFLICT two", "TARGET_MISMATCH one"]);
    expect((await repaired(sandbox)).exit_code).toBe(3);
    expect([readlinkSync(target), readFileSync(join(skills, "two/mine.txt"), "utf8")]).toEqual(["/usr", "mine"]);
    const forced = await repaired(sandbox, "--force");
    expect(forced.exit_code).toBe(0);
    expect(codes(await diagnose(sandbox))).toEqual([]);
    const reasons: string[] = forced.skills[1].targets[0].reasons;
    const backup = reasons.find((reason) => reason.startsWith("backup: "))?.slice(8) ?? "";
    expect(readFileSync(join(backup, "mine.txt"), "utf8")).toBe("mine");
  });

  it("tell that a copy was edited, and keep the edit [R-DOCTOR-02] [R-REPAIR-02]", async () => {
    const { sandbox, target } = await setUp({ mode: "copy" });
    chmodSync(join(target, "SKILL.md"), 0o644);
    writeFileSync(join(target, "SKILL.md"), "mine\n");
    expect(codes(await diagnose(sandbox))).toEqual(["TARGET_MODIFIED one"]);
    expect((await repaired(sandbox)).exit_code).toBe(3);
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe("mine\n");
    expect((await repaired(sandbox, "--force")).exit_code).toBe(0);
    expect(codes(await diagnose(sandbox))).toEqual([]);
  });

  it("put back what cannot be had again [R-REPAIR-03]", async () => {
    const { sandbox, entry } = await setUp();
    chmodSync(join(entry, "SKILL.md"), 0o644);
    writeFileSync(join(entry, "SKILL.md"), "changed\n");
    await removeTree(join(sandbox.storage, "mirrors"));
    const report = (await sandbox.run(["repair", "--offline", "--json"])).json();
    expect(report.exit_code).toBe(1);
    expect(readFileSync(join(entry, "SKILL.md"), "utf8")).toBe("changed\n");
    expect(codes(await diagnose(sandbox))).toEqual(["STORE_CORRUPT one", "SKILL_INVALID one"]);
    expect((await repaired(sandbox)).exit_code).toBe(0);
  });

  it("mend a live link only where its directory is [R-DOCTOR-02]", async () => {
    const { sandbox, skills } = await setUp();
    const own = join(sandbox.root, "own");
    mkdirSync(own);
    writeFileSync(join(own, "SKILL.md"), skillText("own"));
    sandbox.writeManifest(manifestOf([{ id: "own", repo: own }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(codes(await diagnose(sandbox))).toEqual([]);
    renameSync(own, `${own}.gone`);
    expect(codes(await diagnose(sandbox))).toEqual(["BROKEN_SYMLINK own", "SOURCE_MISSING own"]);
    expect((await sandbox.run(["repair"])).code).toBe(1);
    expect(readlinkSync(join(skills, "own"))).toBe(own);
  });

  it("tell what of a skill a person should look at [R-DOCTOR-03] [R-DOCTOR-04]", async () => {
    const { sandbox } = await setUp(
      {},
      {
        "skills/one/SKILL.md": `---\nname: Other-Name\ndescription: ${"x".repeat(1025)}\nvendor: {any: thing}\n---\n`,
        "skills/one/LICENSE": "GNU GENERAL PUBLIC LICENSE\n",
        "skills/one/run.sh": { content: "#!/bin/sh\n", executable: true },
        "skills/two/LICENSE": "whatever\n",
      },
    );
    const findings = await diagnose(sandbox);
    expect(codes(findings)).toEqual([
      "LICENSE_NON_PERMISSIVE one",
      "LICENSE_UNKNOWN two",
      "RISK_REVIEW_REQUIRED one",
      "SKILL_INVALID one",
      "SKILL_INVALID one",
      "SKILL_INVALID one",
    ]);
    expect(findings.every(({ severity }) => severity === "warning")).toBe(true);
    expect(await diagnose(sandbox, "--no-warning")).toEqual([]);
    expect((await sandbox.run(["doctor", "--no-warning", "--strict"])).code).toBe(0);
    const text = await sandbox.run(["doctor"]);
    expect(text.stdout).toContain("one: SKILL.md: its name is not the one of its directory, one");
    expect(text.stdout).not.toContain("LICENSE");
    expect(text.stdout).toMatch(/\ndoctor: 0 errors, 6 warnings; 3 of them good to know: --verbose shows them\n$/u);
    const all = await sandbox.run(["doctor", "--verbose"]);
    expect(all.stdout).toMatch(/\nGood to know:\nwarning\[LICENSE_NON_PERMISSIVE\] one: .+\n  hint: /u);
    expect(all.stdout).toMatch(/\ndoctor: 0 errors, 6 warnings\n$/u);
  });

  it("show a table of agents and skills, then what needs action, each kind once with its next step [R-DOCTOR-08]", async () => {
    const { sandbox, skills } = await setUp();
    for (const name of ["one", "two"]) rmSync(join(skills, name), { recursive: true });
    const lines = (await sandbox.run(["doctor"])).stdout.split("\n");
    expect(lines.slice(0, 3)).toEqual(["SKILL  claude-code", "one    !", "two    !"]);
    const first = lines.indexOf("Needs action:");
    expect(lines.slice(first + 1)).toEqual([
      "error[TARGET_MISSING] 2 findings: nothing is there",
      "    one: ~/.claude/skills/one",
      "    two: ~/.claude/skills/two",
      "  hint: Run `eden-skills repair`.",
      "",
      "doctor: 2 errors, 0 warnings",
      "",
    ]);
  });

  it("see what an agent sees: one skill twice, two of one name, links out of the project, too many words [R-DOCTOR-05]", async () => {
    const head = 'scope = "project"';
    const { sandbox } = await setUp(
      { agents: ["cursor", "claude-code"] },
      { "skills/two/SKILL.md": `---\nname: two\ndescription: ${"many words ".repeat(90)}\n---\n` },
      head,
    );
    const own = join(sandbox.home, ".claude/skills");
    mkdirSync(join(own, "one"), { recursive: true });
    writeFileSync(join(own, "one/SKILL.md"), skillText("one", "Another one."));
    for (let index = 0; index < 20; index++) {
      mkdirSync(join(own, `more-${index}`));
      writeFileSync(join(own, `more-${index}/SKILL.md`), `---\nname: more\ndescription: ${"word ".repeat(180)}\n---\n`);
    }
    const findings = await diagnose(sandbox);
    expect(codes(findings)).toEqual([
      "DESCRIPTION_BUDGET null",
      "LINK_ESCAPES_PROJECT null",
      "LINK_ESCAPES_PROJECT null",
      "SKILL_DUPLICATE one",
      "SKILL_DUPLICATE two",
      "SKILL_SHADOWED one",
      "SKILL_SHADOWED one",
    ]);
  });

  it("look at the machine: git, descriptors, containers [R-DOCTOR-06]", async () => {
    const { sandbox, repo } = await setUp();
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), "#!/bin/sh\necho git version 2.10.0\n", { mode: 0o755 });
    const old = await sandbox.run(["doctor", "--json"], { env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(codes(old.json().findings)).toEqual(["GIT_OLD null"]);
    const none = await sandbox.run(["doctor", "--json"], { env: { PATH: sandbox.root } });
    expect(codes(none.json().findings)).toEqual(["GIT_OLD null"]);
    const targets =
      '[[skills.targets]]\nagent = "cursor"\nenvironment = "ssh:nowhere"\n[[skills.targets]]\nagent = "codex"\nenvironment = "docker:web"\n';
    sandbox.writeManifest(`${manifestOf([{ id: "one", repo, subpath: "skills/one" }])}${targets}`);
    const elsewhere = (await sandbox.run(["doctor", "--json"], { env: { PATH: sandbox.root } })).json();
    expect(codes(elsewhere.findings)).toEqual(
      expect.arrayContaining(["ADAPTER_HEALTH_FAIL one", "DOCKER_NOT_FOUND one"]),
    );
  });
});
