import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AnnouncedSize } from "../../src/git/announced-size.js";
import { fetchBlobs, fetchCommits } from "../../src/git/fetch.js";
import { fetchCommitsDirectly } from "../../src/git/fetch-directly.js";
import { mirrorOf, openMirror, type Mirror } from "../../src/git/mirror.js";
import { OwnerSettings } from "../../src/git/owner-settings.js";
import type { Remote } from "../../src/git/remote.js";
import { Repositories } from "../../src/git/repositories.js";
import { systemClock } from "../../src/system/clock.js";
import { exchange } from "../../src/system/http-exchange.js";
import { git } from "../helpers/git-command.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { packet, startOddHttp, type Reply } from "../helpers/odd-server.js";
import { processesNaming } from "../helpers/running-processes.js";
import { noise } from "../helpers/seeded.js";
import { gitWorld, remoteOf, sourceOf, type GitWorld } from "./git-world.js";

let root: string;
let http: HttpRemote;
let repository: Repository;
let first: string;
let second: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-direct-"));
  const files = { "SKILL.md": "first", "a/b.md": "b", "a/c.md": noise("c", 300_000) };
  repository = await createRepository(join(root, "srv/r.git"), { files });
  first = await repository.revParse("main");
  await repository.tag("v1", { message: "The first" });
  second = await repository.commit({ files: { "SKILL.md": "second" } });
  http = await startHttpRemote({ root: join(root, "srv") });
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true });
});

let world: GitWorld;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(root, "world-"));
  world = gitWorld(directory);
  http.traffic.reset();
});
afterEach(() => http.heal());

const originOf = (url: string) => new URL(url).origin;

/** An empty mirror, and the remote with what the run knows of its hosts. */
function opened(url: string, name: string, gitOnly: readonly string[] = []) {
  const source = sourceOf(url);
  const mirror = mirrorOf(join(world.storage, name), source);
  openMirror(mirror, "sha1");
  const remote: Remote = { ...remoteOf(world.git, source), gitOnly: new Set(gitOnly) };
  return { mirror, remote };
}

/** Everything in a mirror: the objects, the refs, the list of shallow commits, and the other files by name. */
async function contentOf({ directory: mirror }: Mirror) {
  const run = async (...args: string[]) => String(await git(args, { cwd: mirror }));
  const names = readdirSync(mirror, { recursive: true, encoding: "utf8" });
  const files = names.map((name) => name.replace(/[0-9a-f]{40,64}\./u, "*.")).toSorted();
  const shallow = names.includes("shallow") ? readFileSync(join(mirror, "shallow"), "utf8") : null;
  const objects = await run("cat-file", "--batch-all-objects", "--batch-check", "--buffer");
  return { objects, shallow, files, refs: await run("for-each-ref") };
}

const left = ({ directory: mirror }: Mirror) =>
  readdirSync(mirror, { recursive: true, encoding: "utf8" }).filter((name) => /tmp_|\.lock$|eden\//u.test(name));

describe("fetching without git [R-GIT-28]", () => {
  it.each([
    ["a commit without contents", "none", () => [second]],
    ["a commit with all contents", "whole", () => [second]],
    ["a first commit", "none", () => [first]],
    ["two commits", "whole", () => [second, first]],
    ["an annotated tag", "none", async () => [await repository.revParse("refs/tags/v1")]],
  ] as const)("leaves the mirror as git does: %s", async (_, contents, oids) => {
    const url = http.urlOf("r.git");
    const wanted = (await oids()).map((oid) => ({ oid, commit: oid }));
    const blobs = await Promise.all(
      ["SKILL.md", "a/c.md"].map(async (path) => await repository.revParse(`main:${path}`)),
    );
    const results = [];
    for (const [name, gitOnly] of [
      ["ours", []],
      ["git", [originOf(url)]],
    ] as const) {
      const { mirror, remote } = opened(url, name, gitOnly);
      http.traffic.reset();
      const answer = await fetchCommits(remote, mirror, wanted, contents);
      const commits = await contentOf(mirror);
      const missing = contents === "none" ? blobs : [];
      expect(await fetchBlobs(remote, mirror, missing)).toBe(true);
      results.push([answer, commits, await contentOf(mirror)]);
      const fetches = contents === "none" ? 2 : 1;
      expect(http.traffic.count()).toBe(name === "ours" ? fetches : 2 * fetches);
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("works for a SHA-256 repository", async () => {
    const modern = await createRepository(join(root, "srv/wide.git"), { files: { a: "1" }, objectFormat: "sha256" });
    const oid = await modern.revParse("main");
    const source = sourceOf(http.urlOf("wide.git"));
    const mirror = mirrorOf(world.storage, source);
    openMirror(mirror, "sha256");
    const commits = { oids: [oid], withoutContents: false };
    expect(await fetchCommitsDirectly(remoteOf(world.git, source), mirror, commits)).toBe(true);
    expect(readFileSync(join(mirror.directory, "refs/eden", oid), "latin1")).toBe(`${oid}\n`);
  });

  it("ends the fetch of a large repository", async () => {
    const big = await createRepository(join(root, "srv/big.git"), { files: { big: noise("big", 9_000_000) } });
    const { mirror, remote } = opened(http.urlOf("big.git"), "big");
    const size = new AnnouncedSize();
    const oids = [await big.revParse("main")];
    await expect(fetchCommitsDirectly(remote, mirror, { oids, withoutContents: false, size })).rejects.toBe(
      size.tooLarge,
    );
  });

  it("is left to git when the owner has rules for objects", async () => {
    const { mirror, remote } = opened(http.urlOf("r.git"), "rules");
    const owner = OwnerSettings.parse("fetch.fsck.skiplist\n/list\0");
    const commits = { oids: [second], withoutContents: true };
    expect(await fetchCommitsDirectly({ ...remote, git: { ...world.git, owner } }, mirror, commits)).toBe(false);
    expect(http.traffic.log).toEqual([]);
  });
});

/** An answer with these lines, and a pack in its first band. */
const answered = (pack: Buffer, ...lines: string[]) =>
  Buffer.concat([
    ...lines.map((line) => (line === "0001" ? Buffer.from(line) : packet(`${line}\n`))),
    packet("packfile\n"),
    packet(Buffer.concat([Buffer.from([1]), pack])),
    Buffer.from("0000"),
  ]);

describe("an unexpected answer is left to git [R-GIT-29]", () => {
  const type = "application/x-git-upload-pack-result";
  const reply =
    (body: string | Buffer, status = 200, headers: Record<string, string> = { "content-type": type }): Reply =>
    (_, response) =>
      void response.writeHead(status, headers).end(body);
  let pack: Buffer;
  beforeAll(async () => {
    const blob = await repository.revParse("main:SKILL.md");
    pack = await git(["pack-objects", "--stdout", "-q"], { cwd: repository.dir, input: `${blob}\n` });
  });

  it.each([
    ["a redirect", false, () => reply("", 302, { location: "http://127.0.0.1:1/" })],
    ["no POST", true, () => reply("", 501)],
    ["401", false, () => reply("", 401)],
    ["404", false, () => reply("", 404)],
    ["a page", false, () => reply("<html>", 200, { "content-type": "text/html" })],
    ["nothing", true, () => reply("")],
    ["no packets", true, () => reply("<html>")],
    ["only the end", true, () => reply("0000")],
    ["a length that is none", true, () => reply("0003")],
    ["an unknown section", true, () => reply(Buffer.concat([packet("wanted-refs\n"), Buffer.from("0000")]))],
    ["a message", false, () => reply(packet("ERR upload-pack: not our ref"))],
    ["an error beside the pack", false, () => reply(Buffer.concat([packet("packfile\n"), packet("\u0003no")]))],
    ["half a pack", true, () => reply(answered(pack).subarray(0, -20))],
    ["a pack that ends early", false, () => reply(answered(pack.subarray(0, -20)))],
    ["what is no pack", false, () => reply(answered(Buffer.from("no pack at all, but longer than a header")))],
    ["a pack without the commit", false, () => reply(answered(pack))],
    [
      "too many shallow commits",
      true,
      () => {
        const lines = [1, 2].map((n) => `shallow ${String(n).repeat(40)}`);
        return reply(answered(pack, "shallow-info", ...lines, "0001"));
      },
    ],
    [
      "a shallow commit that is a path",
      true,
      () => reply(answered(pack, "shallow-info", "shallow ../../config", "0001")),
    ],
    ["more after the end", true, () => reply(Buffer.concat([answered(pack), packet("more")]))],
    [
      "a cut connection",
      false,
      () => (_: unknown, response) => {
        response
          .writeHead(200, { "content-type": type })
          .write(answered(pack).subarray(0, 60), () => response.destroy());
      },
    ],
  ] as [string, boolean, () => Reply][])("%s; its host is remembered: %s", async (_, isRemembered, make) => {
    let requests = 0;
    const answer = make();
    const server = await startOddHttp((...call) => {
      requests++;
      answer(...call);
    });
    onTestFinished(server.close);
    const url = `http://127.0.0.1:${server.port}/r.git`;
    const { mirror, remote } = opened(url, "odd");
    const commits = { oids: [second], withoutContents: true };
    expect(await fetchCommitsDirectly(remote, mirror, commits)).toBe(false);
    expect(left(mirror)).toEqual([]);
    expect([...(remote.gitOnly ?? [])]).toEqual(isRemembered ? [originOf(url)] : []);
    expect(await fetchCommitsDirectly(remote, mirror, commits)).toBe(false);
    expect(requests).toBe(isRemembered ? 1 : 2);
  });

  it("a server without filters, or of the old protocol", async () => {
    const bare = await createRepository(join(root, "srv/bare.git"), { files: { a: "1" }, allowFilter: false });
    const { mirror, remote } = opened(http.urlOf("bare.git"), "bare");
    const oid = await bare.revParse("main");
    expect(await fetchCommitsDirectly(remote, mirror, { oids: [oid], withoutContents: true })).toBe(false);
    expect(remote.gitOnly?.size).toBe(1);
    expect((await fetchCommits(remote, mirror, [{ oid, commit: oid }], "none")).withoutContents).toBe(false);
  });

  it("objects that git does not accept", async () => {
    const bad = await createRepository(join(root, "srv/bad.git"), { files: { a: "1" } });
    const tree = await bad.revParse("main^{tree}");
    const commit = `tree ${tree}\nauthor nobody <x> 1 +0000\n\nno committer\n`;
    const oid = await bad.git(["hash-object", "-w", "-t", "commit", "--stdin", "--literally"], commit);
    await bad.branch("bad", oid);
    for (const contents of ["none", "whole"] as const) {
      const { mirror, remote } = opened(http.urlOf("bad.git"), contents);
      const commits = { oids: [oid], withoutContents: contents === "none" };
      expect(await fetchCommitsDirectly(remote, mirror, commits)).toBe(false);
      await expect(fetchCommits(remote, mirror, [{ oid, commit: oid }], contents)).rejects.toMatchObject({
        code: "SKILL_UNSAFE",
      });
    }
  });
});

describe("a server under load [R-GIT-29]", () => {
  it.each([
    [{ status: 429 }, "FETCH_THROTTLED"],
    [{ status: 403, retryAfterSeconds: 7 }, "FETCH_THROTTLED"],
    [{ status: 500 }, "FETCH_NETWORK"],
  ])("is asked once: %j", async (fault, code) => {
    http.fail("r.git", { kind: "status", ...fault });
    const { mirror, remote } = opened(http.urlOf("r.git"), "load");
    const fetching = fetchCommits(remote, mirror, [{ oid: second, commit: second }], "none");
    await expect(fetching).rejects.toMatchObject({ code });
    expect([http.traffic.count(), world.processes()]).toEqual([1, 0]);
  });

  it("is asked once when it is silent", async () => {
    http.fail("r.git", { kind: "stall", afterBytes: 200_000 });
    const { mirror, remote } = opened(http.urlOf("r.git"), "silent");
    const fetching = fetchCommits({ ...remote, stallMs: 300 }, mirror, [{ oid: second, commit: second }], "whole");
    await expect(fetching).rejects.toMatchObject({ code: "FETCH_STALLED" });
    expect(http.traffic.count()).toBe(1);
  });
});

describe("an endless answer [R-GIT-28]", () => {
  it("waits until git has taken what has arrived", async () => {
    let sent = 0;
    const server = await startOddHttp((_, response) => {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      const line = packet(Buffer.alloc(65_000, 2));
      const more = () => {
        while (!response.destroyed) {
          sent += line.length;
          if (!response.write(line)) return void response.once("drain", more);
        }
      };
      response.write(packet("packfile\n"));
      more();
    });
    onTestFinished(server.close);
    const cancel = new AbortController();
    const arrived = exchange(new URL(`http://127.0.0.1:${server.port}/`), {
      method: "POST",
      headers: {},
      maxBytes: 0,
      stallMs: 60_000,
      signal: cancel.signal,
      route: { proxy: null, authorities: [] },
      receiver: { accepts: () => true, take: async () => await new Promise(() => {}) },
    });
    arrived.catch(() => {});
    let before = -1;
    // The buffers of the system are full when nothing more is sent for a while.
    await expect
      .poll(
        () => {
          const isFull = sent > 0 && sent === before;
          before = sent;
          return isFull;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    cancel.abort();
  });
});

describe("a fetch that is cancelled [R-GIT-28]", () => {
  it("leaves no process and no file", async () => {
    http.fail("r.git", { kind: "stall", afterBytes: 200_000 });
    const source = sourceOf(http.urlOf("r.git"));
    const repositories = new Repositories({
      storageRoot: world.storage,
      clock: systemClock,
      offline: false,
      openArchives: async () => await Promise.reject(new Error("not used")),
      stallMs: 20_000,
      git: async () => world.git,
    });
    const cancel = new AbortController();
    const mirror = mirrorOf(world.storage, source);
    const reason = new Error("enough");
    const using = repositories.open(source, { signal: cancel.signal }, async (one) => {
      await one.fetch([{ oid: second, commit: second }], "whole");
    });
    const isStoring = () => left(mirror).some((name) => name.includes("tmp_pack"));
    await expect.poll(isStoring, { timeout: 10_000 }).toBe(true);
    cancel.abort(reason);
    await expect(using).rejects.toBe(reason);
    expect(left(mirror)).toEqual([]);
    expect(processesNaming(mirror.directory)).toEqual([]);
  });
});
