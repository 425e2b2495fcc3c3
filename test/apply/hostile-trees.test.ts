import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { commitTree, writeObject, writeTree, type RawTreeEntry } from "../helpers/hostile-tree.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { namesIn } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Writes into one repository; the entries of a tree are put into git's order. */
interface Hand {
  blob: string;
  tree(entries: readonly RawTreeEntry[]): Promise<string>;
  file(name: string | Buffer, mode?: string): RawTreeEntry;
  directory(name: string, entries: readonly RawTreeEntry[]): Promise<RawTreeEntry>;
  link(name: string, text: string | Buffer): Promise<RawTreeEntry>;
}

type Make = (hand: Hand) => RawTreeEntry[] | Promise<RawTreeEntry[]>;

/** What lies beside SKILL.md, and what the message must say. */
const HOSTILE: Record<string, [Make, RegExp]> = {
  dotgit: [async (h) => [await h.directory(".git", [h.file("config")])], /hasDotgit/u],
  "dotgit-upper": [async (h) => [await h.directory(".GIT", [h.file("config")])], /hasDotgit/u],
  "dotgit-short": [async (h) => [await h.directory("git~1", [h.file("config")])], /hasDotgit/u],
  "dotgit-zwnj": [(h) => [h.file(".g\u200cit")], /hasDotgit/u],
  dotdot: [async (h) => [await h.directory("..", [h.file("x")])], /hasDotdot/u],
  "full-path": [(h) => [h.file("a/../../x")], /fullPathname/u],
  "gitmodules-link": [async (h) => [await h.link(".gitmodules", "SKILL.md")], /gitmodulesSymlink/u],
  backslash: [(h) => [h.file("a\\..\\b")], /special on some system/u],
  stream: [(h) => [h.file("a:b")], /special on some system/u],
  "case-pair": [(h) => [h.file("README"), h.file("readme")], /same name/u],
  "unicode-forms": [(h) => [h.file("e\u0301"), h.file("\u00e9")], /normal form C/u],
  "not-utf8": [(h) => [h.file(Buffer.from([0x61, 0xff, 0xfe]))], /a\\xff\\xfe is not UTF-8/u],
  newline: [(h) => [h.file("a\nb")], /control character/u],
  escape: [(h) => [h.file("a\u001b]0;x\u0007")], /a\\x1b\]0;x\\x07/u],
  override: [(h) => [h.file("a\u202eb")], /a\\u\{202e\}b/u],
  tag: [(h) => [h.file("a\u{e0041}b")], /a\\u\{e0041\}b/u],
  device: [(h) => [h.file("aux.md")], /device name/u],
  "trailing-dot": [(h) => [h.file("a.")], /ends with a dot/u],
  "long-name": [(h) => [h.file("n".repeat(256))], /n{20}.*longer than 255|longer than 255|too long/u],
  "long-path": [
    async (h) => {
      let tree = await h.tree([h.file("SKILL.md")]);
      for (let level = 0; level < 25; level++)
        tree = await h.tree([{ mode: "40000", name: "d".repeat(200), id: tree }]);
      return [{ mode: "40000", name: "d", id: tree }];
    },
    /too long|longer than/u,
  ],
  submodule: [() => [{ mode: "160000", name: "sub", id: "1".repeat(40) }], /sub is a submodule/u],
  "empty-tree": [async (h) => [await h.directory("d", [])], /directory without files/u],
  "bare-repository": [
    async (h) => [
      await h.directory("x", [
        h.file("HEAD"),
        h.file("config"),
        await h.directory("objects", [h.file("k")]),
        await h.directory("refs", [h.file("k")]),
      ]),
    ],
    /embedded git repository/u,
  ],
  "link-absolute": [async (h) => [await h.link("l", "/etc/passwd")], /not relative/u],
  "link-up": [async (h) => [await h.link("l", "../../x")], /leaves the skill/u],
  "link-nul": [async (h) => [await h.link("l", "SKILL.md\0x")], /not relative/u],
  "link-loop": [async (h) => [await h.link("a", "b"), await h.link("b", "a")], /forms a loop/u],
  "link-chain": [
    async (h) => await Promise.all([..."abcdefghij"].map((name) => h.link(name, next(name)))),
    /chain longer than 8/u,
  ],
  "link-through": [
    async (h) => [await h.directory("e", [h.file("k")]), await h.link("d", "e"), await h.link("z", "d/k")],
    /goes through another link/u,
  ],
  "tree-bomb": [
    async (h) => {
      let tree = await h.tree([h.file("SKILL.md")]);
      for (let level = 0; level < 8; level++)
        tree = await h.tree([..."0123456789"].map((name) => ({ mode: "40000", name, id: tree })));
      return [{ mode: "40000", name: "d", id: tree }];
    },
    /more than 2000 files/u,
  ],
  "blob-bomb": [
    (h) => [h.file("SKILL.md.bak"), { mode: "100644", name: "bomb", id: h.blob }],
    /bomb has 100000000 bytes, more than 8388608/u,
  ],
};

describe("a tree made by hand", () => {
  it("is refused with the reason, and nothing of it is written: names, links, modes, bombs [R-STORE-04] [R-STORE-05] [R-SEC-05] [R-THREAT-12] [R-THREAT-16] [R-THREAT-17] [R-THREAT-23] [R-THREAT-32] [R-THREAT-33] [R-THREAT-34] [R-THREAT-35] [R-THREAT-40] [R-FAULT-40]", async () => {
    const sandbox = use.sandbox();
    for (const [name, [make]] of Object.entries(HOSTILE)) {
      const content = name === "blob-bomb" ? Buffer.alloc(100_000_000) : skillText(name);
      await repositoryWith(sandbox, name, content, make);
    }
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf(
        Object.keys(HOSTILE).map((id) => ({ id, repo: `${remote.url}/${id}.git`, subpath: "evil", mode: "copy" })),
      ),
    );
    const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
    const told = result
      .json()
      .skills.map(({ id, diagnostics }: any) => [id, diagnostics[0]?.code, diagnostics[0]?.message]);
    expect(told).toEqual(
      Object.entries(HOSTILE).map(([id, [, pattern]]) => [id, "SKILL_UNSAFE", expect.stringMatching(pattern)]),
    );
    expect(result.code).toBe(1);
    expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
    expect(await namesIn(join(sandbox.storage, "store"))).toEqual([]);
    expect(await namesIn(join(sandbox.storage, "staging"))).toEqual([]);
    // eslint-disable-next-line no-control-regex
    expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/u);
  });

  it("fails alone: a good skill of the same repository is installed [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    await repositoryWith(sandbox, "r", skillText("x"), async (h) => [await h.link("l", "/etc/passwd")]);
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf(["evil", "good"].map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id, mode: "copy" }))),
    );
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.json().skills.map(({ status }: any) => status)).toEqual(["failed", "installed"]);
    expect(await namesIn(join(sandbox.home, ".claude/skills"))).toEqual(["good"]);
  });
});

/** A repository with `good`, and `evil` that holds what `make` makes. */
async function repositoryWith(
  sandbox: Sandbox,
  name: string,
  content: string | Buffer,
  make: Make,
): Promise<Repository> {
  const repository = await createRepository(join(sandbox.root, "served", `${name}.git`));
  const skill = await writeObject(repository, "blob", skillText(name));
  const blob = await writeObject(repository, "blob", content);
  const tree: Hand["tree"] = (entries) => writeTree(repository, entries.toSorted(byGitOrder));
  const hand: Hand = {
    blob,
    tree,
    file: (file, mode = "100644") => ({ mode, name: file, id: skill }),
    directory: async (directory, entries) => ({ mode: "40000", name: directory, id: await tree(entries) }),
    link: async (link, text) => ({ mode: "120000", name: link, id: await writeObject(repository, "blob", text) }),
  };
  const evil = await hand.directory("evil", [hand.file("SKILL.md"), ...(await make(hand))]);
  const good = await hand.directory("good", [hand.file("SKILL.md")]);
  await commitTree(repository, await tree([evil, good]));
  return repository;
}

function byGitOrder(a: RawTreeEntry, b: RawTreeEntry): number {
  const key = ({ name, mode }: RawTreeEntry) =>
    Buffer.concat([Buffer.from(name), Buffer.from(mode === "40000" ? "/" : "")]);
  return Buffer.compare(key(a), key(b));
}

function next(letter: string): string {
  return letter === "j" ? "SKILL.md" : String.fromCharCode(letter.charCodeAt(0) + 1);
}
