import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { namesIn } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe("a damaged mirror", () => {
  const harm: Record<string, (mirror: string) => void> = {
    "its packs were altered": (mirror) => eachPack(mirror, ".pack", alterByte20),
    "its indexes are empty": (mirror) => eachPack(mirror, ".idx", (path) => truncateSync(path)),
    "its packs are gone": (mirror) => eachPack(mirror, ".pack", (path) => rmSync(path)),
    "its objects are gone": (mirror) => rmSync(join(mirror, "objects"), { recursive: true }),
    "its HEAD is gone": (mirror) => rmSync(join(mirror, "HEAD")),
    "its refs are empty": (mirror) => {
      for (const name of readdirSync(join(mirror, "refs/eden"))) truncateSync(join(mirror, "refs/eden", name));
    },
    "git was killed in it": (mirror) => {
      for (const name of ["shallow.lock", "config.lock", "packed-refs.lock", "objects/pack/tmp_pack_x"])
        writeFileSync(join(mirror, name), "");
    },
    "it is a file": (mirror) => {
      rmSync(mirror, { recursive: true });
      writeFileSync(mirror, "x");
    },
    "its resolutions are nonsense": (mirror) => writeFileSync(`${mirror}.refs.json`, '{"HEAD":null,"__proto__":1}'),
    "its lock is nonsense": (mirror) =>
      writeFileSync(mirror.replace(/mirrors\/([^/]*)$/u, "locks/$1.lock"), "nonsense"),
  };
  it.each(Object.keys(harm))(
    "heals by itself when %s [R-GIT-10] [R-FAULT-29] [R-FAULT-31] [R-FAULT-32]",
    async (name) => {
      const sandbox = use.sandbox();
      await createRepository(join(sandbox.root, "served/r.git"), {
        files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
      });
      const remote = await use.remote(sandbox);
      const manifest = (ids: string[]) =>
        manifestOf(ids.map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id })));
      sandbox.writeManifest(manifest(["a"]));
      expect((await sandbox.run(["apply"])).code).toBe(0);
      const mirrors = join(sandbox.storage, "mirrors");
      const mirror = readdirSync(mirrors).find((entry) => !entry.endsWith(".json")) ?? "";
      harm[name]?.(join(mirrors, mirror));
      sandbox.writeManifest(manifest(["a", "b"]));
      expect((await sandbox.run(["apply", "--json"])).json().skills.map(({ status }: any) => status)).toEqual([
        "unchanged",
        "installed",
      ]);
      expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    },
  );
});

describe("a directory of the user's own, copied", () => {
  const things: [string, (path: string) => void][] = [
    ["a pipe", (path) => void execFileSync("mkfifo", [path])],
    ["a socket", (path) => void execFileSync("python3", ["-c", `import socket;socket.socket(1).bind("${path}")`])],
    ["20 GB of nothing", (path) => (writeFileSync(path, ""), truncateSync(path, 20 * 2 ** 30))],
    ["a link to a device", (path) => void execFileSync("ln", ["-s", "/dev/zero", path])],
    [
      "a nested .git",
      (path) => (mkdirSync(join(path, ".git"), { recursive: true }), writeFileSync(join(path, ".git/config"), "")),
    ],
  ];
  it.each(things)("is refused at once when it holds %s [R-SEC-08] [R-THREAT-26]", async (_, make) => {
    const sandbox = use.sandbox();
    localSkill(sandbox);
    make(join(sandbox.project, "src/thing"));
    const result = await sandbox.run(["apply", "--json"], { timeoutMs: 5000 });
    expect([result.code, result.json().skills[0].diagnostics[0].code]).toEqual([1, "SKILL_UNSAFE"]);
    expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
  });

  it("keeps the executable bit and nothing else, within the umask, and shares no file with the store [R-SEC-09] [R-THREAT-25] [R-THREAT-27]", async () => {
    const sandbox = use.sandbox();
    localSkill(sandbox);
    const file = join(sandbox.project, "src/run");
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o4777);
    const result = await sandbox.run(["apply"], { wrap: ["sh", "-c", 'umask 077; exec "$@"', "sh"] });
    expect(result.code).toBe(0);
    const installed = lstatSync(join(sandbox.home, ".claude/skills/x/run"));
    expect([(installed.mode & 0o7777).toString(8), installed.nlink]).toEqual(["700", 1]);
    const open = execFileSync("find", [
      sandbox.home,
      sandbox.lockfilePath,
      "!",
      "-type",
      "l",
      "-perm",
      "/077",
    ]).toString();
    expect(open.trim()).toBe(sandbox.home); // the test made it
  });
});

describe("standard output", () => {
  it.each([
    ["full", 'exec "$@" >/dev/full', 1],
    ["full, standard error too", 'exec "$@" >/dev/full 2>/dev/full', 1],
    ["closed", 'exec "$@" >&- 2>&- <&-', 0],
    ["read by nobody", '"$@" 2>&1 | true; exit 0', 0],
  ])(
    "that is %s does not keep the work from being done [R-CLI-15] [R-FAULT-42] [R-FAULT-43]",
    async (_, script, code) => {
      const sandbox = use.sandbox();
      localSkill(sandbox);
      const result = await sandbox.run(["apply"], { wrap: ["bash", "-c", script, "bash"] });
      expect([result.code, result.stderr.includes("    at ")]).toEqual([code, false]);
      if (code === 1) await expect.poll(() => existsSync(sandbox.lockfilePath)).toBe(true);
      expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    },
  );
});

describe("ten at once", () => {
  it.each(["symlink", "copy"] as const)(
    "install each target once (%s), and leave nothing behind [R-REACTOR-15] [R-FAULT-34]",
    async (mode) => {
      const sandbox = use.sandbox();
      await createRepository(join(sandbox.root, "served/r.git"), {
        files: { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") },
      });
      const remote = await use.remote(sandbox);
      const skills = ["a", "b"].map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id, mode }));
      sandbox.writeManifest(manifestOf(skills));
      const results = await Promise.all(Array.from({ length: 10 }, () => sandbox.run(["apply", "--json"])));
      expect(results.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 0));
      const created = results
        .flatMap((result) => result.json().skills)
        .filter(({ status }: any) => status === "installed");
      expect(created).toHaveLength(2);
      expect(await namesIn(join(sandbox.home, ".claude/skills"))).toEqual(["a", "b"]);
      for (const name of ["locks", "staging"]) expect(await namesIn(join(sandbox.storage, name))).toEqual([]);
    },
  );
});

describe("one target", () => {
  it("whose directory is a link to itself stops no other [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
    const repo = `${(await use.remote(sandbox)).url}/r.git`;
    mkdirSync(join(sandbox.home, ".claude"));
    symlinkSync("skills", join(sandbox.home, ".claude/skills"));
    sandbox.writeManifest(
      manifestOf([
        { id: "bad", repo },
        { id: "good", repo, agents: ["codex"] },
      ]),
    );
    const result = await sandbox.run(["apply", "--json"]);
    expect([result.code, ...result.json().skills.map(({ status }: any) => status)]).toEqual([1, "failed", "installed"]);
    expect((await sandbox.run(["plan"])).code).toBe(0);
  });
});

describe.runIf(process.platform === "linux")("scarcity", () => {
  it("of descriptors: with forty, thirty repositories are installed all the same [R-SYSTEM-04]", async () => {
    const sandbox = use.sandbox();
    const { dir } = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("x") },
    });
    for (let n = 0; n < 30; n++) cpSync(dir, join(dir, `../r${n}.git`), { recursive: true });
    const { url } = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf(Array.from({ length: 30 }, (_, n) => ({ id: `s${n}`, repo: `${url}/r${n}.git` }))),
    );
    const wrap = ["prlimit", "--nofile=40:40", "--"];
    expect((await sandbox.run(["apply", "--concurrency", "30"], { wrap })).code).toBe(0);
  });
});

describe("a git that", () => {
  const apply = async (script: string) => {
    const sandbox = use.sandbox();
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    sandbox.writeManifest(manifestOf([{ id: "x", repo: "http://127.0.0.1:1/x.git" }]));
    return await sandbox.run(["apply", "--json", "--timeout", "1s", "--retries", "0"], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
  };
  it.each([
    ["is too old", "echo git version 2.10.0", "GIT_MISSING"],
    ["says nonsense", "echo nonsense", "GIT_MISSING"],
    ["fails", "exit 3", "GIT_MISSING"],
    ["hangs when it is asked for its version", "exec sleep 20", "FETCH_TIMEOUT"],
  ])("%s is reported as such, in time [R-GIT-13] [R-FAULT-41]", async (_, script, code) => {
    const result = await apply(script);
    expect([result.code, result.json().skills[0].diagnostics[0].code]).toEqual([1, code]);
    expect(result.elapsedMs).toBeLessThan(8000);
  });
});

describe.runIf(canMount())("a target file system", () => {
  it("that is full, then read-only, fails its own targets; afterwards the same command converges [R-REACTOR-05] [R-FAULT-10] [R-FAULT-11] [R-FAULT-37]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/r.git"), {
      files: {
        "big/SKILL.md": skillText("big"),
        "big/data": Buffer.alloc(2_000_000, "x"),
        "small/SKILL.md": skillText("small"),
      },
    });
    const remote = await use.remote(sandbox);
    const target = join(sandbox.home, ".claude");
    mkdirSync(target);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", target]);
    try {
      const skills = ["big", "small"].map((id) => ({
        id,
        repo: `${remote.url}/r.git`,
        subpath: id,
        mode: "copy" as const,
      }));
      sandbox.writeManifest(manifestOf(skills));
      const full = (await sandbox.run(["apply", "--json"])).json();
      expect(full.skills.map(({ status, diagnostics }: any) => [status, diagnostics[0]?.code])).toEqual([
        ["failed", "DISK_FULL"],
        ["installed", undefined],
      ]);
      expect(await namesIn(join(target, "skills"))).toEqual(["small"]);
      execFileSync("mount", ["-o", "remount,size=9m", target]);
      expect((await sandbox.run(["apply"])).code).toBe(0);
      execFileSync("mount", ["-o", "remount,ro", target]);
      sandbox.writeManifest(manifestOf(skills.slice(1)));
      const readOnly = (await sandbox.run(["apply", "--json"])).json();
      expect(readOnly.skills.map(({ id, status, diagnostics }: any) => [id, status, diagnostics[0]?.code])).toEqual([
        ["small", "unchanged", undefined],
        ["big", "failed", "PERMISSION_DENIED"],
      ]);
      execFileSync("mount", ["-o", "remount,rw", target]);
      expect((await sandbox.run(["apply"])).code).toBe(0);
      expect(await namesIn(join(target, "skills"))).toEqual(["small"]);
    } finally {
      execFileSync("umount", ["-l", target]);
    }
  });
});

function localSkill(sandbox: Sandbox): void {
  mkdirSync(join(sandbox.project, "src"));
  writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
  sandbox.writeManifest(manifestOf([{ id: "x", repo: "./src", mode: "copy" }]));
}

function eachPack(mirror: string, ending: string, change: (path: string) => void): void {
  const directory = join(mirror, "objects/pack");
  for (const name of readdirSync(directory).filter((entry) => entry.endsWith(ending))) {
    chmodSync(join(directory, name), 0o600);
    change(join(directory, name));
  }
}

function alterByte20(path: string): void {
  const bytes = readFileSync(path);
  bytes[20] = ~(bytes[20] ?? 0) & 0xff;
  writeFileSync(path, bytes);
}

/** Only root may mount, and not in every container. */
function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return statSync("/mnt").isDirectory();
  } catch {
    console.warn("*** NOT TESTED: full and read-only file systems. This machine cannot mount ***");
    return false;
  }
}
