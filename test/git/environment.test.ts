import type { Git } from "../../src/git/git.js";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gitEnvironment } from "../../src/git/environment.js";
import { fetchBlobs, fetchCommits } from "../../src/git/fetch.js";
import { listTrees } from "../../src/git/list-trees.js";
import { hasObject } from "../../src/git/mirror-objects.js";
import { mirrorOf, openMirror } from "../../src/git/mirror.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { readBlobs } from "../../src/git/read-blobs.js";
import { resolveRefs, type RefAnswer } from "../../src/git/remote-refs.js";
import { REMOTE, runGit } from "../../src/git/run-git.js";
import type { RepositorySource } from "../../src/manifest/document/manifest.js";
import { gitText } from "../helpers/git-command.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { remoteOf, gitWorld, withOwner, sourceOf, unhurried } from "./git-world.js";

const FILES = {
  "SKILL.md": "---\nname: x\ndescription: y\n---\n",
  ".gitattributes": "* filter=evil eol=crlf ident\n",
  ".gitmodules": '[submodule "s"]\n\tpath = s\n\turl = ./s\n',
  "scripts/run.sh": { content: "#!/bin/sh\n", executable: true },
};

let root: string;
let repository: Repository;
let http: HttpRemote;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-environment-"));
  repository = await createRepository(join(root, "srv/skills.git"), { files: FILES });
  http = await startHttpRemote({ root: join(root, "srv") });
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true });
});

let world: string;
let canaries: string;
beforeEach(() => {
  world = mkdtempSync(join(root, "world-"));
  canaries = join(world, "canaries");
  mkdirSync(canaries);
});
afterEach(() => rmSync(world, { recursive: true }));

/** Everything that our code ever asks of git, from nothing to contents. @returns the contents it read. */
async function everything(git: Git, storage: string, source: RepositorySource): Promise<string[]> {
  const options = unhurried();
  const answer = onlyRef(await resolveRefs(remoteOf(git, source, options), ["main"]));
  const mirror = mirrorOf(storage, source);
  openMirror(mirror, "sha1");
  expect((await fetchCommits(remoteOf(git, source, options), mirror, [answer], "whole")).failures).toEqual(new Map());
  expect(await hasObject(git, mirror.directory, answer.oid, options.signal)).toBe(true);
  const reader = new ObjectReader(git, mirror.directory, options.signal);
  const [listing] = await listTrees(reader, [{ commit: answer.commit, subpath: "." }], 100);
  const entries = listing !== undefined && "entries" in listing ? listing.entries : [];
  expect(listing).toMatchObject({ tree: await repository.revParse("main^{tree}") });
  const oids = entries.filter(({ mode }) => mode.startsWith("1")).map(({ oid }) => oid);
  expect(await fetchBlobs(remoteOf(git, source, options), mirror, oids)).toBe(true);
  const contents: string[] = [];
  const missing = await readBlobs(reader, oids, {
    accepts: () => true,
    take: (_, content) => void contents.push(content.toString()),
  });
  expect(missing).toEqual([]);
  await reader.close();
  return contents;
}

function onlyRef(answers: ReadonlyMap<string | null, RefAnswer>): { oid: string; commit: string } {
  const [answer] = [...answers.values()];
  return answer !== undefined && "oid" in answer ? answer : expect.unreachable("the ref was not found");
}

const CONTENTS = [FILES[".gitattributes"], FILES[".gitmodules"], FILES["SKILL.md"], "#!/bin/sh\n"].toSorted();

/** A program that leaves its name among the canaries. */
function canary(name: string): string {
  const path = join(world, `${name}.sh`);
  writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> ${join(canaries, name)}\nexit 0\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A `~/.gitconfig` in which everything that can name a program does. @param isServing also what a repository is served with. */
function hostileHome(home: string, isServing = true): void {
  const templates = join(world, "template");
  mkdirSync(join(templates, "hooks"), { recursive: true });
  mkdirSync(join(world, "hooks"));
  for (const hook of [
    "post-checkout",
    "pre-auto-gc",
    "reference-transaction",
    "post-index-change",
    "post-merge",
    "pre-receive",
    "update",
  ]) {
    writeFileSync(join(world, "hooks", hook), `#!/bin/sh\ntouch ${join(canaries, `hook-${hook}`)}\n`, { mode: 0o755 });
    writeFileSync(join(templates, "hooks", hook), `#!/bin/sh\ntouch ${join(canaries, `template-${hook}`)}\n`, {
      mode: 0o755,
    });
  }
  writeFileSync(join(world, "attributes"), "* filter=evil diff=evil\n");
  const config = `
[core]
	hooksPath = ${join(world, "hooks")}
	fsmonitor = ${canary("fsmonitor")}
	attributesFile = ${join(world, "attributes")}
	sshCommand = ${canary("ssh-command")}
	askPass = ${canary("ask-pass")}
	pager = ${canary("pager")}
	editor = ${canary("editor")}
	alternateRefsCommand = ${canary("alternate-refs")}
	autocrlf = true
[pager]
	ls-tree = ${canary("pager-ls-tree")}
	log = true
[init]
	templateDir = ${templates}
	defaultObjectFormat = sha256
[filter "evil"]
	smudge = ${canary("smudge")}
	clean = ${canary("clean")}
	process = ${canary("process")}
	required = true
[diff "evil"]
	textconv = ${canary("textconv")}
${isServing ? `[uploadpack]\n\tpackObjectsHook = ${canary("pack-objects")}` : ""}
[alias]
	fetch = !${canary("alias-fetch")}
	ls-remote = !${canary("alias-ls-remote")}
	ls-tree = !${canary("alias-ls-tree")}
	cat-file = !${canary("alias-cat-file")}
	init = !${canary("alias-init")}
[credential]
	helper = ${canary("credential")}
[protocol "ext"]
	allow = always
[gpg]
	program = ${canary("gpg")}
[fetch]
	recurseSubmodules = true
	writeCommitGraph = true
	fsckObjects = false
[transfer]
	fsckObjects = false
	bundleURI = true
[submodule]
	recurse = true
[maintenance]
	auto = true
[gc]
	auto = 1
	recentObjectsHook = ${canary("recent-objects")}
[log]
	showSignature = true
`;
  writeFileSync(join(home, ".gitconfig"), config);
}

/** An environment in which everything that git obeys says something hostile. */
function hostileEnvironment(victim: string): Record<string, string> {
  return {
    GIT_DIR: victim,
    GIT_WORK_TREE: victim,
    GIT_INDEX_FILE: join(victim, "evil-index"),
    GIT_OBJECT_DIRECTORY: join(victim, "objects"),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(victim, "objects"),
    GIT_COMMON_DIR: victim,
    GIT_NAMESPACE: "evil",
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: canary("count-fsmonitor"),
    GIT_CONFIG_KEY_1: "core.hooksPath",
    GIT_CONFIG_VALUE_1: join(world, "hooks"),
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${canary("parameters")}'`,
    GIT_CONFIG_SYSTEM: join(world, "evil-config"),
    GIT_EXEC_PATH: join(world, "bin"),
    GIT_TEMPLATE_DIR: join(world, "template"),
    GIT_SSH: canary("git-ssh"),
    GIT_SSH_COMMAND: canary("git-ssh-command"),
    GIT_ASKPASS: canary("git-askpass"),
    SSH_ASKPASS: canary("ssh-askpass"),
    GIT_PROXY_COMMAND: canary("proxy"),
    GIT_EXTERNAL_DIFF: canary("external-diff"),
    GIT_PAGER: canary("git-pager"),
    PAGER: canary("env-pager"),
    GIT_EDITOR: canary("git-editor"),
    GIT_TRACE: join(canaries, "trace"),
    GIT_TRACE2: join(canaries, "trace2"),
    GIT_TRACE_CURL: join(canaries, "trace-curl"),
    GIT_TRACE_PACKET: join(canaries, "trace-packet"),
    GIT_ALLOW_PROTOCOL: "ext:file",
    GIT_NO_REPLACE_OBJECTS: "",
    GIT_SSL_NO_VERIFY: "1",
    GIT_REDIRECT_STDOUT: join(canaries, "redirect"),
    LD_PRELOAD: join(world, "evil.so"),
    LANGUAGE: "de",
    LC_ALL: "de_DE.UTF-8",
  };
}

const CLOSED = { EDEN_SKILLS_ISOLATED: "1" };

describe("gitEnvironment", () => {
  it("[R-GIT-01] hands on the caller's environment, without what a surrounding git left in it", () => {
    const own = {
      PATH: "/bin",
      HOME: "/h",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/x",
      GIT_SSL_CAPATH: "/c",
      AWS_SECRET_ACCESS_KEY: "s",
      no_proxy: "",
    };
    const left = { GIT_DIR: "/g", GIT_INDEX_FILE: "/i", GIT_TRACE: "1", GIT_TRACE2_EVENT: "/t", UNDEFINED: undefined };
    const result = gitEnvironment({ ...own, ...left }, { transport: "https" });
    expect(result).toMatchObject(own);
    const ours = Object.keys(result).filter((name) => !(name in own));
    expect(ours.filter((name) => !/^(?:GIT_|SSH_ASKPASS|GCM_INTERACTIVE|LANG|LC_ALL)/u.test(name))).toEqual([]);
    for (const name of Object.keys(left)) expect(ours).not.toContain(name);
  });

  it("[R-GIT-18] hands on what a list names, and nothing else of the caller's, when it is isolated", () => {
    const passed = {
      PATH: "/bin",
      HOME: "/h",
      SSH_AUTH_SOCK: "/s",
      HTTPS_PROXY: "http://p",
      https_proxy: "http://q",
      SSL_CERT_FILE: "/c",
      XDG_CONFIG_HOME: "/x",
    };
    const result = gitEnvironment(
      { ...CLOSED, ...passed, NO_PROXY: "", GIT_DIR: "/g", AWS_SECRET_ACCESS_KEY: "s", GIT_SSH_COMMAND: "x" },
      { transport: "https" },
    );
    expect(result).toMatchObject({ ...passed, GIT_CONFIG_NOSYSTEM: "1" });
    const ours = Object.keys(result).filter((name) => !(name in passed));
    expect(ours.filter((name) => !/^(?:GIT_|SSH_ASKPASS|GCM_INTERACTIVE|LANG|LC_ALL|TZ)/u.test(name))).toEqual([]);
    for (const name of ["GIT_DIR", "NO_PROXY", "EDEN_SKILLS_ISOLATED"]) expect(ours).not.toContain(name);
    expect(result["GIT_SSH_COMMAND"]).toContain("BatchMode");
  });

  it.each(["https", "http", "ssh", "git", "file"])("[R-GIT-01] lets git speak %s and nothing else", (transport) => {
    expect(gitEnvironment({}, { transport })["GIT_ALLOW_PROTOCOL"]).toBe(transport);
    expect(gitEnvironment({}, { transport })).not.toHaveProperty("GIT_CONFIG_GLOBAL");
    const closed = gitEnvironment(CLOSED, { transport })["GIT_CONFIG_GLOBAL"];
    expect(closed).toBe(transport === "file" ? "/dev/null" : undefined);
  });

  it("[R-GIT-01] lets git use no transport when it only reads the mirror", () => {
    expect(gitEnvironment({ HOME: "/h" })["GIT_ALLOW_PROTOCOL"]).toBe("none");
    expect(gitEnvironment({ ...CLOSED, HOME: "/h" })).toMatchObject({
      GIT_ALLOW_PROTOCOL: "none",
      GIT_CONFIG_GLOBAL: "/dev/null",
    });
  });

  const settingsOf = (env: Record<string, string>) =>
    Array.from({ length: Number(env["GIT_CONFIG_COUNT"]) }, (_, index) => [
      env[`GIT_CONFIG_KEY_${index}`],
      env[`GIT_CONFIG_VALUE_${index}`],
    ]);

  it("[R-GIT-01] puts its settings behind the owner's, and those of the call last", () => {
    const own = { GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: "core.fsmonitor", GIT_CONFIG_VALUE_0: "x" };
    const result = gitEnvironment(
      { ...own, GIT_CONFIG_KEY_1: "user.name", GIT_CONFIG_VALUE_1: "", GIT_CONFIG_KEY_2: "not.counted" },
      {
        settings: [
          ["a.b", "1"],
          ["c.d", "2"],
        ],
      },
    );
    const settings = settingsOf(result);
    expect(settings.slice(0, 2)).toEqual([
      ["core.fsmonitor", "x"],
      ["user.name", ""],
    ]);
    expect(settings.slice(-2)).toEqual([
      ["a.b", "1"],
      ["c.d", "2"],
    ]);
    expect(settings.findLast(([key]) => key === "core.fsmonitor")).toEqual(["core.fsmonitor", "false"]);
    expect(settings.flat()).not.toContain(undefined);
    expect(result).not.toHaveProperty(`GIT_CONFIG_KEY_${settings.length}`);
  });

  it.each(["many", "-1", "1e3", "99999999", ""])("[R-GIT-01] takes a count of %j for none", (count) => {
    const result = gitEnvironment({ GIT_CONFIG_COUNT: count, GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_VALUE_0: "x" });
    expect(settingsOf(result)[0]).toEqual(["core.hooksPath", "/dev/null"]);
  });

  it("[R-GIT-01] leaves out a pair that is not complete, which git would refuse", () => {
    const env = { GIT_CONFIG_COUNT: "3", GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_KEY_2: "c.d", GIT_CONFIG_VALUE_2: "2" };
    expect(settingsOf(gitEnvironment(env))[0]).toEqual(["c.d", "2"]);
  });

  it.each([
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.attributesFile", "/dev/null"],
    ["init.templateDir", ""],
    ["core.alternateRefsCommand", ":"],
    ["submodule.recurse", "false"],
    ["transfer.bundleURI", "false"],
    ["transfer.fsckObjects", "true"],
    ["fetch.fsckObjects", "true"],
    ["safe.bareRepository", "explicit"],
    ["gc.auto", "0"],
  ])("[R-GIT-01] sets %s to %j, whatever else is said", (key, value) => {
    for (const env of [{}, CLOSED]) {
      const settings = settingsOf(gitEnvironment(env, { transport: "https" }));
      expect(settings.findLast(([name]) => name === key)).toEqual([key, value]);
    }
  });

  it("[R-GIT-05] leaves no one to ask", () => {
    const asking = { SSH_ASKPASS: "/x", GIT_ASKPASS: "/y", GIT_TERMINAL_PROMPT: "1", DISPLAY: ":0" };
    for (const env of [asking, { ...asking, ...CLOSED }])
      expect(gitEnvironment(env, { transport: "ssh" })).toMatchObject({
        GIT_TERMINAL_PROMPT: "0",
        GIT_ASKPASS: "",
        SSH_ASKPASS: "",
        SSH_ASKPASS_REQUIRE: "never",
        GCM_INTERACTIVE: "never",
        GIT_SSH_COMMAND: expect.stringContaining("-oBatchMode=yes -oStrictHostKeyChecking=yes") as string,
      });
    expect(gitEnvironment({ ...asking, ...CLOSED })).not.toHaveProperty("DISPLAY");
  });

  it.each([
    [{ GIT_SSH_COMMAND: "mine" }, {}, "mine"],
    [{ GIT_SSH: "/mine" }, {}, undefined],
    [{}, { hasSshCommand: true }, undefined],
    [{ GIT_SSH_COMMAND: "" }, { hasSshCommand: true }, undefined],
  ])("[R-GIT-01] leaves ssh to the owner's command: %j %j", (env: Record<string, string>, rights, expected) => {
    const result = gitEnvironment({ ...env, GIT_SSH_VARIANT: "plink" }, { transport: "ssh", ...rights });
    expect([result["GIT_SSH_COMMAND"], result["GIT_SSH_VARIANT"], result["GIT_SSH"]]).toEqual([
      expected,
      "plink",
      env["GIT_SSH"],
    ]);
    const closed = gitEnvironment({ ...env, ...CLOSED }, { transport: "ssh", ...rights });
    expect(closed["GIT_SSH_COMMAND"]).toContain("BatchMode");
    expect(closed).not.toHaveProperty("GIT_SSH");
  });

  it.each([{}, CLOSED])("[R-GIT-01] gives git USERPROFILE as its home where HOME is missing (%j)", (base) => {
    expect(gitEnvironment({ ...base, USERPROFILE: "/u" })["HOME"]).toBe("/u");
    expect(gitEnvironment({ ...base, HOME: "", USERPROFILE: "/u" })["HOME"]).toBe("/u");
    expect(gitEnvironment({ ...base, HOME: "/h", USERPROFILE: "/u" })["HOME"]).toBe("/h");
  });

  it.each([
    ["1", true],
    ["yes", true],
    ["", false],
    ["0", false],
    ["false", false],
  ])("[R-GIT-18] takes EDEN_SKILLS_ISOLATED=%s for %s", (value, closed) => {
    const result = gitEnvironment({ EDEN_SKILLS_ISOLATED: value, SECRET: "s" });
    expect(result["SECRET"]).toBe(closed ? undefined : "s");
  });
});

describe("git under a hostile configuration and environment", () => {
  it.each([
    ["http", {}],
    ["file", {}],
    ["http", CLOSED],
    ["file", CLOSED],
  ] as const)(
    "[R-GIT-01] [R-GIT-18] executes nothing from init to cat-file, and reads what the repository holds, over %s (%j)",
    async (transport, isolation) => {
      const { git, home, storage } = gitWorld(world);
      hostileHome(home, isolation === CLOSED);
      const victim = join(world, "victim.git");
      const innocent = await createRepository(victim, { files: { a: "1" } });
      const before = readdirSync(victim, { recursive: true }).toSorted();
      writeFileSync(join(world, "evil-config"), `[core]\n\tfsmonitor = ${canary("evil-config")}\n`);
      const env = { ...hostileEnvironment(victim), ...git.host.env, ...isolation };
      const hostile = await withOwner({ ...git, host: { ...git.host, env } });
      const source = transport === "http" ? sourceOf(http.urlOf("skills.git")) : sourceOf(repository.dir);
      expect((await everything(hostile, storage, source)).toSorted()).toEqual(CONTENTS);
      expect(readdirSync(canaries)).toEqual([]);
      expect(readdirSync(victim, { recursive: true }).toSorted()).toEqual(before);
      await innocent.git(["fsck", "--strict"]);
      const mirror = mirrorOf(storage, source).directory;
      expect(readdirSync(mirror)).not.toContain("hooks");
      expect(await gitText(["--git-dir", mirror, "config", "--local", "--list"])).not.toContain("url");
    },
  );

  it("[R-GIT-01] the canaries do sing when git is asked without our environment", async () => {
    const { home } = gitWorld(world);
    hostileHome(home);
    const own = { HOME: home, GIT_CONFIG_GLOBAL: join(home, ".gitconfig") };
    await gitText(["init", "--quiet", "--object-format=sha1", join(world, "naive")], { env: own });
    await gitText(["-C", join(world, "naive"), "status"], { env: own });
    // The program in place of pack-objects sends no pack, so this fails; by then it has run.
    await expect(
      gitText(["-C", join(world, "naive"), "fetch", "--quiet", repository.dir, "main"], { env: own }),
    ).rejects.toThrow("bad pack header");
    expect(readdirSync(canaries)).toEqual(expect.arrayContaining(["fsmonitor", "pack-objects"]));
  });

  it("[R-GIT-05] asks the user's own credential helper when a server wants to know, and nobody else", async () => {
    const { git: bare, home } = gitWorld(world);
    hostileHome(home);
    const git = await withOwner({
      ...bare,
      host: { ...bare.host, env: { ...bare.host.env, GIT_ASKPASS: canary("ask") } },
    });
    http.fail("skills.git", { kind: "status", status: 401 });
    try {
      const asked = resolveRefs(remoteOf(git, sourceOf(http.urlOf("skills.git"))), [null]);
      await expect(asked).rejects.toMatchObject({ code: "FETCH_AUTH" });
      expect(readdirSync(canaries)).toEqual(["credential"]);
    } finally {
      http.heal();
    }
  });

  it.each([
    ["ext::", `ext::sh -c "touch PWNED"`],
    ["a path", "/etc"],
    ["file", "file:///etc"],
    ["git", "git://127.0.0.1:1/x"],
    ["ssh and a program", "ssh://-oProxyCommand=touch%20PWNED/x"],
    ["an option", "--upload-pack=touch PWNED"],
    ["a helper nobody has", "evil::x"],
    ["fd", "fd::7"],
  ])("[R-GIT-01] refuses an address rewritten by `insteadOf` to %s", async (_, to) => {
    const { git, home } = gitWorld(world);
    const url = http.urlOf("skills.git");
    writeFileSync(
      join(home, ".gitconfig"),
      `[url ${JSON.stringify(to)}]\n\tinsteadOf = ${url}\n[protocol "ext"]\n\tallow = always\n[protocol "file"]\n\tallow = always\n`,
    );
    const { env } = git.host;
    for (const host of [git.host, { ...git.host, env: { ...env, ...CLOSED } }])
      await expect(
        resolveRefs(remoteOf(await withOwner({ ...git, host }), sourceOf(url)), [null]),
      ).rejects.toMatchObject({ code: "POLICY_DENIED" });
    // Were our reckoning wrong, git itself would still be allowed no other transport.
    const call = { args: ["ls-remote", REMOTE], remote: sourceOf(url), ...unhurried() };
    await expect(runGit(git, call)).rejects.toMatchObject({ name: "EdenError" });
    expect(readdirSync(join(world, "empty"))).toEqual([]);
  });

  it("[R-GIT-01] follows the user's own rewriting to another server of the same kind", async () => {
    const { git, home } = gitWorld(world);
    writeFileSync(
      join(home, ".gitconfig"),
      `[url ${JSON.stringify(`${http.url}/`)}]\n\tinsteadOf = http://127.0.0.1:1/\n`,
    );
    const answer = onlyRef(
      await resolveRefs(remoteOf(await withOwner(git), sourceOf("http://127.0.0.1:1/skills.git")), ["main"]),
    );
    expect(answer.oid).toBe(await repository.revParse("main"));
  });

  it("[R-GIT-01] refuses an option that is not written out in full [R-THREAT-04]", async () => {
    const { git } = gitWorld(world);
    const { signal } = unhurried();
    await expect(runGit(git, { args: ["ls-remote", "--upload-p=touch PWNED", "."], signal })).rejects.toMatchObject({
      message: expect.stringContaining("disallowed abbreviated") as string,
    });
  });

  it("[R-GIT-01] shows git what is, and not what a replace ref says [R-THREAT-70]", async () => {
    const other = await createRepository(join(world, "replaced.git"), { files: { a: "true" } });
    const oid = await other.revParse("main:a");
    const fake = await other.git(["hash-object", "-w", "--stdin"], "fake");
    await other.git(["replace", oid, fake]);
    expect(await other.git(["cat-file", "blob", oid])).toBe("fake");
    const { git } = gitWorld(world);
    const contents: string[] = [];
    const reader = new ObjectReader(git, other.gitDir, unhurried().signal);
    await readBlobs(reader, [oid], {
      accepts: () => true,
      take: (_, content) => void contents.push(content.toString()),
    });
    await reader.close();
    expect(contents).toEqual(["true"]);
  });
});
