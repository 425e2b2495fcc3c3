import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { runWithFault } from "../helpers/fault-points.js";
import { gitText } from "../helpers/git-command.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { processesNaming } from "../helpers/running-processes.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/* Rows of specs/faults.md that have no other test on the built program. */

const use = useSandbox();

/** One skill, `x`, of one repository that is served, with the manifest for it. */
async function oneSkill(ref?: string) {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "SKILL.md": skillText("x"), "more.md": "more\n".repeat(5000) },
  });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git`, ...(ref !== undefined && { ref }) }]));
  const installed = () => readFileSync(join(sandbox.home, ".claude/skills/x/SKILL.md"), "utf8");
  return { sandbox, repository, remote, installed };
}

function problemOf(result: { json(): any }): { code: string; message: string; hint: string } {
  return result.json().skills[0].diagnostics[0];
}

describe("a run that is killed", () => {
  it("before the first change of a target has changed none [R-FAULT-02]", async () => {
    const { sandbox, repository, installed } = await oneSkill();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { "SKILL.md": skillText("x", "newer") } });
    const targets = { ...sandbox, root: join(sandbox.home, ".claude") };
    const killed = await runWithFault(targets, ["update"], { fault: "SIGKILL", call: 1, only: true });
    expect(killed.signal).toBe("SIGKILL");
    const stored = readdirSync(join(sandbox.storage, "store")).filter((name) => name.endsWith(".json"));
    expect([stored.length, installed()]).toEqual([2, skillText("x")]);
    expect([(await sandbox.run(["update"])).code, installed()]).toEqual([0, skillText("x", "newer")]);
  });

  it("by a second interrupt ends at once, with the programs that do not listen to the first [R-FAULT-06]", async () => {
    const sandbox = use.sandbox();
    const ssh = join(sandbox.root, "deaf-ssh");
    sandbox.writeManifest(manifestOf([{ id: "x", repo: "ssh://git@skills.invalid/x.git" }]));
    const script = `#!/bin/sh\ntrap '' TERM INT\ntouch ${sandbox.root}/started\nwhile :; do sleep 0.1; done\n`;
    writeFileSync(ssh, script, { mode: 0o755 });
    const run = sandbox.spawn(["apply"], { env: { GIT_SSH_COMMAND: ssh } });
    await expect.poll(() => existsSync(join(sandbox.root, "started")), { timeout: 20_000 }).toBe(true);
    run.kill("SIGINT");
    await sleep(500);
    const startedAt = Date.now();
    run.kill("SIGINT");
    const { code, stderr } = await run.finished;
    expect([code, Date.now() - startedAt < 2500, /\n {4}at /u.test(stderr)]).toEqual([130, true, false]);
    await expect.poll(() => processesNaming(ssh), { timeout: 5000 }).toEqual([]);
  });
});

describe("a server", () => {
  it("that sends a byte now and then ends with the time of the attempt [R-FAULT-16]", async () => {
    const { sandbox, remote } = await oneSkill();
    remote.fail("r.git", { kind: "drip", bytesPerSecond: 20 }, { on: ["fetch"] });
    const result = await sandbox.run(["apply", "--json", "--timeout", "1s", "--retries", "0"]);
    expect([result.code, problemOf(result).code, result.elapsedMs < 6000]).toEqual([1, "FETCH_TIMEOUT", true]);
  });

  it("of ssh that says nothing ends in time, and leaves no ssh [R-FAULT-17]", async () => {
    const sandbox = use.sandbox();
    const server = createServer((socket) => void socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `ssh://git@127.0.0.1:${port}/x.git` }]));
    const result = await sandbox.run(["apply", "--json", "--timeout", "1s", "--retries", "0"]);
    expect([result.code, problemOf(result).code, result.elapsedMs < 9000]).toEqual([1, "FETCH_TIMEOUT", true]);
    expect(processesNaming(`-p ${port}`)).toEqual([]);
  });

  it("that cuts the connection in a pack is asked again, into the same mirror; cut each time it is exit 1 [R-FAULT-18]", async () => {
    const { sandbox, remote, installed } = await oneSkill();
    remote.fail("r.git", { kind: "truncate", afterBytes: 90 }, { on: ["fetch"], times: 1 });
    const once = await sandbox.run(["apply", "--json", "--retries", "1"]);
    expect([once.code, installed()]).toEqual([0, skillText("x")]);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git`, ref: "main", mode: "copy" }]));
    rmStorage(sandbox);
    remote.fail("r.git", { kind: "truncate", afterBytes: 90 }, { on: ["fetch"] });
    const always = await sandbox.run(["apply", "--json", "--retries", "1"]);
    expect(always.code).toBe(1);
    expect(["FETCH_NETWORK", "FETCH_CORRUPT"]).toContain(problemOf(always).code);
    remote.heal();
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("that lost the branch does not matter to what is locked and here; else its refs are named [R-FAULT-24]", async () => {
    const { sandbox, repository } = await oneSkill("side");
    await repository.branch("side");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.deleteRef("refs/heads/side");
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const update = await sandbox.run(["update", "--json"]);
    expect([update.code, problemOf(update).code, /\bmain\b/u.test(problemOf(update).hint)]).toEqual([
      1,
      "REF_NOT_FOUND",
      true,
    ]);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("whose default branch has another name is followed by update, and not by apply [R-FAULT-26]", async () => {
    const { sandbox, repository, installed } = await oneSkill();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.branch("trunk");
    await repository.setDefaultBranch("trunk");
    await repository.deleteRef("refs/heads/main");
    await repository.commit({ branch: "trunk", files: { "SKILL.md": skillText("x", "newer") } });
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    expect([(await sandbox.run(["apply"])).code, installed()]).toEqual([0, skillText("x")]);
    expect([(await sandbox.run(["update"])).code, installed()]).toEqual([0, skillText("x", "newer")]);
  });
});

it("an object with other content than its id says is not installed, and the mirror is fetched again [R-FAULT-30] [R-THREAT-62]", async () => {
  const { sandbox, repository, remote, installed } = await oneSkill();
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const [name = ""] = readdirSync(join(sandbox.storage, "mirrors")).filter((entry) => !entry.endsWith(".json"));
  const mirror = join(sandbox.storage, "mirrors", name);
  const blob = await repository.revParse("HEAD:SKILL.md");
  // What another program may do: a loose object, which git prints without checking its hash.
  for (const pack of readdirSync(join(mirror, "objects/pack")))
    rmSync(join(mirror, "objects/pack", pack), { force: true });
  const packed = await repository.git(["rev-list", "--objects", "HEAD"]);
  const pack = execFileSync("git", ["--git-dir", repository.gitDir, "pack-objects", "--stdout"], {
    input: packed.replaceAll(/ .*$/gmu, ""),
  });
  execFileSync("git", ["--git-dir", mirror, "unpack-objects", "-q"], { input: pack });
  const loose = join(mirror, "objects", blob.slice(0, 2), blob.slice(2));
  const evil = Buffer.from(skillText("x", "EVIL"));
  chmodSync(loose, 0o600);
  writeFileSync(loose, deflateSync(Buffer.concat([Buffer.from(`blob ${evil.length}\0`), evil])));
  expect(await gitText(["--git-dir", mirror, "cat-file", "-p", blob])).toContain("EVIL");
  for (const part of ["store", "../../.claude"]) {
    const path = join(sandbox.storage, part);
    execFileSync("chmod", ["-R", "u+w", path]);
    rmSync(path, { recursive: true });
  }
  const before = remote.traffic.log.length;
  const result = await sandbox.run(["apply"]);
  expect([result.code, installed(), remote.traffic.log.length > before]).toEqual([0, skillText("x"), true]);
});

it("without git, list and plan work, and apply says what is missing [R-FAULT-41]", async () => {
  const { sandbox } = await oneSkill();
  const env = { PATH: join(sandbox.root, "empty") };
  for (const args of [["list"], ["plan"]]) expect((await sandbox.run(args, { env })).code).toBe(0);
  const result = await sandbox.run(["apply", "--json"], { env });
  expect([result.code, problemOf(result).code]).toEqual([1, "GIT_MISSING"]);
});

it("targets that another program removes during a run fail at most themselves, and come back [R-FAULT-46]", async () => {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.project, "src"));
  writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
  const ids = Array.from({ length: 40 }, (_, n) => `x${n}`);
  sandbox.writeManifest(manifestOf(ids.map((id) => ({ id, repo: "./src", mode: "copy" }))));
  const skills = join(sandbox.home, ".claude/skills");
  const remover = spawn("sh", ["-c", 'while :; do rm -rf "$1"/x* 2>/dev/null; done', "sh", skills], {
    stdio: "ignore",
  });
  try {
    for (let round = 0; round < 3; round++) {
      const { code, stdout, stderr } = await sandbox.run(["apply", "--json"]);
      expect([0, 1, 3]).toContain(code);
      expect(stdout + stderr).not.toMatch(/"INTERNAL"|\n {4}at /u);
    }
  } finally {
    remover.kill("SIGKILL");
    await new Promise((resolve) => void remover.once("close", resolve));
  }
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(
    readdirSync(skills)
      .filter((name) => name.startsWith("x"))
      .toSorted(),
  ).toEqual(ids.toSorted());
});

function rmStorage({ storage }: Sandbox): void {
  for (const path of readdirSync(storage, { recursive: true }).map((name) => join(storage, String(name))))
    if (existsSync(path)) chmodSync(path, 0o700);
  rmSync(storage, { recursive: true });
}
