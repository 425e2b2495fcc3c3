import {
  appendFileSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { gitText } from "../helpers/git-command.js";
import { createRepository } from "../helpers/git-repository.js";
import { CERTIFICATE, type HttpRemote } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { SkillReactor } from "../../src/index.js";
import type { RunResult } from "../helpers/cli-process.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { sshdAvailable, startSshRemote, type SshRemote } from "../helpers/ssh-remote.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A sandbox with one served repository, whose skill the manifest takes from `repo`. */
async function setUp(): Promise<{ sandbox: Sandbox; want(repo: string, ref?: string): void; dir: string }> {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("r") } });
  const want = (repo: string, ref?: string): void =>
    void sandbox.writeManifest(manifestOf([{ id: "r", repo, ...(ref !== undefined && { ref }) }]));
  return { sandbox, want, dir };
}

/** A file with these lines beneath the sandbox's root; returns its path. */
function writeFile(sandbox: Sandbox, path: string, text: string, mode = 0o644): string {
  const whole = join(sandbox.root, path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, text, { mode });
  return whole;
}

function problemOf(result: RunResult): { code: string; message: string; hint: string } {
  expect(result.code, result.stdout + result.stderr).toBe(1);
  return result.json().skills[0].diagnostics[0];
}

const rewriting = (from: string, to: string): string => `[url ${JSON.stringify(to)}]\n\tinsteadOf = ${from}\n`;

async function ssh(sandbox: Sandbox): Promise<SshRemote> {
  const remote = await startSshRemote({ root: join(sandbox.root, "served") });
  onTestFinished(async () => await remote.close());
  return remote;
}

describe("url.insteadOf [R-GIT-19]", () => {
  it.runIf(sshdAvailable())("leads an https address to ssh, in every command that asks", async () => {
    const { sandbox, want } = await setUp();
    const remote = await ssh(sandbox);
    want("https://git.invalid/acme/r.git");
    writeFile(sandbox, "home/.gitconfig", rewriting("https://git.invalid/acme/", remote.urlOf("")));
    for (const args of [["apply"], ["outdated"], ["update"], ["install", "https://git.invalid/acme/r.git", "--list"]]) {
      const result = await sandbox.run(args, { env: remote.env });
      expect(result.code, result.stdout + result.stderr).toBe(0);
    }
    expect(existsSync(join(sandbox.home, ".claude/skills/r/SKILL.md"))).toBe(true);
    expect(remote.sessions()).toBeGreaterThanOrEqual(4);
  });

  it("leads an ssh address to https with a token, which is shown nowhere", async () => {
    const { sandbox, want } = await setUp();
    const remote = await use.remote(sandbox, { tls: true });
    remote.fail("r.git", { kind: "credentials", user: "ci", password: "s3cr3t" });
    const to = remote.url.replace("https://", "https://ci:s3cr3t@");
    const env = { GIT_SSL_CAINFO: CERTIFICATE };
    const froms = ["git@git.invalid:acme/", "ssh://git@git.invalid/acme/", "gh:acme/"];
    writeFile(sandbox, "home/.gitconfig", froms.map((from) => rewriting(from, `${to}/`)).join(""));
    want("git@git.invalid:acme/r.git");
    const results = [await sandbox.run(["apply", "--json", "--verbose"], { env })];
    for (const from of froms)
      results.push(await sandbox.run(["install", `${from}r.git`, "--list", "--verbose"], { env }));
    for (const result of results) expect(result.code, result.stdout + result.stderr).toBe(0);
    const bad = await sandbox.run(["install", "gh:acme/r.git", "--list", "--verbose"]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("***@127.0.0.1") as string]);
    for (const result of [...results, bad]) expect(result.stdout + result.stderr).not.toContain("s3cr3t");
  });

  it("leads to no other transport, and the refusal names the setting", async () => {
    const { sandbox, want, dir } = await setUp();
    const remote = await use.remote(sandbox);
    for (const [from, to] of [
      ["https://git.invalid/acme/", `${remote.url}/`],
      ["git@git.invalid:acme/", `${remote.url}/`],
      ["https://git.invalid/acme/", `${join(dir, "..")}/`],
      ["gh:acme/", `file://${join(dir, "..")}/`],
      ["ssh://git@git.invalid/acme/", `ext::sh -c touch% ${sandbox.root}/CANARY% `],
      ["https://git.invalid/acme/", "git://127.0.0.1:1/"],
      [`file://${join(dir, "..")}/`, `${remote.url}/`],
      [`${remote.url}/`, "http://git.invalid/"],
    ] as const) {
      want(`${from}r.git`);
      writeFile(sandbox, "home/.gitconfig", `${rewriting(from, to)}[protocol "ext"]\nallow = always\n`);
      const { code, message } = problemOf(await sandbox.run(["apply", "--json", "--retries", "0"]));
      expect(code, `${from} ${to}`).toBe("POLICY_DENIED");
      expect(message).toContain(`url.${to}.insteadOf`);
    }
    const outdated = await sandbox.run(["outdated", "--json"]);
    expect([outdated.code, outdated.stdout]).toEqual([1, expect.stringContaining(".insteadOf")]);
    expect(existsSync(join(sandbox.root, "CANARY"))).toBe(false);
    expect(remote.traffic.log).toEqual([]);
  });

  it("is followed where the transport stays what it was: http on this machine, a local repository", async () => {
    const { sandbox, want, dir } = await setUp();
    const remote = await use.remote(sandbox);
    const served = `${join(dir, "..")}/`;
    for (const [from, to] of [
      ["http://localhost:1/", `${remote.url}/`],
      ["file:///nowhere/", `file://${served}`],
    ] as const) {
      want(`${from}r.git`);
      writeFile(sandbox, "home/.gitconfig", rewriting(from, to));
      const result = await sandbox.run(["apply"]);
      expect(result.code, result.stdout + result.stderr).toBe(0);
    }
  });

  it("takes the longest match, as git does, and a failure says where the address led [R-GIT-23]", async () => {
    const { sandbox, want } = await setUp();
    const remote = await use.remote(sandbox, { tls: true });
    want("https://git.invalid/acme/r.git");
    const lines =
      rewriting("https://git.invalid/", "http://127.0.0.1:1/") +
      rewriting("https://git.invalid/acme/", `${remote.url}/`);
    const env = { GIT_CONFIG_GLOBAL: writeFile(sandbox, "elsewhere/config", lines), GIT_SSL_CAINFO: CERTIFICATE };
    expect((await sandbox.run(["apply"], { env })).code).toBe(0);
    want("https://git.invalid/acme/absent.git");
    const { code, hint } = problemOf(await sandbox.run(["apply", "--json", "--retries", "0"], { env }));
    expect([code, hint]).toEqual(["FETCH_NOT_FOUND", expect.stringContaining(`${remote.url}/absent.git`) as string]);
  });

  it("may depend on the address that is asked (includeIf hasconfig)", async () => {
    const { sandbox, want } = await setUp();
    const remote = await use.remote(sandbox, { tls: true });
    want("https://git.invalid/acme/r.git");
    const rules = `${rewriting("https://git.invalid/acme/", `${remote.url}/`)}[http]\nsslCAInfo = ${CERTIFICATE}\n`;
    const included = writeFile(sandbox, "work.config", rules);
    writeFile(
      sandbox,
      "home/.gitconfig",
      `[includeIf "hasconfig:remote.*.url:https://git.invalid/acme/**"]\npath = ${included}\n`,
    );
    const result = await sandbox.run(["apply"]);
    expect(result.code, result.stdout + result.stderr).toBe(0);
  });
});

describe("what the owner forbids", () => {
  it("is forbidden here: protocol.allow [R-GIT-19]", async () => {
    const { sandbox, want } = await setUp();
    const remote = await use.remote(sandbox);
    want(`${remote.url}/r.git`);
    for (const section of ["[protocol]", '[protocol "http"]']) {
      const env = { GIT_CONFIG_SYSTEM: writeFile(sandbox, "system", `${section}\nallow = never\n`) };
      const { code, message } = problemOf(await sandbox.run(["apply", "--json"], { env }));
      expect([code, message]).toEqual(["POLICY_DENIED", expect.stringMatching(/^protocol\.(http\.)?allow = never/u)]);
    }
  });
});

/** What a credential helper may need of the session that it is started in. */
const SESSION = {
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1/bus",
  XDG_RUNTIME_DIR: "/run/user/1",
  GNUPGHOME: "/keys",
  KRB5CCNAME: "FILE:/tmp/krb5cc",
  ACME_TOKEN: "s3cr3t",
  DISPLAY: ":0",
};

describe("credentials [R-GIT-18]", () => {
  async function locked(): Promise<{ sandbox: Sandbox; remote: HttpRemote }> {
    const { sandbox, want } = await setUp();
    const remote = await use.remote(sandbox);
    remote.fail("r.git", { kind: "credentials", user: "me", password: "s3cr3t" });
    want(`${remote.url}/r.git`);
    return { sandbox, remote };
  }

  it("come from a helper of the system's configuration, with the session that it needs", async () => {
    const { sandbox, remote } = await locked();
    const tests = Object.entries(SESSION).map(([name, value]) => `[ "$${name}" = '${value}' ] || exit 0`);
    const script = ["#!/bin/sh", ...tests, 'echo username=me; echo "password=$ACME_TOKEN"', ""].join("\n");
    const helper = writeFile(sandbox, "helper", script, 0o755);
    const system = writeFile(sandbox, "system", `[credential]\nhelper = ${helper}\n`);
    const env = { ...SESSION, GIT_CONFIG_SYSTEM: system };
    for (const args of [["apply"], ["outdated"], ["update"], ["install", `${remote.url}/r.git`, "--list"], ["warm"]]) {
      const result = await sandbox.run(args, { env });
      expect(result.code, result.stdout + result.stderr).toBe(0);
    }
    for (const further of [{ EDEN_SKILLS_ISOLATED: "1" }, { GIT_CONFIG_NOSYSTEM: "1" }, { GNUPGHOME: "/other" }]) {
      const result = await sandbox.run(["outdated", "--json"], { env: { ...env, ...further } });
      expect([result.code, result.json().skills[0].status]).toEqual([1, "unreachable"]);
    }
  });

  it("are kept away from a run of the library that is isolated", async () => {
    const { sandbox } = await locked();
    const script = '#!/bin/sh\necho username=me; echo "password=$ACME_TOKEN"\n';
    const helper = writeFile(sandbox, "helper", script, 0o755);
    writeFile(sandbox, "home/.gitconfig", `[credential]\nhelper = ${helper}\n`);
    const host = { env: sandbox.environment(SESSION), home: sandbox.home, cwd: sandbox.project };
    const closed = await new SkillReactor({ host, isolated: true }).apply();
    expect(closed.skills[0]?.diagnostics[0]?.code).toBe("FETCH_AUTH");
    expect((await new SkillReactor({ host }).apply()).exit_code).toBe(0);
  });

  const extraHeader = `Authorization: Basic ${Buffer.from("me:s3cr3t").toString("base64")}`;

  it.each([
    ["the global configuration elsewhere", (file: string) => ({ GIT_CONFIG_GLOBAL: file })],
    ["XDG_CONFIG_HOME", (file: string) => ({ XDG_CONFIG_HOME: join(file, "../..") })],
    [
      "GIT_CONFIG_COUNT",
      () => ({ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "http.extraHeader", GIT_CONFIG_VALUE_0: extraHeader }),
    ],
    ["USERPROFILE, where HOME is missing", (file: string) => ({ HOME: "", USERPROFILE: join(file, "../../profile") })],
  ])("come from %s", async (_, envOf) => {
    const { sandbox } = await locked();
    const text = `[http]\nextraHeader = "${extraHeader}"\n`;
    const file = writeFile(sandbox, "xdg/git/config", text);
    writeFile(sandbox, "xdg/profile/.gitconfig", text);
    for (const args of [["apply"], ["outdated"]]) {
      const result = await sandbox.run([...args, "--config", sandbox.manifestPath], { env: envOf(file) });
      expect(result.code, result.stdout + result.stderr).toBe(0);
      expect(result.stdout + result.stderr).not.toContain(extraHeader);
    }
  });

  it("that a closed environment may have kept away are spoken of, and so is a program that would ask [R-GIT-23] [R-GIT-05]", async () => {
    const { sandbox } = await locked();
    const asking = writeFile(sandbox, "ask", `#!/bin/sh\ntouch ${sandbox.root}/CANARY\necho s3cr3t\n`, 0o755);
    const env = { GIT_ASKPASS: asking, DBUS_SESSION_BUS_ADDRESS: "unix:", GIT_CONFIG_PARAMETERS: "'a.b=c'" };
    const open = problemOf(await sandbox.run(["apply", "--json"], { env }));
    expect([open.code, open.hint]).toEqual([
      "FETCH_AUTH",
      expect.stringContaining("GIT_ASKPASS is not used") as string,
    ]);
    expect(open.hint).toContain("GIT_CONFIG_PARAMETERS");
    const closed = problemOf(await sandbox.run(["apply", "--json", "--isolated"], { env }));
    expect(closed.code).toBe("FETCH_AUTH");
    expect(closed.hint).toMatch(
      /--isolated keeps the system's git configuration, .*DBUS_SESSION_BUS_ADDRESS.* try without/u,
    );
    writeFile(sandbox, "home/.gitconfig", `[core]\naskPass = ${asking}\n`);
    expect(problemOf(await sandbox.run(["apply", "--json"])).hint).toContain("core.askPass is not used");
    expect(existsSync(join(sandbox.root, "CANARY"))).toBe(false);
  });
});

describe("certificates [R-GIT-18]", () => {
  it("are those of the owner's variables and of the system's configuration", async () => {
    const { sandbox } = await setUp();
    const remote = await use.remote(sandbox, { tls: true });
    const directory = join(sandbox.root, "ca");
    mkdirSync(directory);
    copyFileSync(CERTIFICATE, join(directory, "ca.pem"));
    const system = writeFile(sandbox, "system", `[http]\nsslCAInfo = ${CERTIFICATE}\n`);
    const list = async (env: Record<string, string>) =>
      await sandbox.run(["install", `${remote.url}/r.git`, "--list"], { env });
    expect((await list({})).code).toBe(1);
    for (const env of [
      { GIT_SSL_CAPATH: directory },
      { GIT_SSL_CAINFO: CERTIFICATE },
      { GIT_SSL_NO_VERIFY: "1" },
      { GIT_CONFIG_SYSTEM: system },
    ]) {
      const result = await list(env);
      expect(result.code, result.stdout + result.stderr).toBe(0);
    }
  });
});

describe.runIf(sshdAvailable())("the owner's ssh command [R-GIT-20]", () => {
  /** A program that notes how it was called and calls ssh. */
  function command(sandbox: Sandbox, name: string): string {
    const lines = `#!/bin/sh\necho "$@" >> ${sandbox.root}/${name}.log\necho "$JUMP_HOST" >> ${sandbox.root}/${name}.log\nexec ssh "$@"\n`;
    return writeFile(sandbox, name, lines, 0o755);
  }

  it("is used in place of ours: core.sshCommand, GIT_SSH_COMMAND, GIT_SSH, in git's own order", async () => {
    const { sandbox, want } = await setUp();
    const remote = await ssh(sandbox);
    want(remote.urlOf("r.git"));
    const [setting, whole, program] = ["setting", "whole", "program"].map((name) => command(sandbox, name)) as [
      string,
      string,
      string,
    ];
    const system = writeFile(sandbox, "system", `[core]\nsshCommand = ${setting} -oLogLevel=ERROR\n`);
    const log = (name: string): string => {
      const path = join(sandbox.root, `${name}.log`);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    const base = { ...remote.env, JUMP_HOST: "bastion" };
    for (const [name, env] of [
      ["program", { GIT_SSH: program }],
      ["setting", { GIT_SSH: "/nonexistent", GIT_CONFIG_SYSTEM: system }],
      ["whole", { GIT_CONFIG_SYSTEM: system, GIT_SSH_COMMAND: `${whole} -oLogLevel=ERROR` }],
    ] as const) {
      const result = await sandbox.run(["outdated"], { env: { ...base, ...env } });
      expect(result.code, result.stdout + result.stderr).toBe(0);
      expect(log(name)).toContain("bastion");
      expect(log(name)).not.toContain("BatchMode");
    }
    const sizes = ["setting", "whole", "program"].map((name) => log(name).length);
    const env = { ...base, GIT_CONFIG_SYSTEM: system, GIT_SSH_COMMAND: whole };
    expect((await sandbox.run(["apply", "--isolated"], { env })).code).toBe(0);
    expect(["setting", "whole", "program"].map((name) => log(name).length)).toEqual(sizes);
  });

  it("is spoken of when it fails, and when --isolated keeps it away [R-GIT-23]", async () => {
    const { sandbox, want } = await setUp();
    const remote = await ssh(sandbox);
    want(remote.urlOf("r.git"));
    remote.authorize(false);
    const hints = async (env: Record<string, string>, ...args: string[]): Promise<string> =>
      problemOf(await sandbox.run(["apply", "--json", ...args], { env: { ...remote.env, ...env } })).hint;
    expect(await hints({})).not.toContain("ssh is started");
    expect(await hints({ GIT_SSH_COMMAND: "ssh" })).toContain("ssh is started as GIT_SSH_COMMAND says.");
    writeFile(sandbox, "home/.gitconfig", "[core]\nsshCommand = ssh -oBatchMode=yes\n");
    expect(await hints({})).toContain("ssh is started as core.sshCommand says.");
    expect(await hints({ GIT_SSH_COMMAND: "x" }, "--isolated")).toMatch(
      /core\.sshCommand, GIT_SSH_COMMAND.* try without/u,
    );
  });
});

describe("a local repository", () => {
  it("is served with the owner's settings, and a hook among them is closed by --isolated alone [R-GIT-18]", async () => {
    const { sandbox, want, dir } = await setUp();
    const mark = join(sandbox.root, "CANARY");
    const hook = writeFile(sandbox, "hook", `#!/bin/sh\ntouch ${mark}\nexec "$@"\n`, 0o755);
    const env = { GIT_CONFIG_SYSTEM: writeFile(sandbox, "system", `[uploadpack]\npackObjectsHook = ${hook}\n`) };
    want(`file://${dir}`);
    expect((await sandbox.run(["apply", "--isolated"], { env })).code).toBe(0);
    expect(existsSync(mark)).toBe(false);
    want(dir, "main");
    await sandbox.run(["clean"]);
    rmSync(join(sandbox.storage, "mirrors"), { recursive: true });
    expect((await sandbox.run(["update"], { env })).code).toBe(0);
    expect(existsSync(mark)).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)(
    "of another user is trusted by safe.directory, as the hint says [R-GIT-21]",
    async () => {
      const { sandbox, want, dir } = await setUp();
      chownSync(dir, 65_534, 65_534);
      for (const [repo, ref] of [
        [`file://${dir}`, undefined],
        [dir, "main"],
      ] as const) {
        want(repo, ref);
        rmSync(join(sandbox.home, ".gitconfig"), { force: true });
        const { code, hint } = problemOf(await sandbox.run(["apply", "--json"]));
        expect(code).toBe("PERMISSION_DENIED");
        const command =
          /`git (config --global --add safe\.directory [^`]+)`/u.exec(hint)?.[1] ?? expect.unreachable(hint);
        await gitText(command.split(" "), {
          env: { HOME: sandbox.home, GIT_CONFIG_GLOBAL: join(sandbox.home, ".gitconfig") },
        });
        const closed = problemOf(await sandbox.run(["apply", "--json", "--isolated"]));
        expect([closed.code, closed.hint]).toEqual([
          code,
          expect.stringContaining("--isolated keeps the user's") as string,
        ]);
        for (const args of [["apply"], ["outdated"], ["update"]])
          expect((await sandbox.run(args)).code, args.join(" ")).toBe(0);
        expect((await sandbox.run(["remove", "r"])).code).toBe(0);
      }
    },
  );
});

describe("a project that holds the storage [R-GIT-22]", () => {
  it("has no say in how git runs: its own configuration is not the owner's", async () => {
    const { sandbox } = await setUp();
    const remote = await use.remote(sandbox);
    await gitText(["init", "--quiet", sandbox.project]);
    const config = join(sandbox.project, ".git/config");
    appendFileSync(config, rewriting(`${remote.url}/`, "http://127.0.0.1:1/"));
    const skill = { id: "r", repo: `${remote.url}/r.git`, ref: "main" };
    sandbox.writeManifest(manifestOf([skill], 'scope = "project"\n[storage]\nroot = ".eden/skills"'));
    for (const args of [["apply"], ["outdated"], ["apply", "--isolated"], ["outdated", "--isolated"]]) {
      const result = await sandbox.run(args);
      expect(result.code, result.stdout + result.stderr).toBe(0);
    }
  });
});
