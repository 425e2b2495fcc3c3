import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository } from "../helpers/git-repository.js";
import { commitTree, writeObject, writeTree } from "../helpers/hostile-tree.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { namesIn } from "../helpers/tree.js";
import { noise } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/* Promises that were broken once when the program was attacked. */

const use = useSandbox();

describe("the user's own work", () => {
  it("that appears at a target while a copy is being written is kept [R-PLAN-02] [R-PLAN-07]", async () => {
    const { sandbox, root, copying } = await largeCopy();
    const run = sandbox.spawn(["apply"]);
    await copying();
    mkdirSync(join(root, "x"));
    writeFileSync(join(root, "x/mine"), "precious");
    await run.finished;
    expect(kept(sandbox, root, "mine", "precious")).toBe(true);
  });

  it("that is written into a copy while its successor is being copied is kept [R-PLAN-02] [R-PLAN-07]", async () => {
    const { sandbox, root, copying, repository } = await largeCopy();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { new: "1" } });
    rmSync(sandbox.lockfilePath);
    const run = sandbox.spawn(["apply"]);
    await copying();
    writeFileSync(join(root, "x/SKILL.md"), "edited");
    await run.finished;
    expect(kept(sandbox, root, "SKILL.md", "edited")).toBe(true);
  });
});

describe("a lockfile made by hand", () => {
  it.each(["symlink", "copy"] as const)(
    "does not remove a %s that another manifest installed [R-LOCK-08] [R-SEC-07]",
    async (mode) => {
      const { sandbox, target } = await installedByOther(mode);
      sandbox.writeManifest("version = 1\nskills = []\n");
      copyFileSync(join(sandbox.home, ".eden-skills/skills.lock"), sandbox.lockfilePath);
      await sandbox.run(["apply"]);
      expect(existsSync(target)).toBe(true);
    },
  );

  it("does not make another manifest's skill ours to replace [R-LOCK-08] [R-SEC-07]", async () => {
    const { sandbox, target, url } = await installedByOther("symlink");
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/evil.git` }]));
    copyFileSync(join(sandbox.home, ".eden-skills/skills.lock"), sandbox.lockfilePath);
    expect((await sandbox.run(["apply"])).code).toBe(3);
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe(skillText("x"));
  });

  it("does not lead a removal into the store [R-LOCK-08] [R-SEC-07]", async () => {
    const { sandbox, target } = await installedByOther("symlink");
    const lock = readFileSync(join(sandbox.home, ".eden-skills/skills.lock"), "utf8");
    const tree = /tree = "(\w+)"/u.exec(lock)?.[1] ?? "";
    sandbox.writeManifest("version = 1\nskills = []\n");
    const path = `path = "~/.eden-skills/skills/store/${tree}/x"`;
    writeFileSync(sandbox.lockfilePath, lock.replace(/path = ".*?"/u, path).replace('"symlink"', '"copy"'));
    await sandbox.run(["apply"]);
    expect(existsSync(join(target, "SKILL.md"))).toBe(true);
  });

  it("that is a link to a device keeps nobody waiting [R-LOCK-08]", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest("version = 1\nskills = []\n");
    symlinkSync("/dev/zero", sandbox.lockfilePath);
    expect((await sandbox.run(["list"], { timeoutMs: 1500 })).code).toBe(0);
  });
});

describe("a link in the way", () => {
  it("that is put in place of a project's target directory during a run leads no write outside [R-INSTALL-04] [R-THREAT-38]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.project, "src"));
    writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
    const skills = Array.from({ length: 100 }, (_, n) => ({
      id: `x${n}`,
      repo: "./src",
      mode: n % 2 === 0 ? ("symlink" as const) : ("copy" as const),
    }));
    sandbox.writeManifest(manifestOf(skills, 'scope = "project"'));
    const outside = join(sandbox.root, "outside");
    mkdirSync(outside);
    const directory = join(sandbox.project, ".claude");
    mkdirSync(join(directory, "skills"), { recursive: true });
    symlinkSync(outside, join(directory, "link"));
    const exchange = `import ctypes,sys,time\nc=ctypes.CDLL(None).renameat2\na,b=[(sys.argv[1]+n).encode() for n in("/skills","/link")]\nwhile 1:c(-100,a,-100,b,2);time.sleep(0)`;
    const child = spawn("python3", ["-c", exchange, directory], { stdio: "ignore" });
    try {
      for (let round = 0; round < 2; round++) await sandbox.run(["apply"]);
    } finally {
      child.kill("SIGKILL");
    }
    expect(await namesIn(outside)).toEqual([]);
  });

  it("does not lead a removal out of the project [R-INSTALL-04] [R-SEC-07] [R-THREAT-31]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x") });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git`, mode: "copy" }], 'scope = "project"'));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const elsewhere = join(sandbox.root, "elsewhere");
    renameSync(join(sandbox.project, ".claude/skills"), elsewhere);
    symlinkSync(elsewhere, join(sandbox.project, ".claude/skills"));
    sandbox.writeManifest("version = 1\nskills = []\n");
    await sandbox.run(["apply"]);
    expect(await namesIn(elsewhere)).toEqual(["x"]);
  });

  it("does not hide that a target lies in ~/.ssh [R-SEC-07] [R-THREAT-30]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".ssh"));
    symlinkSync(join(sandbox.home, ".ssh"), join(sandbox.project, "tools"));
    customTarget(sandbox, "./tools");
    await sandbox.run(["apply"]);
    expect(await namesIn(join(sandbox.home, ".ssh"))).toEqual([]);
  });
});

describe("a home directory that is written with a slash at its end", () => {
  it("is still refused as a target [R-SEC-07]", async () => {
    const sandbox = use.sandbox();
    customTarget(sandbox, "~");
    expect((await sandbox.run(["apply"], { env: { HOME: `${sandbox.home}/` } })).code).toBe(2);
  });
});

describe("an embedded repository", () => {
  it("in two halves, joined by a commondir file, is refused [R-STORE-04] [R-THREAT-17]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, {
      "SKILL.md": skillText("x"),
      "a/HEAD": "ref: refs/heads/main\n",
      "a/commondir": "../b\n",
      "b/config": '[core]\nrepositoryformatversion = 0\npager = "touch /tmp/PWNED"\n',
      "b/objects/k": "k",
      "b/refs/k": "k",
    });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    expect(diagnosticsOf(await sandbox.run(["apply", "--json"]))).toEqual(["SKILL_UNSAFE"]);
  });

  it.each([
    ["an embedded repository", ["x/HEAD", "x/objects/k", "x/refs/k"]],
    ["two directories of one name", ["A/x", "a/y"]],
  ])("or else %s in a copied local directory is refused [R-STORE-04]", async (_, files) => {
    const sandbox = use.sandbox();
    for (const file of [...files, "SKILL.md"]) {
      mkdirSync(join(sandbox.project, "src", file, ".."), { recursive: true });
      writeFileSync(join(sandbox.project, "src", file), skillText("x"));
    }
    sandbox.writeManifest(manifestOf([{ id: "x", repo: "./src", mode: "copy" }]));
    expect(diagnosticsOf(await sandbox.run(["apply", "--json"]))).toEqual(["SKILL_UNSAFE"]);
  });
});

describe("a skill", () => {
  it.each([["with a link of 8,000 bytes", "120000", "l", `${"./".repeat(4000)}SKILL.md`]])(
    "%s fails alone, as unsafe [R-STORE-04] [R-REACTOR-05]",
    async (_, mode, name, text) => {
      const sandbox = use.sandbox();
      await evilAndGood(sandbox, mode, name, text);
      const { url } = await use.remote(sandbox);
      sandbox.writeManifest(manifestOf(["evil", "good"].map((id) => ({ id, repo: `${url}/r.git`, subpath: id }))));
      const [evil, good] = (await sandbox.run(["apply", "--json"])).json().skills;
      expect([evil.diagnostics[0].code, good.status]).toEqual(["SKILL_UNSAFE", "installed"]);
    },
  );

  it("of an old repository, with a file of mode 100664, is installed [R-STORE-01]", async () => {
    const sandbox = use.sandbox();
    await evilAndGood(sandbox, "100664", "l", "text");
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "evil", repo: `${url}/r.git`, subpath: "evil" }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("with names that are one name to a file system that folds case is refused [R-STORE-04] [R-THREAT-33] [R-FAULT-39]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x"), "strasse.md": "", "stra\u00dfe.md": "" });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    expect(diagnosticsOf(await sandbox.run(["apply", "--json"]))).toEqual(["SKILL_UNSAFE"]);
  });
});

describe("what a server says", () => {
  it("does not stop the program for seconds, and is cut to a length [R-SEC-05]", async () => {
    const sandbox = use.sandbox();
    const url = await saying(`error in object a: ${"a".repeat(64_000)}\n`);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect([result.elapsedMs < 2500, result.stdout.length < 20_000]).toEqual([true, true]);
  });

  it("is not taken for a fault of this machine [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    const url = await saying("No space left on device\nToo many open files\n");
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    const [code] = diagnosticsOf(await sandbox.run(["apply", "--json", "--retries", "0"]));
    expect(["DISK_FULL", "DESCRIPTORS_EXHAUSTED"]).not.toContain(code);
  });

  it("is no command to a build server of Azure either [R-SEC-06] [R-THREAT-66]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x"), "##vso[task.complete result=Failed]": { symlink: "/x" } });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    const result = await sandbox.run(["apply"], { env: { TF_BUILD: "True" } });
    expect(result.stdout + result.stderr).not.toContain("##vso[");
  });
});

describe("a remote named eden in ~/.gitconfig", () => {
  it("does not change where a skill comes from [R-SEC-04]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x") });
    await createRepository(join(sandbox.root, "served/evil.git"), { files: { "SKILL.md": skillText("x", "EVIL") } });
    const { url } = await use.remote(sandbox);
    writeFileSync(join(sandbox.home, ".gitconfig"), `[remote "eden"]\nurl = ${url}/evil.git\n`);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    await sandbox.run(["apply"]);
    expect(readFileSync(join(sandbox.home, ".claude/skills/x/SKILL.md"), "utf8")).not.toContain("EVIL");
  });
});

describe("a mistyped address with a password", () => {
  it.each(["https:/u:s3cr3t@h/x", "//u:s3cr3t@h/x"])("is refused without showing it: %s [R-SEC-04]", async (repo) => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(manifestOf([{ id: "x", repo }]));
    const result = await sandbox.run(["apply", "--offline"]);
    expect([result.code, (result.stdout + result.stderr).includes("s3cr3t")]).toEqual([2, false]);
  });
});

describe("what is damaged in the storage", () => {
  const harm: Record<string, (mirror: string) => void> = {
    "HEAD is empty": (mirror) => truncateSync(join(mirror, "HEAD")),
    "config is no configuration": (mirror) => writeFileSync(join(mirror, "config"), "[core\n"),
    "shallow is nonsense": (mirror) => writeFileSync(join(mirror, "shallow"), "xyz\n"),
    "refs is gone": (mirror) => rmSync(join(mirror, "refs"), { recursive: true }),
    "its packs are empty": (mirror) => {
      for (const name of readdirSync(join(mirror, "objects/pack")).filter((pack) => pack.endsWith(".pack"))) {
        rmSync(join(mirror, "objects/pack", name));
        writeFileSync(join(mirror, "objects/pack", name), "");
      }
    },
    "a marker lacks a part": (mirror) => {
      const store = join(mirror, "../../store");
      for (const name of readdirSync(store).filter((marker) => marker.endsWith(".json"))) {
        const path = join(store, name);
        writeFileSync(path, readFileSync(path, "utf8").replace('"skillProblem"', '"other"'));
      }
    },
  };
  it.each(Object.keys(harm))("heals by itself when %s [R-GIT-10]", async (name) => {
    const sandbox = use.sandbox();
    await served(sandbox, { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") });
    const { url } = await use.remote(sandbox);
    const manifest = (ids: string[]) => manifestOf(ids.map((id) => ({ id, repo: `${url}/r.git`, subpath: id })));
    sandbox.writeManifest(manifest(["a"]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const mirrors = join(sandbox.storage, "mirrors");
    harm[name]?.(join(mirrors, readdirSync(mirrors).find((entry) => !entry.endsWith(".json")) ?? ""));
    sandbox.writeManifest(manifest(["a", "b"]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });
});

describe("one target", () => {
  it("whose directory holds a file of 3 GB stops no other [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x") });
    const { url } = await use.remote(sandbox);
    const repo = `${url}/r.git`;
    sandbox.writeManifest(
      manifestOf([
        { id: "bad", repo, mode: "copy" },
        { id: "good", repo, agents: ["codex"] },
      ]),
    );
    expect((await sandbox.run(["apply", "bad"])).code).toBe(0);
    const big = join(sandbox.home, ".claude/skills/bad/big");
    writeFileSync(big, "");
    truncateSync(big, 3 * 2 ** 30);
    const [, good] = (await sandbox.run(["apply", "--json"])).json().skills;
    expect(good.status).toBe("installed");
  });
});

describe.runIf(canMount())("a storage", () => {
  it("that ran full is not kept full by what a failed fetch left there [R-SYSTEM-05] [R-GIT-10] [R-FAULT-09]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, {
      "SKILL.md": skillText("x"),
      ...Object.fromEntries([..."abcdefgh"].map((name, n) => [name, noise(name, 700_000 + n)])),
    });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    mkdirSync(sandbox.storage, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", sandbox.storage]);
    try {
      expect(diagnosticsOf(await sandbox.run(["apply", "--json"]))).toEqual(["DISK_FULL"]);
      expect(execFileSync("find", [sandbox.storage, "-name", "tmp_pack*"]).toString()).toBe("");
    } finally {
      execFileSync("umount", ["-l", sandbox.storage]);
    }
  });

  it("on a read-only file system is said to be that [R-SYSTEM-05] [R-FAULT-12]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, { "SKILL.md": skillText("x") });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    rmSync(join(sandbox.home, ".claude"), { recursive: true });
    execFileSync("mount", ["--bind", sandbox.home, sandbox.home]);
    try {
      execFileSync("mount", ["-o", "remount,bind,ro", sandbox.home]);
      for (const args of [["plan"], ["list"], ["doctor"]]) expect((await sandbox.run(args)).code).toBe(0);
      const result = await sandbox.run(["apply"]);
      expect([result.code, result.stdout]).toEqual([1, expect.stringContaining("PERMISSION_DENIED")]);
    } finally {
      execFileSync("umount", ["-l", sandbox.home]);
    }
  });
});

async function served(sandbox: Sandbox, files: Files) {
  return await createRepository(join(sandbox.root, "served/r.git"), { files });
}

/** A copied skill whose files take a while to write; `copying` resolves once the copy has begun. */
async function largeCopy() {
  const sandbox = use.sandbox();
  const files: Files = { "SKILL.md": skillText("x") };
  for (let n = 0; n < 400; n++) files[`f/${n}`] = `${n}`;
  const repository = await served(sandbox, files);
  const { url } = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git`, mode: "copy" }]));
  const root = join(sandbox.home, ".claude/skills");
  const copying = async () => {
    while (!(await namesIn(root)).some((name) => name.startsWith(".eden-tmp-"))) await sleep(1);
  };
  return { sandbox, repository, root, copying };
}

/** At its place, or in the backups. */
function kept(sandbox: Sandbox, root: string, name: string, text: string): boolean {
  const places = [root, join(sandbox.storage, "backups")].filter((place) => existsSync(place));
  const files = execFileSync("find", [...places, "-name", name, "-type", "f"])
    .toString()
    .trim()
    .split("\n");
  return files.some((file) => file !== "" && readFileSync(file, "utf8") === text);
}

/** `x`, installed by the manifest in ~/.eden-skills; `evil.git` is another repository of the same server. */
async function installedByOther(mode: "symlink" | "copy") {
  const sandbox = use.sandbox();
  await served(sandbox, { "SKILL.md": skillText("x") });
  await createRepository(join(sandbox.root, "served/evil.git"), { files: { "SKILL.md": skillText("x", "EVIL") } });
  const { url } = await use.remote(sandbox);
  const manifest = manifestOf([{ id: "x", repo: `${url}/r.git`, mode }]);
  const config = sandbox.writeManifest(manifest, "../home/.eden-skills/skills.toml");
  expect((await sandbox.run(["apply", "--config", config])).code).toBe(0);
  return { sandbox, url, target: join(sandbox.home, ".claude/skills/x") };
}

function customTarget(sandbox: Sandbox, path: string): void {
  mkdirSync(join(sandbox.project, "src"));
  writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
  const target = `[[skills.targets]]\nagent = "custom"\npath = ${JSON.stringify(path)}\n`;
  sandbox.writeManifest(`version = 1\n[[skills]]\nid = "x"\n[skills.source]\nrepo = "./src"\n${target}`);
}

/** A repository with `evil`, which has one entry more than `good`. */
async function evilAndGood(sandbox: Sandbox, mode: string, name: string, text: string): Promise<void> {
  const repository = await createRepository(join(sandbox.root, "served/r.git"));
  const skill = { mode: "100644", name: "SKILL.md", id: await writeObject(repository, "blob", skillText("x")) };
  const odd = { mode, name, id: await writeObject(repository, "blob", text) };
  const evil = { mode: "40000", name: "evil", id: await writeTree(repository, [skill, odd]) };
  const good = { mode: "40000", name: "good", id: await writeTree(repository, [skill]) };
  await commitTree(repository, await writeTree(repository, [evil, good]));
}

function diagnosticsOf(result: { json(): any }): string[] {
  return result.json().skills[0].diagnostics.map(({ code }: any) => code);
}

/** A server that answers a fetch with a text on the channel for messages, and an error. */
async function saying(text: string): Promise<string> {
  const packet = (bytes: string) => (Buffer.byteLength(bytes) + 4).toString(16).padStart(4, "0") + bytes;
  const oid = "1".repeat(40);
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
      const words = ["version 2\n", "ls-refs\n", "fetch=shallow filter\n", "object-format=sha1\n"].map(packet);
      response.end(`${packet("# service=git-upload-pack\n")}0000${words.join("")}0000`);
      return;
    }
    let body = "";
    request.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      if (body.includes("command=ls-refs")) response.end(`${packet(`${oid} HEAD\n`)}0000`);
      else response.end(`${packet("packfile\n")}${packet(`\u0002${text}`)}${packet("\u0003bye")}0000`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Only root may mount, and not in every container. */
function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
}
