import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, rmSync, statSync, writeFileSync, chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const large = (letter: string) => letter.repeat(40_000);

function storeEntries(sandbox: Sandbox): string[] {
  const store = join(sandbox.storage, "store");
  return readdirSync(store)
    .filter((name) => !name.endsWith(".json"))
    .flatMap((tree) => readdirSync(join(store, tree)).map((id) => join(store, tree, id)))
    .toSorted();
}

async function served(sandbox: Sandbox, name: string, files: Record<string, string | Buffer>) {
  return await createRepository(join(sandbox.root, `served/${name}.git`), { files });
}

const SKILL = { "SKILL.md": skillText("same"), "notes/big.md": large("a") };

describe("the same content", () => {
  it("under two ids lies on the disk once, and is fetched once [R-STORE-12]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", SKILL);
    const remote = await use.remote(sandbox);
    const repo = `${remote.url}/one.git`;
    sandbox.writeManifest(manifestOf(["first", "second"].map((id) => ({ id, repo }))));
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    expect(remote.traffic.count({ kind: "fetch" })).toBe(1);
    const [first, second] = storeEntries(sandbox).map((entry) => statSync(join(entry, "notes/big.md")));
    expect([first?.ino, first?.nlink]).toEqual([second?.ino, 2]);
    for (const id of ["first", "second"])
      expect(readFileSync(join(sandbox.home, `.claude/skills/${id}/notes/big.md`), "utf8")).toBe(large("a"));

    sandbox.writeManifest(manifestOf(["first", "second", "third"].map((id) => ({ id, repo }))));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(storeEntries(sandbox).map((entry) => statSync(join(entry, "notes/big.md")).nlink)).toEqual([3, 3, 3]);
    expect(lstatSync(join(sandbox.home, ".claude/skills/third")).isSymbolicLink()).toBe(true);
  });

  it("is not taken from an entry that was changed [R-STORE-12]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", SKILL);
    const remote = await use.remote(sandbox);
    const repo = `${remote.url}/one.git`;
    sandbox.writeManifest(manifestOf([{ id: "first", repo }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const changed = join(storeEntries(sandbox)[0] ?? "", "notes/big.md");
    chmodSync(changed, 0o644);
    writeFileSync(changed, "evil");
    sandbox.writeManifest(manifestOf(["first", "second"].map((id) => ({ id, repo }))));
    const result = await sandbox.run(["apply"]);
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(sandbox.home, ".claude/skills/second/notes/big.md"), "utf8")).toBe(large("a"));
  });
});

describe("a file that some entry holds", () => {
  it("is not fetched for another skill of another repository [R-STORE-12]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", SKILL);
    await served(sandbox, "two", { "skill/SKILL.md": SKILL["SKILL.md"], "skill/elsewhere/copy.md": large("a") });
    const remote = await use.remote(sandbox);
    const skills = [
      { id: "one", repo: `${remote.url}/one.git` },
      { id: "two", repo: `${remote.url}/two.git`, subpath: "skill" },
    ];
    sandbox.writeManifest(manifestOf(skills.slice(0, 1)));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    sandbox.writeManifest(manifestOf(skills));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(remote.traffic.count({ kind: "fetch", repository: "two.git" })).toBe(1);
    expect(readFileSync(join(sandbox.home, ".claude/skills/two/elsewhere/copy.md"), "utf8")).toBe(large("a"));
  });

  it("is fetched when that entry lost it [R-STORE-12]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", SKILL);
    await served(sandbox, "two", { "skill/SKILL.md": SKILL["SKILL.md"], "skill/copy.md": large("a") });
    const remote = await use.remote(sandbox);
    const skills = [
      { id: "one", repo: `${remote.url}/one.git` },
      { id: "two", repo: `${remote.url}/two.git`, subpath: "skill" },
    ];
    sandbox.writeManifest(manifestOf(skills.slice(0, 1)));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const entry = storeEntries(sandbox)[0] ?? "";
    for (const directory of [entry, join(entry, "notes")]) chmodSync(directory, 0o755);
    rmSync(join(entry, "notes/big.md"));
    sandbox.writeManifest(manifestOf(skills));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(remote.traffic.count({ kind: "fetch", repository: "two.git" })).toBe(2);
  });
});

describe("an update", () => {
  it("of one line asks for nothing that the mirror or the store has, even when the mirror is gone [R-GIT-09] [R-STORE-12]", async () => {
    const sandbox = use.sandbox();
    const repository = await served(sandbox, "one", SKILL);
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { "SKILL.md": skillText("same", "better") } });
    rmSync(sandbox.lockfilePath);
    await removeTree(join(sandbox.storage, "mirrors"));
    const before = remote.traffic.count({ kind: "fetch" });
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    expect(remote.traffic.count({ kind: "fetch" }) - before).toBe(1);
    expect(readFileSync(join(sandbox.home, ".claude/skills/one/SKILL.md"), "utf8")).toContain("better");
  });
});

describe("a cold repository", () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`src/${n}`, randomBytes(2_000)]));
  const skill = { "SKILL.md": skillText("same"), "big.md": randomBytes(20_000), "small.md": randomBytes(2_000) };
  const below = (directory: string) =>
    Object.fromEntries(Object.entries(skill).map(([path, content]) => [`${directory}/${path}`, content]));

  it("of which a part is wanted costs two fetches, and bytes for nothing else [R-GIT-09] [R-GIT-28]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", { ...files, ...below("a"), ...below("b") });
    const remote = await use.remote(sandbox);
    const repo = `${remote.url}/one.git`;
    sandbox.writeManifest(manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: id }))));
    const result = await sandbox.run(["apply"]);
    expect(result.code, result.stderr).toBe(0);
    expect(remote.traffic.count({ kind: "fetch" })).toBe(2);
    expect(remote.traffic.log.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(35_000);
    expect(remote.traffic.log.map(({ kind }) => kind)).toEqual(["ls-refs", "fetch", "fetch"]);
    // The pinned commit needs no request for refs.
    await removeTree(sandbox.storage);
    remote.traffic.reset();
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    expect(remote.traffic.log.map(({ kind }) => kind)).toEqual(["fetch", "fetch"]);
  });

  it("of which all is wanted costs one fetch [R-GIT-09]", async () => {
    const sandbox = use.sandbox();
    await served(sandbox, "one", { ...files, ...skill });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
    const result = await sandbox.run(["apply"]);
    expect(result.code, result.stderr).toBe(0);
    expect(remote.traffic.count({ kind: "fetch" })).toBe(1);
  });
});

describe("several repositories", () => {
  const names = ["one", "two", "three"];

  async function setUp() {
    const sandbox = use.sandbox();
    const same = randomBytes(30_000);
    for (const name of names)
      await served(sandbox, name, { "skill/SKILL.md": skillText("same", name), "skill/same": same, other: name });
    const remote = await use.remote(sandbox);
    const skills = names.map((id) => ({ id, repo: `${remote.url}/${id}.git`, subpath: "skill" }));
    sandbox.writeManifest(manifestOf(skills));
    return { sandbox, remote, same };
  }

  it("are read through one process [R-GIT-27]", async () => {
    const { sandbox } = await setUp();
    const { metrics } = (await sandbox.run(["apply", "--json"])).json();
    // The version, the settings and the objects; of each repository the commit and the contents.
    expect(metrics.git_processes).toBe(3 + 2 * names.length);
  });

  it("are read when the mirror of one of them is damaged, and only that one is fetched again [R-GIT-27] [R-GIT-10]", async () => {
    const { sandbox, remote, same } = await setUp();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const mirrors = join(sandbox.storage, "mirrors");
    const damaged = join(mirrors, readdirSync(mirrors).find((name) => name.includes("_one.git-")) ?? "");
    for (const name of readdirSync(join(damaged, "objects/pack")).filter((entry) => entry.endsWith(".pack"))) {
      const path = join(damaged, "objects/pack", name);
      const content = readFileSync(path);
      content.fill(7, Math.floor(content.length / 4), content.length - 40);
      chmodSync(path, 0o600);
      writeFileSync(path, content);
    }
    await removeTree(join(sandbox.storage, "store"));
    const before = remote.traffic.log.length;
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code, result.stdout).toBe(0);
    expect(new Set(remote.traffic.log.slice(before).map(({ repository }) => repository))).toEqual(new Set(["one.git"]));
    for (const name of names) {
      const skill = join(sandbox.home, ".claude/skills", name);
      expect(readFileSync(join(skill, "same")).equals(same)).toBe(true);
      expect(readFileSync(join(skill, "SKILL.md"), "utf8")).toBe(skillText("same", name));
    }
  });
});
