import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { remoteProject, type RemoteProject } from "../helpers/remote-project.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { sshdAvailable, startSshRemote, type SshRemote } from "../helpers/ssh-remote.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe.runIf(sshdAvailable())("targets on a host", () => {
  const far = mkdtempSync(join(tmpdir(), "eden-far-"));
  let remote: SshRemote;
  let sandbox: Sandbox;
  let project: RemoteProject;
  beforeAll(async () => {
    remote = await startSshRemote({ root: far, home: far });
  });
  afterAll(async () => {
    await remote.close();
    rmSync(far, { recursive: true });
  });
  beforeEach(() => {
    rmSync(join(far, ".claude"), { recursive: true, force: true });
    remote.trust("right");
    sandbox = use.sandbox();
    project = remoteProject(sandbox);
    project.wants({ notes: `"ssh:${remote.host}"` });
  });
  const at = (path = "notes") => join(far, ".claude/skills", path);
  const run = async (...args: string[]): Promise<RunResult> =>
    await sandbox.run([...args, "--json"], { env: remote.env });
  const done = async (...args: string[]): Promise<RunResult> => {
    const result = await run(...args);
    expect(result.code, result.stdout).toBe(0);
    return result;
  };
  const targetsOf = (result: RunResult) =>
    result.json().skills.flatMap(({ targets }: { targets: unknown[] }) => targets);

  it("get an exact copy in the home directory there over one connection, once [R-REMOTE-01] [R-REMOTE-02]", async () => {
    const before = remote.sessions();
    expect(targetsOf(await done("apply"))).toMatchObject([
      { path: "~/.claude/skills/notes", environment: `ssh:${remote.host}`, action: "create", status: "done" },
    ]);
    expect(remote.sessions() - before).toBe(1);
    expect(await readTree(at())).toEqual(await readTree(join(sandbox.project, "src/notes")));
    expect(readdirSync(at(".eden-skills"))).toEqual(["notes.json"]);
    expect((await done("apply")).json().summary.install).toMatchObject({ noop: 1, create: 0 });
    expect((await done("plan")).json()).toMatchObject([{ action: "noop", environment: `ssh:${remote.host}` }]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toContain(`environment = "ssh:${remote.host}"`);
  });

  it("may have any path [R-REMOTE-02]", async () => {
    const path = join(far, 'it\'s "a" $HOME dir');
    project.wants({
      notes: `{ agent = "custom", path = '''${path}''', environment = "ssh:${remote.host}" }`,
    });
    await done("apply");
    expect(readFileSync(join(path, "notes/SKILL.md"), "utf8")).toBe(project.text("notes"));
  });

  it("are replaced and removed only while they are ours [R-REMOTE-03]", async () => {
    mkdirSync(at(), { recursive: true });
    writeFileSync(at("notes/SKILL.md"), "of the user");
    const foreign = await run("apply");
    expect([foreign.code, targetsOf(foreign)]).toMatchObject([3, [{ action: "conflict", status: "conflict" }]]);
    expect((await run("doctor")).json().findings.map(({ code }: { code: string }) => code)).toContain(
      "TARGET_CONFLICT",
    );
    const forced = await done("apply", "--force");
    const [{ reasons }] = targetsOf(forced) as [{ reasons: string[] }];
    const backup = reasons.at(-1)?.replace("backup: ~", far) ?? "";
    expect(readFileSync(join(backup, "SKILL.md"), "utf8")).toBe("of the user");
    writeFileSync(at("notes/SKILL.md"), "edited");
    project.write("notes", "two");
    const edited = await run("apply");
    expect([edited.code, targetsOf(edited)]).toMatchObject([3, [{ reasons: ["modified locally"] }]]);
    expect((await run("doctor")).json().findings.map(({ code }: { code: string }) => code)).toContain(
      "TARGET_MODIFIED",
    );
    project.wants({});
    await done("apply");
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe("edited");
  });

  it("of another manifest stay, and are named [R-REMOTE-03]", async () => {
    await done("apply");
    const other = use.sandbox();
    const theirs = remoteProject(other);
    theirs.write("notes", "of the other");
    theirs.wants({ notes: `"ssh:${remote.host}"` });
    const result = await other.run(["apply", "--json"], { env: remote.env });
    expect([result.code, result.stdout]).toEqual([3, expect.stringContaining(`it is managed by`)]);
    expect(result.stdout).toContain(sandbox.manifestPath);
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe(project.text("notes"));
  });

  it("follow their manifest: update, removal, rollback, repair, history [R-REMOTE-06]", async () => {
    await done("apply");
    project.write("notes", "two");
    project.write("more", "more");
    project.wants({ notes: `"ssh:${remote.host}"`, more: `"ssh:${remote.host}"` });
    expect(targetsOf(await done("apply"))).toMatchObject([{ action: "update" }, { action: "create" }]);
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe(project.text("notes"));
    await done("remove", "more");
    expect(readdirSync(at("."))).toEqual([".eden-skills", "notes"]);
    expect((await done("history")).json().entries.length).toBeGreaterThan(2);
    await done("rollback");
    expect(readFileSync(at("more/SKILL.md"), "utf8")).toBe(project.text("more"));
    rmSync(at("more"), { recursive: true });
    expect((await run("doctor")).json().findings.map(({ code }: { code: string }) => code)).toContain("TARGET_MISSING");
    await done("repair");
    expect(existsSync(at("more/SKILL.md"))).toBe(true);
    project.wants({});
    await done("apply");
    expect(readdirSync(at("."))).toEqual([]);
  });

  it("of a host that does not answer fail alone, with one error each [R-REMOTE-04] [R-REMOTE-05]", async () => {
    project.wants({ notes: `"ssh:${remote.host}", { agent = "claude-code", scope = "global" }` });
    remote.trust("none");
    const result = await run("apply");
    expect([result.code, targetsOf(result)]).toMatchObject([
      1,
      [
        { environment: `ssh:${remote.host}`, action: "unknown", status: "failed" },
        { action: "create", status: "done" },
      ],
    ]);
    const [{ diagnostics }] = result.json().skills;
    expect(diagnostics).toMatchObject([
      { code: "ADAPTER_HEALTH_FAIL", message: expect.stringContaining("Host key verification failed") },
    ]);
    const plan = await run("plan");
    expect([plan.code, plan.json()]).toMatchObject([0, [{ action: "unknown" }, { action: "noop" }]]);
    expect((await run("plan", "--check")).code).toBe(3);
    expect((await run("plan", "--strict")).code).toBe(3);
    const { findings } = (await run("doctor")).json();
    expect(findings).toMatchObject([{ code: "ADAPTER_HEALTH_FAIL", skill_id: "notes" }, ...findings.slice(1)]);
    remote.trust("right");
    await done("apply");
    expect(existsSync(at("notes/SKILL.md"))).toBe(true);
  });

  it("that are no longer wanted are remembered until their host answers; --force gives them up [R-REMOTE-06]", async () => {
    await done("apply");
    remote.trust("none");
    const removed = await run("remove", "notes");
    expect([removed.code, removed.stdout]).toEqual([1, expect.stringContaining("ADAPTER_HEALTH_FAIL")]);
    remote.trust("right");
    await done("apply");
    expect(existsSync(at())).toBe(false);
    project.wants({ notes: `"ssh:${remote.host}"` });
    await done("apply");
    remote.trust("none");
    project.wants({});
    expect((await run("apply")).code).toBe(1);
    await done("apply", "--force");
    await done("apply");
    expect(existsSync(at())).toBe(true);
  });

  it("are held to the lockfile by --frozen [R-REMOTE-09]", async () => {
    await done("apply");
    await done("apply", "--frozen");
    writeFileSync(at("notes/SKILL.md"), "edited");
    const result = await run("apply", "--frozen");
    expect([result.code, result.stdout]).toEqual([1, expect.stringContaining("INTEGRITY_MISMATCH")]);
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe("edited");
    rmSync(at(), { recursive: true });
    await done("apply", "--frozen");
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe(project.text("notes"));
  });

  it("are asked by each apply, and not by list [R-REMOTE-08]", async () => {
    await done("apply");
    await done("apply");
    rmSync(at(), { recursive: true });
    expect(targetsOf(await done("apply"))).toMatchObject([{ action: "create" }]);
    const before = remote.sessions();
    expect((await done("list")).json().skills).toMatchObject([{ state: "unknown" }]);
    expect(remote.sessions()).toBe(before);
  });

  it("are not blocked by the lock of a process that has ended, nor by what it left [R-REMOTE-07]", async () => {
    await done("apply");
    const boot = existsSync("/proc") ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() : "-";
    const holder = `${(await import("node:os")).hostname()} ${boot} 1 12345 t-0\n`;
    const left = at(".eden-skills/t-0");
    mkdirSync(join(left, "0/new"), { recursive: true });
    writeFileSync(join(left, "holder"), holder);
    writeFileSync(at(".eden-skills/lock"), holder);
    // It was killed between the two renames.
    (await import("node:fs")).renameSync(at(), join(left, "0/old.notes"));
    project.write("notes", "two");
    expect(targetsOf(await done("apply"))).toMatchObject([{ action: "update" }]);
    expect(readFileSync(at("notes/SKILL.md"), "utf8")).toBe(project.text("notes"));
    expect(readdirSync(at(".eden-skills"))).toEqual(["notes.json"]);
  });

  it("of several manifests are changed at the same time, one directory by one of them [R-REMOTE-07]", async () => {
    const others = await Promise.all(
      ["one", "two", "three"].map(async (id) => {
        const other = use.sandbox();
        const own = remoteProject(other);
        own.write(id, id);
        own.wants({ [id]: `"ssh:${remote.host}"` });
        return await other.spawn(["apply", "--json"], { env: remote.env }).finished;
      }),
    );
    expect(others.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(readdirSync(at(".")).toSorted()).toEqual([".eden-skills", "one", "three", "two"]);
    expect(readdirSync(at(".eden-skills")).toSorted()).toEqual(["one.json", "three.json", "two.json"]);
  });

  it("keep links that are inside of a skill [R-REMOTE-02]", async () => {
    symlinkSync("../SKILL.md", join(sandbox.project, "src/notes/scripts/link.md"));
    await done("apply");
    expect(await readTree(at())).toEqual(await readTree(join(sandbox.project, "src/notes")));
    expect((await done("apply")).json().summary.install).toMatchObject({ noop: 1 });
  });
});
