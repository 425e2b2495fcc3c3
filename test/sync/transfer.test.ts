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

async function served(sandbox: Sandbox, name: string, files: Record<string, string>) {
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
    expect(remote.traffic.count({ kind: "fetch" })).toBe(2);
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
    await served(sandbox, "two", { "SKILL.md": skillText("two"), "elsewhere/copy.md": large("a") });
    const remote = await use.remote(sandbox);
    const skills = ["one", "two"].map((id) => ({ id, repo: `${remote.url}/${id}.git` }));
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
    await served(sandbox, "two", { "SKILL.md": skillText("two"), "copy.md": large("a") });
    const remote = await use.remote(sandbox);
    const skills = ["one", "two"].map((id) => ({ id, repo: `${remote.url}/${id}.git` }));
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
