import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { startOddHttp } from "../helpers/odd-server.js";
import { runInTerminal } from "../helpers/pseudo-terminal.js";
import { strace } from "../helpers/strace.js";
import { namesIn } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/* Rows of specs/threats.md that have no other test on the built program. */

const use = useSandbox();

describe("a local repository", () => {
  it("runs neither its hooks nor what its own configuration names [R-THREAT-10]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
    const touch = `touch ${sandbox.root}/CANARY`;
    mkdirSync(join(repository.gitDir, "hooks"), { recursive: true });
    for (const hook of ["reference-transaction", "post-upload-pack", "pre-receive", "post-checkout", "pre-auto-gc"])
      writeFileSync(join(repository.gitDir, "hooks", hook), `#!/bin/sh\n${touch}\n`, { mode: 0o755 });
    appendFileSync(
      join(repository.gitDir, "config"),
      `[uploadpack]\npackObjectsHook = ${touch};\n[core]\nfsmonitor = ${touch};\nalternateRefsCommand = ${touch};\nsshCommand = ${touch};\n`,
    );
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${repository.dir}`, ref: "main" }]));
    for (const args of [["apply"], ["outdated"], ["update"]]) expect((await sandbox.run(args)).code).toBe(0);
    expect(await namesIn(sandbox.root)).not.toContain("CANARY");
  });

  it("brings no file of this machine by links in its object directory [R-THREAT-11]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
    const secret = join(sandbox.root, "secret");
    mkdirSync(secret);
    writeFileSync(join(secret, "key"), "s3cr3t");
    rmSync(join(repository.gitDir, "objects/info"), { recursive: true, force: true });
    symlinkSync(secret, join(repository.gitDir, "objects/info"));
    mkdirSync(join(repository.gitDir, "objects/ab"), { recursive: true });
    symlinkSync(join(secret, "key"), join(repository.gitDir, "objects/ab", "0".repeat(38)));
    for (const mode of ["symlink", "copy"] as const) {
      sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${repository.dir}`, ref: "main", mode }]));
      expect((await sandbox.run(["apply"])).code).toBe(0);
    }
    expect(spawnSync("grep", ["-rl", "s3cr3t", sandbox.home, sandbox.project]).stdout.toString()).toBe("");
    const links = execFileSync("find", [sandbox.storage, "-type", "l", "-lname", `${secret}*`]).toString();
    expect(links).toBe("");
  });
});

it("a server that names another address for packs and bundles leads no request there [R-THREAT-69]", async () => {
  const sandbox = use.sandbox();
  const asked: string[] = [];
  const other = await startOddHttp((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(404).end();
  });
  onTestFinished(() => other.close());
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "SKILL.md": skillText("x"), "big.md": "big\n".repeat(1000) },
  });
  const elsewhere = `http://127.0.0.1:${other.port}`;
  const blob = await repository.revParse("HEAD:big.md");
  for (const [key, value] of [
    ["uploadpack.blobPackfileUri", `${blob} ${"1".repeat(40)} ${elsewhere}/x.pack`],
    ["uploadpack.advertiseBundleURIs", "true"],
    ["bundle.version", "1"],
    ["bundle.mode", "all"],
    ["bundle.x.uri", `${elsewhere}/x.bundle`],
  ])
    await repository.git(["config", key as string, value as string]);
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(asked).toEqual([]);
});

it("a repository whose name another owner has taken is not what is locked [R-THREAT-44] [R-FAULT-25]", async () => {
  const sandbox = use.sandbox();
  const served = join(sandbox.root, "served/r.git");
  const { gitDir } = await createRepository(served, { files: { "SKILL.md": skillText("x") } });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const commit = /resolved_commit = "(\w+)"/u.exec(readFileSync(sandbox.lockfilePath, "utf8"))?.[1] ?? "";
  renameSync(gitDir, `${gitDir}.old`);
  const other = await createRepository(served, { files: { "SKILL.md": skillText("x", "TAKEN OVER") } });
  const installed = () => readFileSync(join(sandbox.home, ".claude/skills/x/SKILL.md"), "utf8");
  // The commit is here.
  rmSync(join(sandbox.home, ".claude"), { recursive: true });
  expect([(await sandbox.run(["apply"])).code, installed()]).toEqual([0, skillText("x")]);
  // It is nowhere.
  rmSync(join(sandbox.home, ".claude"), { recursive: true });
  execFileSync("chmod", ["-R", "u+w", sandbox.storage]);
  rmSync(sandbox.storage, { recursive: true });
  const gone = await sandbox.run(["apply", "--json"]);
  const [{ diagnostics }] = gone.json().skills;
  expect([gone.code, diagnostics[0].code, diagnostics[0].message.includes(commit.slice(0, 12))]).toEqual([
    1,
    "REF_NOT_FOUND",
    true,
  ]);
  const update = await sandbox.run(["update", "--json"]);
  expect([update.code, update.json().skills[0].commit]).toEqual([0, await other.revParse("HEAD")]);
  expect(update.json().skills[0].diagnostics).toMatchObject([{ code: "BRANCH_REWRITTEN" }]);
});

it("an owner with a similar name is none of the allowed ones [R-THREAT-50]", async () => {
  const sandbox = use.sandbox();
  const owners = [
    "anthroplcs",
    "anthropics-ai",
    "Anthropics.evil",
    "\u0430nthropics",
    "anthropi\u0441s",
    "xn--nthropics-2fg",
  ];
  const skills = owners.map((owner, n) => ({ id: `s${n}`, repo: `https://git.invalid/${owner}/skills` }));
  sandbox.writeManifest(manifestOf(skills, '[policy.sources]\nallow = ["git.invalid/anthropics"]'));
  const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
  expect(result.code).toBe(1);
  expect(result.json().skills.map(({ diagnostics }: any) => diagnostics[0].code)).toEqual(
    owners.map(() => "POLICY_DENIED"),
  );
});

it("git is asked to verify a signature only where a policy asks for it [R-THREAT-58]", async () => {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
  const bin = join(sandbox.root, "bin");
  const log = join(sandbox.root, "calls");
  mkdirSync(bin);
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const calls = async (policy: string, ...commands: string[][]) => {
    writeFileSync(log, "");
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${repository.dir}` }], `scope = "global"\n${policy}`));
    for (const args of commands) await sandbox.run(args, { env });
    return readFileSync(log, "utf8").split("\n");
  };
  const verifying = /\bverify-(?:commit|tag)\b/u;
  const plain = await calls("", ["apply"], ["update"], ["outdated"], ["doctor"]);
  expect([plain.length > 3, plain.filter((call) => verifying.test(call))]).toEqual([true, []]);
  writeFileSync(join(sandbox.root, "signers"), "");
  const policy = `[policy.signatures]\nallowed_signers = "${join(sandbox.root, "signers")}"`;
  expect((await calls(policy, ["apply"])).some((call) => verifying.test(call))).toBe(true);
});

it("a container or host that is an option or a path is refused, and nothing is started [R-THREAT-64]", async () => {
  const sandbox = use.sandbox();
  const bin = join(sandbox.root, "bin");
  mkdirSync(bin);
  for (const name of ["docker", "podman", "ssh"])
    writeFileSync(join(bin, name), `#!/bin/sh\ntouch ${sandbox.root}/CANARY\n`, { mode: 0o755 });
  mkdirSync(join(sandbox.project, "src"));
  writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
  const names = ["docker:--privileged", "docker:-v", "docker:a/../b", "docker:a:b", "docker:", "ssh:-oProxyCommand=x"];
  const skills = names.map(
    (name, n) =>
      `[[skills]]\nid = "s${n}"\nsource.repo = "./src"\n[[skills.targets]]\nagent = "claude-code"\nenvironment = "${name}"\n`,
  );
  sandbox.writeManifest(`version = 1\n${skills.join("")}`);
  const result = await sandbox.run(["apply", "--json"], { env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` } });
  expect([result.code, result.json().error.problems.length]).toEqual([2, names.length]);
  expect(await namesIn(sandbox.root)).not.toContain("CANARY");
});

it("removing a skill removes the links in it, and nothing behind them [R-THREAT-39]", async () => {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${dir}`, mode: "copy" }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const outside = join(sandbox.root, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "mine"), "mine");
  // Litter goes with its skill, so that this link is deleted and not moved to the backups.
  const cache = join(sandbox.home, ".claude/skills/x/node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  symlinkSync(outside, join(cache, "out"));
  symlinkSync("..", join(cache, "up"));
  expect((await sandbox.run(["remove", "x"])).code).toBe(0);
  expect(await namesIn(join(sandbox.home, ".claude"))).not.toContain("skills/x");
  expect([readdirSync(outside), readFileSync(join(outside, "mine"), "utf8")]).toEqual([["mine"], "mine"]);
  expect(readdirSync(join(sandbox.home, ".claude/skills"))).not.toContain("x");
});

it("a repository that wants a password ends at once on a terminal, too [R-THREAT-21]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
  const remote = await use.remote(sandbox);
  remote.fail("r.git", { kind: "status", status: 401 });
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
  const startedAt = Date.now();
  const { code, output } = await runInTerminal(sandbox, ["apply", "--retries", "0"], []);
  expect([code, output.includes("FETCH_AUTH"), Date.now() - startedAt < 15_000]).toEqual([1, true, true]);
  expect(output).not.toMatch(/Username|Password/u);
});

it.runIf(strace.isAvailable())("no process gets an address with credentials as an argument [R-THREAT-20]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
  const remote = await use.remote(sandbox);
  remote.fail("r.git", { kind: "credentials", user: "u5er", password: "s3cr3t" });
  const helper = join(sandbox.root, "helper");
  writeFileSync(helper, "#!/bin/sh\necho username=u5er; echo password=s3cr3t\n", { mode: 0o755 });
  writeFileSync(join(sandbox.home, ".gitconfig"), `[credential]\nhelper = ${helper}\n`);
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
  const log = join(sandbox.tmp, "log");
  const wrap = [...strace.wrap(log, "execve"), "-s", "100000", "-v"];
  expect((await sandbox.run(["apply"], { wrap })).code).toBe(0);
  const started = readFileSync(log, "utf8");
  expect([started.includes("execve("), started.includes("helper")]).toEqual([true, true]);
  expect(started).not.toMatch(/u5er|s3cr3t/u);
});
