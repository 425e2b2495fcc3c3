import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "./collection.js";
import { git, gitText } from "./git-command.js";
import { createRepository } from "./git-repository.js";
import { commitTree, writeObject, writeTree } from "./hostile-tree.js";
import { keepTree, restoreTree } from "./kept-tree.js";
import { createSandbox, removeTree } from "./sandbox.js";
import { gitTree, readTree } from "./tree.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-helpers-"));
});
afterEach(async () => {
  await removeTree(root);
});

const skill = {
  "SKILL.md": "---\nname: x\ndescription: y\n---\n",
  "run.sh": { content: "#!/bin/sh\n", executable: true },
};

let clones = 0;
async function clone(url: string): Promise<string> {
  const dir = join(root, `clone-${(clones += 1)}`);
  await git(["clone", "--quiet", url, dir]);
  return dir;
}

describe("repositories", () => {
  it("have the same ids everywhere, and hold files, modes and links", async () => {
    const files = {
      ...skill,
      "übung\t.md": "ü",
      link: { symlink: "SKILL.md" },
      "data.bin": Buffer.from([0, 13, 10, 255]),
    };
    const repository = await createRepository(join(root, "a.git"), { files });
    const again = await createRepository(join(root, "b.git"), { files });
    expect(await repository.revParse("main")).toBe(await again.revParse("main"));
    expect(await readTree(await clone(repository.dir)).then(withoutGit)).toEqual(await gitTree(repository.dir, "main"));
    await repository.git(["fsck", "--strict"]);
  });

  it("move: commits, branches, tags, forced pushes, another default branch", async () => {
    const repository = await createRepository(join(root, "a.git"), { files: skill });
    const first = await repository.revParse("main");
    await repository.tag("v1");
    await repository.tag("v2", { message: "Second" });
    await repository.branch("side");
    const second = await repository.commit({
      branch: "side",
      files: { "more.md": "1" },
      remove: ["run.sh"],
    });
    expect(await repository.git(["rev-list", "--parents", "-1", second])).toBe(`${second} ${first}`);
    expect((await gitTree(repository.dir, "side")).map(({ path }) => path)).toEqual(["SKILL.md", "more.md"]);
    const forced = await repository.commit({ files: { "SKILL.md": "new" }, orphan: true });
    expect(await repository.git(["rev-list", "main"])).toBe(forced);
    expect(await repository.revParse("v2^{commit}")).toBe(first);
    expect(await repository.git(["cat-file", "-t", "v2"])).toBe("tag");
    await repository.setDefaultBranch("side");
    expect(await repository.revParse("HEAD")).toBe(second);
    await repository.deleteRef("refs/tags/v1");
    expect(await repository.git(["tag", "--list"])).toBe("v2");
  });

  it("can be sha256, empty, or have a work tree", async () => {
    const sha256 = await createRepository(join(root, "a.git"), {
      files: skill,
      objectFormat: "sha256",
    });
    expect(await sha256.revParse("HEAD")).toHaveLength(64);
    const empty = await createRepository(join(root, "b.git"));
    expect(await gitText(["ls-remote", empty.dir])).toBe("");
    const work = await createRepository(join(root, "work"), { files: skill, bare: false });
    expect(await gitText(["-C", work.dir, "status", "--porcelain"])).toBe("");
    expect(await readTree(work.dir).then(withoutGit)).toEqual(await gitTree(work.dir, "HEAD"));
  });

  it("can hold trees that git would refuse", async () => {
    const repository = await createRepository(join(root, "a.git"));
    const blob = await writeObject(repository, "blob", "evil");
    const tree = await writeTree(repository, [
      { mode: "100644", name: "..", id: blob },
      { mode: "100644", name: ".git", id: blob },
    ]);
    await commitTree(repository, tree);
    expect(await repository.git(["ls-tree", "--name-only", "main"])).toBe("..\n.git");
    await expect(repository.git(["fsck", "--strict"])).rejects.toThrow(/hasDot/u);
  });
});

describe("the collection", () => {
  it("is varied, whole, and the same every time", async () => {
    const collection = await makeCollection({ root });
    const again = await makeCollection({ root: join(root, "again") });
    expect(again.skills).toEqual(collection.skills);
    expect(new Set(collection.skills.map(({ id }) => id)).size).toBe(40);
    expect(collection.repositories.size).toBe(12);
    const modes = new Set<string>();
    for (const { repository, commit, subpath } of collection.skills) {
      const tree = await gitTree(join(root, repository), commit, subpath);
      expect(tree.map(({ path }) => path)).toContain("SKILL.md");
      for (const { mode } of tree) modes.add(mode);
    }
    expect(modes).toEqual(new Set(["100644", "100755", "120000"]));
    const manifest = manifestFor(collection, {
      baseUrl: "http://127.0.0.1:1",
      agents: ["claude-code", "cursor"],
      ref: "main",
    });
    expect(manifest.match(/^\[\[skills\]\]$/gmu)).toHaveLength(40);
    expect(manifest.match(/^agent = /gmu)).toHaveLength(80);
  });
});

describe("the sandbox", () => {
  const stub = (source: string): ReturnType<typeof createSandbox> => {
    const program = join(root, "stub.mjs");
    writeFileSync(program, source);
    return createSandbox({ program });
  };

  it("runs a program in a clean environment and gives back what it said", async () => {
    const sandbox = stub(
      "process.stdin.pipe(process.stderr); console.log(JSON.stringify([process.env, process.cwd(), process.argv]))",
    );
    const result = await sandbox.run(["apply", "--json"], { stdin: "in", env: { EXTRA: "1" } });
    const [env, cwd, argv] = result.json<[Record<string, string>, string, string[]]>();
    expect(Object.keys(env).toSorted()).toEqual(["EXTRA", "HOME", "LANG", "PATH", "TMPDIR"]);
    expect([cwd, env.HOME, argv.slice(2)]).toEqual([sandbox.project, sandbox.home, ["apply", "--json"]]);
    expect([result.code, result.signal, result.stderr]).toEqual([0, null, "in"]);
    await sandbox.dispose();
  });

  it("signals, waits, and does not wait for ever", async () => {
    const sandbox = stub(
      "process.on('SIGINT', () => process.exit(130)); console.log('ready'); setInterval(() => {}, 1000)",
    );
    const byOutput = await sandbox.run([], { signalAfter: { signal: "SIGINT", output: /ready/u } });
    expect(byOutput.code).toBe(130);
    const byTime = await sandbox.run([], { signalAfter: { signal: "SIGKILL", ms: 300 } });
    expect([byTime.code, byTime.signal]).toEqual([null, "SIGKILL"]);
    await expect(sandbox.run([], { timeoutMs: 300 })).rejects.toThrow(/still running after 300 ms[^]*ready/u);
    const running = sandbox.spawn([]);
    await running.waitFor(/ready/u);
    await sandbox.dispose();
    expect((await running.finished).signal).toBe("SIGKILL");
  });

  it("removes read-only directories", async () => {
    const sandbox = createSandbox();
    const path = sandbox.writeManifest("version = 1\n", "deep/skills.toml");
    expect(existsSync(path)).toBe(true);
    mkdirSync(join(sandbox.storage, "store"), { recursive: true });
    writeFileSync(join(sandbox.storage, "store", "file"), "", { mode: 0o444 });
    chmodSync(join(sandbox.storage, "store"), 0o555);
    await sandbox.dispose();
    expect(existsSync(sandbox.root)).toBe(false);
  });
});

function withoutGit<T extends { path: string }>(entries: T[]): T[] {
  return entries.filter(({ path }) => !path.startsWith(".git/"));
}

describe("a directory kept in memory", () => {
  it("is restored with its files, links, modes and times, within read-only directories, too", async () => {
    const dir = join(root, "kept");
    mkdirSync(join(dir, "store/skill"), { recursive: true });
    for (const name of ["same", "changed", "gone", "replaced"]) writeFileSync(join(dir, "store/skill", name), name);
    symlinkSync("same", join(dir, "store/skill/link"));
    chmodSync(join(dir, "store/skill/same"), 0o640);
    for (const path of ["store/skill", "store"]) chmodSync(join(dir, path), 0o555);
    const before = [await readTree(dir), statesIn(dir)];
    const kept = keepTree(dir);
    await removeTree(join(dir, "store/skill/replaced"));
    chmodSync(join(dir, "store/skill"), 0o755);
    rmSync(join(dir, "store/skill/gone"));
    rmSync(join(dir, "store/skill/link"));
    mkdirSync(join(dir, "store/skill/replaced/more"), { recursive: true, mode: 0o500 });
    writeFileSync(join(dir, "store/skill/changed"), "CHANGED");
    const untouched = statSync(join(dir, "store/skill/same")).ino;
    for (let time = 0; time < 2; time++) {
      restoreTree(dir, kept);
      expect([await readTree(dir), statesIn(dir)]).toEqual(before);
      chmodSync(join(dir, "store"), 0o755);
      await removeTree(join(dir, "store/skill/changed"));
    }
    expect(statSync(join(dir, "store/skill/same")).ino).toBe(untouched);
  });
});

/** Modes and times of modification. */
function statesIn(dir: string): string[] {
  const paths = [".", ...readdirSync(dir, { recursive: true }).map(String)].filter((path) => !path.endsWith("link"));
  return paths.toSorted().map((path) => {
    const { mode, mtime } = statSync(join(dir, path));
    return `${path} ${mode.toString(8)} ${mtime.toISOString()}`;
  });
}
