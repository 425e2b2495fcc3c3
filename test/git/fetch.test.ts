import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { fetchBlobs, fetchCommits } from "../../src/git/fetch.js";
import {
  discardMirror,
  isLarge,
  mirrorHas,
  mirrorOf,
  openMirror,
  type Mirror,
  type ResolvedRef,
} from "../../src/git/mirror.js";
import { listTrees } from "../../src/git/list-trees.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { readBlobs } from "../../src/git/read-blobs.js";
import { hasObject } from "../../src/git/mirror-objects.js";
import { resolveRefs, type RefAnswer } from "../../src/git/remote-refs.js";
import type { RepositorySource } from "../../src/manifest/document/manifest.js";
import { startGitDaemon, type GitDaemon } from "../helpers/git-daemon.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { remoteOf, gitWorld, sourceOf, unhurried, type GitWorld } from "./git-world.js";

let root: string;
let http: HttpRemote;
let daemon: GitDaemon;
let oldProtocol: Server;
let repository: Repository;
let first: string;
let second: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-fetch-"));
  mkdirSync(join(root, "srv"));
  repository = await createRepository(join(root, "srv/r.git"), { files: { "SKILL.md": "first", "a/b.md": "b" } });
  first = await repository.revParse("main");
  await repository.tag("v1", { message: "The first" });
  await repository.tag("light");
  second = await repository.commit({ files: { "SKILL.md": "second" } });
  await repository.branch("side", first);
  http = await startHttpRemote({ root: join(root, "srv") });
  daemon = await startGitDaemon({ root: join(root, "srv") });
  oldProtocol = await startOldProtocol(http.url);
});
afterAll(async () => {
  oldProtocol.closeAllConnections();
  await new Promise((resolve) => oldProtocol.close(resolve));
  await daemon.close();
  await http.close();
  rmSync(root, { recursive: true });
});

/** The same repositories from a server that has never heard of protocol 2: the header that asks for it is lost on the way. */
async function startOldProtocol(origin: string): Promise<Server> {
  const server = createServer((question, answer) => {
    const { "git-protocol": _, ...headers } = question.headers;
    const onward = request(`${origin}${question.url}`, { method: question.method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    question.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const overOldProtocol = (name: string) => `http://127.0.0.1:${(oldProtocol.address() as AddressInfo).port}/${name}`;

let directory: string;
let world: GitWorld;
beforeEach(() => {
  directory = mkdtempSync(join(root, "world-"));
  world = gitWorld(directory);
});
afterEach(() => {
  http.heal();
  rmSync(directory, { recursive: true });
});

async function mirrorFor(source: RepositorySource, format: "sha1" | "sha256" = "sha1"): Promise<Mirror> {
  const mirror = mirrorOf(world.storage, source);
  openMirror(mirror, format);
  return mirror;
}

const plain = (oid: string): ResolvedRef => ({ oid, commit: oid });
const codes = (failures: ReadonlyMap<string, EdenError>) => [...failures].map(([oid, { code }]) => [oid, code]);

/**
 * All contents at a commit, by path, having fetched what was missing; whole commits into a new mirror where the server gives out nothing
 * less.
 */
async function contentsOf(
  source: RepositorySource,
  mirror: Mirror,
  wanted: ResolvedRef,
): Promise<Record<string, string>> {
  const options = unhurried();
  const reader = new ObjectReader(world.git, mirror.directory, options.signal);
  const [listing] = await listTrees(reader, [{ commit: wanted.commit, subpath: "." }], 1_000);
  const entries = listing !== undefined && "entries" in listing ? listing.entries : [];
  const files = entries.filter(({ mode }) => mode.startsWith("100"));
  const contents: Record<string, string> = {};
  const receiver = {
    accepts: () => true,
    take: (oid: string, content: Buffer) => {
      for (const file of files) if (file.oid === oid) contents[file.path.toString()] = content.toString();
    },
  };
  const missing = await readBlobs(reader, [...new Set(files.map(({ oid }) => oid))], receiver);
  if (!(await fetchBlobs(remoteOf(world.git, source, options), mirror, missing))) {
    await reader.close();
    discardMirror(mirror);
    await mirrorFor(source);
    expect((await fetchCommits(remoteOf(world.git, source, options), mirror, [wanted], "all")).failures).toEqual(
      new Map(),
    );
  }
  expect(await readBlobs(reader, missing, receiver)).toEqual([]);
  await reader.close();
  return contents;
}

const FIRST = { "SKILL.md": "first", "a/b.md": "b" };
const SECOND = { "SKILL.md": "second", "a/b.md": "b" };

const TRANSPORTS: [string, () => string][] = [
  ["http", () => http.urlOf("r.git")],
  ["git://", () => daemon.urlOf("r.git")],
  ["a path", () => repository.dir],
  ["file://", () => `file://${repository.dir}`],
  ["protocol 0", () => overOldProtocol("r.git")],
];

describe("fetchCommits and fetchBlobs", () => {
  it.each(TRANSPORTS)("[R-GIT-04] bring a commit and its contents over %s", async (_, url) => {
    const source = sourceOf(url());
    const mirror = await mirrorFor(source);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(second)], "whole")).failures).toEqual(
      new Map(),
    );
    expect([mirrorHas(mirror, second), mirrorHas(mirror, first)]).toEqual([true, false]);
    expect(await contentsOf(source, mirror, plain(second))).toEqual(SECOND);
    expect(readFileSync(join(mirror.directory, "config"), "utf8")).not.toContain("url =");
  });

  it.each(TRANSPORTS)("[R-GIT-04] bring several commits, old ones too, over %s", async (_, url) => {
    const source = sourceOf(url());
    const mirror = await mirrorFor(source);
    expect(
      (await fetchCommits(remoteOf(world.git, source), mirror, [plain(first), plain(second)], "whole")).failures,
    ).toEqual(new Map());
    expect(await contentsOf(source, mirror, plain(first))).toEqual(FIRST);
    expect(await contentsOf(source, mirror, plain(second))).toEqual(SECOND);
  });

  it("[R-GIT-09] bring all files along where all are wanted, else none, and what is missing by id", async () => {
    const files = { one: "1".repeat(17_000), two: "2" };
    const mixed = await createRepository(join(root, "srv/mixed.git"), { files });
    const oids = await Promise.all(Object.keys(files).map(async (path) => await mixed.revParse(`main:${path}`)));
    const tip = plain(await mixed.revParse("main"));
    const present = async (mirror: Mirror) => {
      const { signal } = unhurried();
      return await Promise.all(oids.map(async (oid) => await hasObject(world.git, mirror.directory, oid, signal)));
    };
    const source = sourceOf(http.urlOf("mixed.git"));
    const mirror = await mirrorFor(source);
    const ran = async (fetching: () => Promise<unknown>) => {
      const before = world.processes();
      await fetching();
      return world.processes() - before;
    };
    expect(await ran(async () => await fetchCommits(remoteOf(world.git, source), mirror, [tip], "whole"))).toBe(1);
    expect(await present(mirror)).toEqual([true, true]);
    discardMirror(mirror);
    await mirrorFor(source);
    expect(await ran(async () => await fetchCommits(remoteOf(world.git, source), mirror, [tip], "none"))).toBe(1);
    expect(await present(mirror)).toEqual([false, false]);
    expect(await ran(async () => await fetchBlobs(remoteOf(world.git, source), mirror, oids))).toBe(1);
    expect(await present(mirror)).toEqual([true, true]);
  });

  it("[R-GIT-09] bring the differences of all files along into a mirror that is complete, and only then", async () => {
    const text = Array.from({ length: 300 }, (_, n) => `line ${n}\n`);
    const grown = await createRepository(join(root, "srv/grown.git"), { files: { one: text.join(""), two: "2" } });
    const source = sourceOf(http.urlOf("grown.git"));
    for (const [earlier, expected] of [
      ["whole", true],
      ["none", false],
    ] as const) {
      const mirror = await mirrorFor(source);
      await fetchCommits(remoteOf(world.git, source), mirror, [plain(await grown.revParse("main"))], earlier);
      text[7] = `changed ${earlier}\n`;
      await grown.commit({ files: { one: text.join("") } });
      await fetchCommits(remoteOf(world.git, source), mirror, [plain(await grown.revParse("main"))], "whole");
      const { signal } = unhurried();
      const oid = await grown.revParse("main:one");
      expect(await hasObject(world.git, mirror.directory, oid, signal)).toBe(expected);
      discardMirror(mirror);
    }
  });

  it("[R-GIT-14] leave out all files of a repository that turns out to be large, then and ever after", async () => {
    const files = Object.fromEntries(Array.from({ length: 5_100 }, (_, n) => [`d${n % 50}/f${n}`, `content ${n}`]));
    const large = await createRepository(join(root, "srv/large.git"), { files });
    const source = sourceOf(http.urlOf("large.git"));
    const mirror = await mirrorFor(source);
    const blobs = async () => {
      const reader = new ObjectReader(world.git, mirror.directory, unhurried().signal);
      const oids = ["d0/f0", "d49/f5099"].map(async (path) => await large.revParse(`main:${path}`));
      const missing = await readBlobs(reader, await Promise.all(oids), { accepts: () => false, take: () => {} });
      await reader.close();
      return 2 - missing.length;
    };
    const one = await large.revParse("main");
    const answer = await fetchCommits(remoteOf(world.git, source), mirror, [plain(one)], "whole");
    expect([answer.withoutContents, mirrorHas(mirror, one), await blobs(), isLarge(mirror)]).toEqual([
      true,
      true,
      0,
      true,
    ]);
    const before = world.processes();
    await large.commit({ files: { "d0/f0": "new" } });
    await fetchCommits(remoteOf(world.git, source), mirror, [plain(await large.revParse("main"))], "whole");
    expect([world.processes() - before, await blobs()]).toEqual([1, 0]);
  });

  it("[R-GIT-04] ask nobody for what is there, and for nothing", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const mirror = await mirrorFor(source);
    await fetchCommits(remoteOf(world.git, source), mirror, [plain(second)], "whole");
    const before = world.processes();
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(second)], "whole")).failures).toEqual(
      new Map(),
    );
    await fetchCommits(remoteOf(world.git, source), mirror, [], "whole");
    await fetchBlobs(remoteOf(world.git, source), mirror, []);
    expect(world.processes() - before).toBe(0);
  });

  it.each([
    ["http", () => http.urlOf("plain.git")],
    ["git://", () => daemon.urlOf("plain.git")],
    ["protocol 0", () => overOldProtocol("plain.git")],
  ])(
    "[R-GIT-04] come to whole commits where a server grants no filter and no object by id, over %s",
    async (_, url) => {
      const bare = await plainRepository();
      const source = sourceOf(url());
      const mirror = await mirrorFor(source);
      expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(bare.tip)], "whole")).failures).toEqual(
        new Map(),
      );
      expect(await contentsOf(source, mirror, plain(bare.tip))).toEqual({ "SKILL.md": "new" });
    },
  );

  it("[R-GIT-04] find an old commit in the history where a server of the old protocol gives out tips only", async () => {
    const bare = await plainRepository();
    const source = sourceOf(overOldProtocol("plain.git"));
    const mirror = await mirrorFor(source);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(bare.old)], "whole")).failures).toEqual(
      new Map(),
    );
    expect(mirrorHas(mirror, bare.old)).toBe(true);
    expect(await contentsOf(source, mirror, plain(bare.old))).toEqual({ "SKILL.md": "old" });
  });

  it.each(TRANSPORTS)(
    "[R-GIT-02] name the commit that is gone, and bring the others all the same, over %s",
    async (_, url) => {
      const source = sourceOf(url());
      const mirror = await mirrorFor(source);
      const gone = "e".repeat(40);
      const { failures } = await fetchCommits(
        remoteOf(world.git, source),
        mirror,
        [plain(gone), plain(second), plain(first)],
        "whole",
      );
      expect(codes(failures)).toEqual([[gone, "REF_NOT_FOUND"]]);
      expect([mirrorHas(mirror, first), mirrorHas(mirror, second), mirrorHas(mirror, gone)]).toEqual([
        true,
        true,
        false,
      ]);
    },
  );

  it.each(["none", "whole"] as const)(
    "[R-GIT-10] leave the configuration of the mirror as it is, with %s of the contents",
    async (contents) => {
      const source = sourceOf(http.urlOf("r.git"));
      const mirror = await mirrorFor(source);
      const config = join(mirror.directory, "config");
      const before = [readFileSync(config, "utf8"), statSync(config).ino];
      await fetchCommits(remoteOf(world.git, source), mirror, [plain(first)], contents);
      expect(await contentsOf(source, mirror, plain(first))).toEqual(FIRST);
      expect([readFileSync(config, "utf8"), statSync(config).ino]).toEqual(before);
    },
  );

  it("[R-GIT-01] are not led to another repository by a remote of the user's own", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const own = ["eden", "origin"].map((name) => `[remote "${name}"]\n\turl = ${http.urlOf("evil.git")}\n`);
    writeFileSync(join(world.home, ".gitconfig"), own.join(""));
    const mirror = await mirrorFor(source);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(first)], "whole")).failures).toEqual(
      new Map(),
    );
    expect(await contentsOf(source, mirror, plain(first))).toMatchObject({ "SKILL.md": "first" });
  });

  it("[R-GIT-04] keep an annotated tag with the commit behind it", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const tag = answerFor(await resolveRefs(remoteOf(world.git, source), ["v1"]), "v1");
    expect([tag.commit, tag.oid === tag.commit]).toEqual([first, false]);
    const mirror = await mirrorFor(source);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [tag], "whole")).failures).toEqual(new Map());
    expect([mirrorHas(mirror, tag.oid), mirrorHas(mirror, tag.commit)]).toEqual([true, false]);
    expect(await contentsOf(source, mirror, tag)).toEqual(FIRST);
  });

  it("[R-GIT-04] work on a SHA-256 repository", async () => {
    const modern = await createRepository(join(root, "srv/sha256.git"), { files: FIRST, objectFormat: "sha256" });
    const source = sourceOf(http.urlOf("sha256.git"));
    const answer = answerFor(await resolveRefs(remoteOf(world.git, source), [null]), null);
    expect(answer.oid).toBe(await modern.revParse("main"));
    expect(answer.oid).toHaveLength(64);
    const mirror = await mirrorFor(source, "sha256");
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [answer], "whole")).failures).toEqual(new Map());
    expect(await contentsOf(source, mirror, answer)).toEqual(FIRST);
  });

  it("[R-GIT-04] follow a branch whose history was rewritten", async () => {
    const rewritten = await createRepository(join(root, "srv/rewritten.git"), { files: { a: "1" } });
    const source = sourceOf(http.urlOf("rewritten.git"));
    const mirror = await mirrorFor(source);
    await fetchCommits(remoteOf(world.git, source), mirror, [plain(await rewritten.revParse("main"))], "whole");
    const other = await rewritten.commit({ files: { a: "2" }, orphan: true });
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(other)], "whole")).failures).toEqual(
      new Map(),
    );
    expect(await contentsOf(source, mirror, plain(other))).toEqual({ a: "2" });
  });

  it("[R-GIT-02] can be tried again in the same mirror after the connection was cut", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const mirror = await mirrorFor(source);
    http.fail("r.git", { kind: "truncate", afterBytes: 60 }, { times: 2, on: ["fetch"] });
    await expect(fetchCommits(remoteOf(world.git, source), mirror, [plain(second)], "whole")).rejects.toMatchObject({
      code: "FETCH_NETWORK",
    });
    expect(mirrorHas(mirror, second)).toBe(false);
    expect((await fetchCommits(remoteOf(world.git, source), mirror, [plain(second)], "whole")).failures).toEqual(
      new Map(),
    );
  });

  it("[R-GIT-02] end as FETCH_STALLED when nothing arrives [R-GIT-11]", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const mirror = await mirrorFor(source);
    http.fail("r.git", { kind: "stall" }, { on: ["fetch"] });
    await expect(
      fetchCommits(remoteOf(world.git, source, { ...unhurried(), stallMs: 300 }), mirror, [plain(second)], "whole"),
    ).rejects.toMatchObject({ code: "FETCH_STALLED" });
  });

  it("[R-REACTOR-10] end with the signal's reason while a server keeps silent", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const mirror = await mirrorFor(source);
    http.fail("r.git", { kind: "stall" });
    const abort = new AbortController();
    const fetching = fetchCommits(
      remoteOf(world.git, source, {
        signal: abort.signal,
        stallMs: 20_000,
      }),
      mirror,
      [plain(second)],
      "whole",
    );
    await expect
      .poll(() => http.traffic.log.some(({ repository: name, ms }) => name === "r.git" && ms === undefined))
      .toBe(true);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(fetching).rejects.toBe(reason);
  });
});

/** A repository whose server grants neither filters nor objects by id: its tip, and the commit before. */
async function plainRepository(): Promise<{ tip: string; old: string }> {
  rmSync(join(root, "srv/plain.git"), { recursive: true, force: true });
  const made = await createRepository(join(root, "srv/plain.git"), {
    files: { "SKILL.md": "old" },
    allowFilter: false,
  });
  await made.git(["config", "uploadpack.allowAnySHA1InWant", "false"]);
  const old = await made.revParse("main");
  return { old, tip: await made.commit({ files: { "SKILL.md": "new" } }) };
}

function answerFor(answers: ReadonlyMap<string | null, RefAnswer>, ref: string | null): ResolvedRef {
  const answer = answers.get(ref);
  return answer !== undefined && !(answer instanceof EdenError) ? answer : expect.unreachable(`no answer for ${ref}`);
}

describe("resolveRefs", () => {
  it.each(TRANSPORTS)(
    "[R-GIT-02] resolves branches, tags and the default branch with at most one process over %s",
    async (name, url) => {
      const before = world.processes();
      const answers = await resolveRefs(remoteOf(world.git, sourceOf(url())), [
        null,
        "main",
        "side",
        "light",
        "v1",
        "refs/heads/side",
      ]);
      expect(world.processes() - before).toBe(name === "http" ? 0 : 1);
      expect([...answers].map(([ref, answer]) => [ref, "commit" in answer && answer.commit])).toEqual([
        [null, second],
        ["main", second],
        ["side", first],
        ["light", first],
        ["v1", first],
        ["refs/heads/side", first],
      ]);
    },
  );

  it("[R-GIT-02] takes a tag before a branch of the same name", async () => {
    const both = await createRepository(join(root, "srv/both.git"), { files: { a: "1" } });
    const tagged = await both.revParse("main");
    await both.tag("same");
    await both.commit({ files: { a: "2" } });
    await both.branch("same");
    const answers = await resolveRefs(remoteOf(world.git, sourceOf(both.dir)), ["same", "refs/heads/same"]);
    expect([answerFor(answers, "same").commit, answerFor(answers, "refs/heads/same").commit]).toEqual([
      tagged,
      await both.revParse("main"),
    ]);
  });

  it("[R-GIT-02] answers for a ref that is not there, with those that are, and goes on", async () => {
    const answers = await resolveRefs(remoteOf(world.git, sourceOf(http.urlOf("r.git"))), [
      "main",
      "nope",
      "mai",
      "heads/main",
      "MAIN",
    ]);
    expect(answerFor(answers, "main").oid).toBe(second);
    const missing = answers.get("nope");
    expect(missing).toMatchObject({
      code: "REF_NOT_FOUND",
      message: `${http.urlOf("r.git")} has no branch or tag 'nope'`,
      facts: { stage: "resolve" },
    });
    expect(missing instanceof EdenError && missing.facts.hint).toBe("It has: main, side, light, v1.");
    for (const ref of ["mai", "heads/main", "MAIN"]) expect(answers.get(ref)).toBeInstanceOf(EdenError);
  });

  it("[R-GIT-02] tells an empty repository from a missing branch", async () => {
    const empty = await createRepository(join(root, "srv/empty.git"));
    for (const ref of [null, "main"]) {
      const answers = await resolveRefs(remoteOf(world.git, sourceOf(empty.dir)), [ref]);
      expect(answers.get(ref)).toMatchObject({
        code: "REF_NOT_FOUND",
        message: `${empty.dir} is empty: it has no branch and no tag`,
      });
    }
  });

  it("[R-GIT-02] says so when the default branch does not exist", async () => {
    const headless = await createRepository(join(root, "srv/headless.git"), { files: { a: "1" } });
    await headless.git(["symbolic-ref", "HEAD", "refs/heads/gone"]);
    const answers = await resolveRefs(remoteOf(world.git, sourceOf(headless.dir)), [null]);
    expect(answers.get(null)).toMatchObject({
      code: "REF_NOT_FOUND",
      message: `${headless.dir} has no default branch`,
      facts: { hint: "Set ref to one of: main." },
    });
  });

  it("[R-GIT-01] is not led by a server whose branches look like options or like other refs", async () => {
    const odd = await createRepository(join(root, "srv/odd.git"), { files: { a: "1" } });
    const tip = await odd.revParse("main");
    await odd.git(["update-ref", "refs/heads/--upload-pack=touch", tip]);
    await odd.git(["update-ref", "refs/evil/refs/heads/wanted", tip]);
    await odd.git(["symbolic-ref", "HEAD", "refs/heads/--upload-pack=touch"]);
    const answers = await resolveRefs(remoteOf(world.git, sourceOf(http.urlOf("odd.git"))), [null, "wanted"]);
    expect(answerFor(answers, null).oid).toBe(tip);
    expect(answers.get("wanted")).toBeInstanceOf(EdenError);
  });

  it("[R-GIT-05] never waits for a user where credentials are wanted", async () => {
    http.fail("r.git", { kind: "status", status: 401 });
    await expect(resolveRefs(remoteOf(world.git, sourceOf(http.urlOf("r.git"))), [null])).rejects.toMatchObject({
      code: "FETCH_AUTH",
    });
  });

  it.each([
    ["absent.git", "FETCH_NOT_FOUND"],
    ["r.git", "FETCH_THROTTLED"],
  ])("[R-GIT-02] throws when the remote as a whole cannot be asked: %s is %s", async (name, code) => {
    http.fail("r.git", { kind: "status", status: 429 });
    await expect(resolveRefs(remoteOf(world.git, sourceOf(http.urlOf(name))), [null])).rejects.toMatchObject({
      code,
    });
  });
});
