import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gitEnvironment } from "../../src/git/environment.js";
import { fetchBlobs, fetchCommits } from "../../src/git/fetch.js";
import { listTrees } from "../../src/git/list-trees.js";
import { hasObject } from "../../src/git/local-repository.js";
import { forgetPromises, mirrorOf, openMirror } from "../../src/git/mirror.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { readBlobs } from "../../src/git/read-blobs.js";
import { resolveRefs, type RefAnswer } from "../../src/git/remote-refs.js";
import { runGit, type Git } from "../../src/git/run-git.js";
import type { RepositorySource } from "../../src/manifest/manifest.js";
import { gitText } from "../helpers/git-command.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { askerOf, gitWorld, sourceOf, unhurried } from "./git-world.js";

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
  const answer = onlyRef(await resolveRefs(askerOf(git), source, ["main"], options));
  const mirror = mirrorOf(storage, source);
  openMirror(mirror, "sha1");
  expect((await fetchCommits(git, mirror, source, [answer], options)).failures).toEqual(new Map());
  forgetPromises(mirror);
  expect(await hasObject(git, mirror.directory, answer.oid, options.signal)).toBe(true);
  const reader = new ObjectReader(git, mirror.directory, options.signal);
  const [listing] = await listTrees(reader, [{ commit: answer.commit, subpath: "." }], 100);
  const entries = listing !== undefined && "entries" in listing ? listing.entries : [];
  expect(listing).toMatchObject({ tree: await repository.revParse("main^{tree}") });
  const oids = entries.filter(({ mode }) => mode.startsWith("1")).map(({ oid }) => oid);
  expect(await fetchBlobs(git, mirror, source, oids, options)).toBe(true);
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

/** A `~/.gitconfig` in which everything that can name a program does. */
function hostileHome(home: string): void {
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
[uploadpack]
	packObjectsHook = ${canary("pack-objects")}
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
    GIT_CONFIG_GLOBAL: join(world, "evil-config"),
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

describe("gitEnvironment", () => {
  it("[R-GIT-01] hands on what the list names and what is set, and nothing else of the caller's", () => {
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
      { ...passed, NO_PROXY: "", GIT_DIR: "/g", AWS_SECRET_ACCESS_KEY: "s", NODE_OPTIONS: "--x", UNDEFINED: undefined },
      "https",
    );
    expect(result).toMatchObject(passed);
    const ours = Object.keys(result).filter((name) => !(name in passed));
    expect(ours.filter((name) => !/^(?:GIT_|SSH_ASKPASS|GCM_INTERACTIVE|LANG|LC_ALL|TZ)/u.test(name))).toEqual([]);
    expect(ours).not.toContain("GIT_DIR");
    expect(ours).not.toContain("NO_PROXY");
  });

  it.each(["https", "http", "ssh", "git", "file"] as const)(
    "[R-GIT-01] lets git speak %s and nothing else",
    (transport) => {
      expect(gitEnvironment({}, transport)["GIT_ALLOW_PROTOCOL"]).toBe(transport);
      const isolated = gitEnvironment({}, transport)["GIT_CONFIG_GLOBAL"];
      expect(isolated).toBe(transport === "file" ? "/dev/null" : undefined);
    },
  );

  it("[R-GIT-01] lets git speak to nobody, and read no configuration of the user's, when it only reads the mirror", () => {
    expect(gitEnvironment({ HOME: "/h" }, "none")).toMatchObject({
      GIT_ALLOW_PROTOCOL: "none",
      GIT_CONFIG_GLOBAL: "/dev/null",
    });
  });

  it("[R-GIT-01] counts its configuration right, the caller's settings last", () => {
    const result = gitEnvironment({ GIT_CONFIG_COUNT: "99", GIT_CONFIG_KEY_0: "core.fsmonitor" }, "https", [
      ["a.b", "1"],
      ["c.d", "2"],
    ]);
    const count = Number(result["GIT_CONFIG_COUNT"]);
    const keys = Array.from({ length: count }, (_, index) => result[`GIT_CONFIG_KEY_${index}`]);
    expect(keys.slice(-2)).toEqual(["a.b", "c.d"]);
    expect([result[`GIT_CONFIG_VALUE_${count - 1}`], result[`GIT_CONFIG_KEY_${count}`], new Set(keys).size]).toEqual([
      "2",
      undefined,
      count,
    ]);
    expect(keys).not.toContain(undefined);
  });

  it.each([
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.attributesFile", "/dev/null"],
    ["init.templateDir", ""],
    ["uploadpack.packObjectsHook", ""],
    ["core.alternateRefsCommand", ":"],
    ["submodule.recurse", "false"],
    ["transfer.bundleURI", "false"],
    ["transfer.fsckObjects", "true"],
    ["fetch.fsckObjects", "true"],
    ["protocol.version", "2"],
    ["safe.bareRepository", "explicit"],
    ["gc.auto", "0"],
  ])("[R-GIT-01] sets %s to %j, whatever else is said", (key, value) => {
    const result = gitEnvironment({}, "https");
    const index = Object.keys(result).find((name) => name.startsWith("GIT_CONFIG_KEY_") && result[name] === key);
    expect(result[index?.replace("_KEY_", "_VALUE_") ?? ""]).toBe(value);
  });

  it("[R-GIT-05] leaves nobody to ask", () => {
    expect(gitEnvironment({ SSH_ASKPASS: "/x", DISPLAY: ":0" }, "ssh")).toMatchObject({
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "",
      SSH_ASKPASS: "",
      SSH_ASKPASS_REQUIRE: "never",
      GCM_INTERACTIVE: "never",
    });
    expect(gitEnvironment({}, "ssh")["GIT_SSH_COMMAND"]).toContain("-oBatchMode=yes -oStrictHostKeyChecking=yes");
    expect(gitEnvironment({ DISPLAY: ":0" }, "ssh")).not.toHaveProperty("DISPLAY");
  });
});

describe("git under a hostile configuration and environment", () => {
  it.each(["http", "file"] as const)(
    "[R-GIT-01] executes nothing from init to cat-file, and reads what the repository holds, over %s",
    async (transport) => {
      const { git, home, storage } = gitWorld(world);
      hostileHome(home);
      const victim = join(world, "victim.git");
      const innocent = await createRepository(victim, { files: { a: "1" } });
      const before = readdirSync(victim, { recursive: true }).toSorted();
      writeFileSync(join(world, "evil-config"), `[core]\n\tfsmonitor = ${canary("evil-config")}\n`);
      const env = { ...hostileEnvironment(victim), ...git.host.env };
      const hostile: Git = { ...git, host: { ...git.host, env } };
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
    const { git, home } = gitWorld(world);
    hostileHome(home);
    http.fail("skills.git", { kind: "status", status: 401 });
    try {
      const asked = resolveRefs(askerOf(git), sourceOf(http.urlOf("skills.git")), [null], unhurried());
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
    ["ssh", "ssh://h/x"],
    ["git", "git://127.0.0.1:1/x"],
    ["an option", "--upload-pack=touch PWNED"],
    ["an ssh option", "ssh://-oProxyCommand=touch%20PWNED/x"],
    ["a helper nobody has", "evil::x"],
    ["fd", "fd::7"],
  ])("[R-GIT-01] refuses an address rewritten by `insteadOf` to %s", async (_, to) => {
    const { git, home } = gitWorld(world);
    const url = http.urlOf("skills.git");
    writeFileSync(
      join(home, ".gitconfig"),
      `[url ${JSON.stringify(to)}]\n\tinsteadOf = ${url}\n[protocol "ext"]\n\tallow = always\n[protocol "file"]\n\tallow = always\n`,
    );
    await expect(resolveRefs(askerOf(git), sourceOf(url), [null], unhurried())).rejects.toMatchObject({
      name: "EdenError",
    });
    expect(readdirSync(join(world, "empty"))).toEqual([]);
  });

  it("[R-GIT-01] follows the user's own rewriting to another server of the same kind", async () => {
    const { git, home } = gitWorld(world);
    writeFileSync(
      join(home, ".gitconfig"),
      `[url ${JSON.stringify(`${http.url}/`)}]\n\tinsteadOf = http://127.0.0.1:1/\n`,
    );
    const answer = onlyRef(
      await resolveRefs(askerOf(git), sourceOf("http://127.0.0.1:1/skills.git"), ["main"], unhurried()),
    );
    expect(answer.oid).toBe(await repository.revParse("main"));
  });

  it("[R-GIT-01] refuses an option that is not written out in full", async () => {
    const { git } = gitWorld(world);
    const { signal } = unhurried();
    await expect(runGit(git, { args: ["ls-remote", "--upload-p=touch PWNED", "."], signal })).rejects.toMatchObject({
      message: expect.stringContaining("disallowed abbreviated") as string,
    });
  });

  it("[R-GIT-01] shows git what is, and not what a replace ref says", async () => {
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
