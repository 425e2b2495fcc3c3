import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { git, gitText } from "./git-command.js";
import { startGitDaemon } from "./git-daemon.js";
import { createRepository } from "./git-repository.js";
import { startHttpRemote, type HttpRemote, type HttpRemoteOptions } from "./http-remote.js";
import { removeTree } from "./sandbox.js";
import { noise } from "./seeded.js";
import { sshdAvailable, startSshRemote } from "./ssh-remote.js";
import { gitTree, namesIn, readTree } from "./tree.js";

let root: string;
let remotes: HttpRemote[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-remotes-"));
});
afterEach(async () => {
  for (const remote of remotes) await remote.close();
  remotes = [];
  await removeTree(root);
});

const skill = {
  "SKILL.md": "---\nname: x\ndescription: y\n---\n",
  "run.sh": { content: "#!/bin/sh\n", executable: true },
};

async function serve(options: Partial<HttpRemoteOptions> = {}): Promise<HttpRemote> {
  const remote = await startHttpRemote({ root, ...options });
  remotes.push(remote);
  return remote;
}

let clones = 0;
async function clone(url: string, env: Record<string, string> = {}): Promise<string> {
  const dir = join(root, `clone-${(clones += 1)}`);
  await git(["clone", "--quiet", url, dir], { env });
  return dir;
}

describe("the http remote", () => {
  it("serves clones and counts what it served", async () => {
    const repository = await createRepository(join(root, "acme/a.git"), { files: skill });
    const remote = await serve();
    const dir = await clone(remote.urlOf("acme/a.git"));
    expect(await readTree(dir).then(withoutGit)).toEqual(await gitTree(repository.dir, "HEAD"));
    const kinds = remote.traffic.log.map(({ kind }) => kind);
    expect(kinds).toEqual(["info/refs", "ls-refs", "fetch"]);
    expect(remote.traffic.count({ repository: "acme/a.git", kind: "fetch" })).toBe(1);
    expect(remote.traffic.connections).toBe(1);
    expect(remote.traffic.bytesSent("acme/a.git")).toBeGreaterThan(200);
    expect(remote.traffic.log.every(({ ms, status, aborted }) => ms !== undefined && status === 200 && !aborted)).toBe(
      true,
    );
  });

  it("grants a partial clone, or not, as the repository says; and serves sha256", async () => {
    await createRepository(join(root, "a.git"), { files: skill });
    await createRepository(join(root, "b.git"), { files: skill, allowFilter: false });
    await createRepository(join(root, "c.git"), { files: skill, objectFormat: "sha256" });
    const remote = await serve();
    const missing = async (name: string): Promise<number> => {
      const dir = join(root, `partial-${name}`);
      await git(["clone", "--quiet", "--bare", "--filter=blob:none", remote.urlOf(name), dir]);
      const objects = await gitText(["-C", dir, "rev-list", "--objects", "--missing=print", "--all"]);
      return objects.split("\n").filter((line) => line.startsWith("?")).length;
    };
    expect([await missing("a.git"), await missing("b.git"), await missing("c.git")]).toEqual([2, 0, 2]);
  });

  it("answers repeated requests from memory when it records, until it forgets", async () => {
    const repository = await createRepository(join(root, "a.git"), { files: skill });
    const remote = await serve({ record: true });
    await clone(remote.urlOf("a.git"));
    const dir = await clone(remote.urlOf("a.git"));
    expect(remote.traffic.log.map(({ recorded }) => recorded)).toEqual([false, false, false, true, true, true]);
    await repository.commit({ files: { "new.md": "new" } });
    remote.forget();
    await git(["-C", dir, "pull", "--quiet"]);
    expect(await namesIn(dir)).toContain("new.md");
  });

  it("sees how many repositories are visited at once", async () => {
    const names = ["a.git", "b.git", "c.git", "d.git"];
    for (const name of names) await createRepository(join(root, name), { files: skill });
    const remote = await serve({ latencyMs: 150 });
    await Promise.all(names.slice(0, 3).map((name) => clone(remote.urlOf(name))));
    await clone(remote.urlOf("d.git"));
    expect(remote.traffic.peakRepositoriesInRequest).toBe(3);
    expect(remote.traffic.peakSessions()).toBe(3);
    expect(remote.traffic.sessions().map(({ requests }) => requests)).toEqual([3, 3, 3, 3]);
    const [last] = remote.traffic.sessions().slice(-1);
    expect((last?.lastAt ?? 0) - (last?.firstAt ?? 0)).toBeGreaterThanOrEqual(450);
    remote.traffic.reset();
    remote.latencyMs = 0;
    await clone(remote.urlOf("a.git"));
    expect([remote.traffic.peakSessions(), remote.traffic.count()]).toEqual([1, 3]);
  });

  describe("on a line of 1 MB per second", () => {
    const packBytes = 300_000;
    const files = { "noise.bin": noise("line", packBytes) };
    const fetches = (remote: HttpRemote) => remote.traffic.log.filter(({ kind }) => kind === "fetch");

    it("lets two downloads share it, recorded ones too", async () => {
      for (const name of ["a.git", "b.git"]) await createRepository(join(root, name), { files });
      const remote = await serve({ record: true });
      const both = () => Promise.all(["a.git", "b.git"].map((name) => clone(remote.urlOf(name))));
      await both();
      remote.traffic.reset();
      remote.line.bytesPerSecond = 1_000_000;
      await both();
      // Alone each would take 300 ms; together 600, less what one of them starts later.
      for (const { ms } of fetches(remote)) expect(ms).toBeGreaterThan(330);
      expect(fetches(remote).map(({ recorded }) => recorded)).toEqual([true, true]);
      expect(remote.traffic.bytesSent()).toBeGreaterThan(2 * packBytes);
    });

    it("gives the share of clients that leave to the others", async () => {
      await createRepository(join(root, "a.git"), { files });
      await createRepository(join(root, "b.git"), { files });
      const remote = await serve({ bytesPerSecond: 1_000_000 });
      const leave = new AbortController();
      const pack = join("objects/pack", (await namesIn(join(root, "a.git/objects/pack"))).at(-1) ?? "");
      const leavers = Array.from({ length: 9 }, () => fetch(`${remote.urlOf("a.git")}/${pack}`, leave));
      await Promise.all(leavers);
      leave.abort();
      await clone(remote.urlOf("b.git"));
      // With ten shares it would take three seconds.
      expect(fetches(remote)[0]?.ms).toBeGreaterThan(250);
      expect(fetches(remote)[0]?.ms).toBeLessThan(1500);
      await expect.poll(() => remote.traffic.log.filter(({ aborted }) => aborted).length).toBe(9);
    });
  });

  it("throttles a crowd", async () => {
    const names = ["a.git", "b.git", "c.git"];
    for (const name of names) await createRepository(join(root, name), { files: skill });
    const remote = await serve({ latencyMs: 200, throttle: { above: 1, retryAfterSeconds: 1 } });
    await Promise.allSettled(names.map((name) => clone(remote.urlOf(name))));
    expect(remote.traffic.log.some(({ status }) => status === 429)).toBe(true);
    expect(remote.traffic.log.some(({ status }) => status === 200)).toBe(true);
  });
});

describe("faults of the http remote", () => {
  const impatient = { GIT_HTTP_LOW_SPEED_LIMIT: "1000", GIT_HTTP_LOW_SPEED_TIME: "1" };
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * n * 31 + (n >> 3) * 17) & 0xff));

  it.each([
    [{ kind: "status", status: 401 }, /could not read Username/u],
    [{ kind: "status", status: 403 }, /403/u],
    [{ kind: "status", status: 404 }, /not found/u],
    [{ kind: "status", status: 429, retryAfterSeconds: 3 }, /429/u],
    [{ kind: "status", status: 503 }, /503/u],
    [{ kind: "stall" }, /too slow/u],
    [{ kind: "stall", afterBytes: 300 }, /too slow/u],
    [{ kind: "drip" }, /too slow/u],
    [{ kind: "truncate", afterBytes: 300 }, /transfer closed|early EOF|curl/u],
    [{ kind: "reset" }, /reset by peer|Recv failure|curl/u],
    [{ kind: "corrupt", atByte: 400 }, /fatal|error/u],
  ] as const)("%o", async (fault, message) => {
    await createRepository(join(root, "bad.git"), { files: { ...skill, "noise.bin": bytes } });
    await createRepository(join(root, "good.git"), { files: skill });
    const remote = await serve();
    const late = "afterBytes" in fault || fault.kind === "corrupt" || fault.kind === "drip";
    remote.fail("bad.git", fault, late ? { on: ["fetch"] } : {});
    await expect(clone(remote.urlOf("bad.git"), impatient)).rejects.toThrow(message);
    await clone(remote.urlOf("good.git"));
    remote.heal("bad.git");
    await clone(remote.urlOf("bad.git"));
  });

  it("last for as many requests as asked", async () => {
    await createRepository(join(root, "a.git"), { files: skill });
    const remote = await serve();
    remote.fail("*", { kind: "status", status: 503 }, { times: 2 });
    for (let n = 0; n < 2; n += 1) await expect(clone(remote.urlOf("a.git"))).rejects.toThrow(/503/u);
    await clone(remote.urlOf("a.git"));
    expect(remote.traffic.log.map(({ status }) => status)).toEqual([503, 503, 200, 200, 200]);
  });

  it("redirects, asks for credentials, and refuses when closed", async () => {
    await createRepository(join(root, "a.git"), { files: skill });
    const remote = await serve();
    remote.fail("old.git", { kind: "redirect", to: remote.urlOf("a.git") });
    await clone(remote.urlOf("old.git"));
    remote.fail("a.git", { kind: "credentials", user: "ada", password: "secret" });
    await expect(clone(remote.urlOf("a.git"))).rejects.toThrow(/could not read Username/u);
    await clone(remote.urlOf("a.git").replace("http://", "http://ada:secret@"));
    await remote.close();
    await expect(clone(remote.urlOf("a.git"))).rejects.toThrow(/Failed to connect|refused/u);
  });
});

describe("the other transports", () => {
  it("git daemon serves clones", async () => {
    await createRepository(join(root, "a.git"), { files: skill });
    const daemon = await startGitDaemon({ root, config: { "uploadpack.allowFilter": "false" } });
    try {
      const dir = await clone(daemon.urlOf("a.git"));
      expect(await namesIn(dir)).toContain("SKILL.md");
      await expect(clone(daemon.urlOf("none.git"))).rejects.toThrow(/not exported/u);
      await expect.poll(() => daemon.connections()).toBe(2);
      const partial = join(root, "partial");
      await git(["clone", "--bare", "--filter=blob:none", daemon.urlOf("a.git"), partial]);
      expect(await gitText(["-C", partial, "rev-list", "--objects", "--missing=print", "--all"])).not.toContain("?");
    } finally {
      await daemon.close();
    }
    await expect(clone(daemon.urlOf("a.git"))).rejects.toThrow(/refused/u);
  });

  it.skipIf(!sshdAvailable())("ssh serves clones, and knows bad keys", async () => {
    await createRepository(join(root, "a.git"), { files: skill });
    const remote = await startSshRemote({ root });
    try {
      for (const form of ["url", "scp"] as const) {
        expect(await namesIn(await clone(remote.urlOf("a.git", form), remote.env))).toContain("SKILL.md");
      }
      await expect.poll(() => remote.sessions()).toBe(2);
      remote.trust("none");
      await expect(clone(remote.urlOf("a.git"), remote.env)).rejects.toThrow(/Host key verification failed/u);
      remote.trust("changed");
      await expect(clone(remote.urlOf("a.git"), remote.env)).rejects.toThrow(/IDENTIFICATION HAS CHANGED/u);
      remote.trust("right");
      remote.authorize(false);
      await expect(clone(remote.urlOf("a.git"), remote.env)).rejects.toThrow(/Permission denied/u);
    } finally {
      await remote.close();
    }
  });
});

function withoutGit<T extends { path: string }>(entries: T[]): T[] {
  return entries.filter(({ path }) => !path.startsWith(".git/"));
}
