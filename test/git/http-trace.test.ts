import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchCommits } from "../../src/git/fetch.js";
import { mirrorOf, openMirror } from "../../src/git/mirror.js";
import { resolveRefs } from "../../src/git/remote-refs.js";
import { HttpTrace } from "../../src/git/http-trace.js";
import { createRepository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { remoteOf, gitWorld, sourceOf, type GitWorld } from "./git-world.js";

let root: string;
let http: HttpRemote;
let commit: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-headers-"));
  mkdirSync(join(root, "srv"));
  commit = await (await createRepository(join(root, "srv/r.git"), { files: { a: "1" } })).revParse("main");
  http = await startHttpRemote({ root: join(root, "srv") });
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true });
});

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

const HTTPS = sourceOf("https://git.example/a/b");
const NOW = new Date("2026-01-01T00:00:00Z");

/** What is read from an exchange as git writes it. */
function readFrom(lines: string): number | null {
  const path = join(directory, "trace");
  const headers = new HttpTrace({ scratchFile: () => path }, HTTPS);
  writeFileSync(path, lines);
  return headers.read(NOW).retryAfterSeconds;
}

const received = (...headers: string[]) =>
  headers.map((header) => `00:00:00.000001 http.c:725              <= Recv header: ${header}\n`).join("");

describe("HttpTrace", () => {
  it.each<[string, string, number | null]>([
    ["seconds", received("HTTP/1.1 429 Too Many Requests", "Retry-After: 7"), 7],
    ["seconds of HTTP/2, in lower case", received("HTTP/2 503", "retry-after: 120", "server: x"), 120],
    ["a line end of Windows", received("Retry-After: 7\r"), 7],
    ["no blank after the colon", received("Retry-After:7"), 7],
    ["nothing to wait for", received("Retry-After: 0"), 0],
    ["a date", received("Retry-After: Thu, 01 Jan 2026 00:01:30 GMT"), 90],
    ["a date that has passed", received("Retry-After: Wed, 31 Dec 2025 23:00:00 GMT"), 0],
    ["several: the last", received("Retry-After: 7", "Retry-After: 9"), 9],
    ["none", received("HTTP/1.1 429 Too Many Requests", "Server: x"), null],
    ["an empty one", received("Retry-After: "), null],
    ["words", received("Retry-After: soon"), null],
    ["more digits than a number has", received(`Retry-After: ${"9".repeat(400)}`), null],
    ["one that was sent and not received", "x => Send header: Retry-After: 7\n", null],
    ["an empty file", "", null],
  ])("[R-REACTOR-08] reads %s", (_, lines, seconds) => {
    expect(readFrom(lines)).toBe(seconds);
  });

  it("[R-REACTOR-08] reads nothing where git wrote nothing, and removes what is there or not", () => {
    const path = join(directory, "trace");
    const headers = new HttpTrace({ scratchFile: () => path }, HTTPS);
    expect([headers.read(NOW).retryAfterSeconds, headers.dispose()]).toEqual([null, undefined]);
    writeFileSync(path, received("Retry-After: 7"));
    headers.dispose();
    expect(existsSync(path)).toBe(false);
  });

  it("[R-REACTOR-08] asks git for headers over HTTP alone, never for contents, and without credentials", () => {
    const git = { scratchFile: () => "/scratch" };
    const asked = { GIT_TRACE_CURL: "/scratch", GIT_TRACE_CURL_NO_DATA: "1", GIT_TRACE_REDACT: "1" };
    expect(new HttpTrace(git, HTTPS).environment).toEqual(asked);
    expect(new HttpTrace(git, sourceOf("http://git.example/a/b")).environment).toEqual(asked);
    for (const remote of [undefined, sourceOf("git@git.example:a/b"), sourceOf("/srv/a")]) {
      expect(new HttpTrace(git, remote).environment).toEqual({});
      expect(new HttpTrace(git, remote).read(NOW).retryAfterSeconds).toBeNull();
    }
  });
});

describe("a server that says when to come back", () => {
  const refs = async () => await resolveRefs(remoteOf(world.git, sourceOf(http.urlOf("r.git"))), ["main"]);
  const scratch = () => readdirSync(directory).filter((name) => name.startsWith("scratch-"));

  it.each([429, 503])("[R-REACTOR-08] is FETCH_THROTTLED with its seconds when it answers %i", async (status) => {
    http.fail("r.git", { kind: "status", status, retryAfterSeconds: 7 });
    await expect(refs()).rejects.toMatchObject({ code: "FETCH_THROTTLED", facts: { retryAfterSeconds: 7 } });
    expect(scratch()).toEqual([]);
  });

  it("[R-REACTOR-08] may say it by a date", async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    http.fail("r.git", { kind: "status", status: 429, headers: { "retry-after": date } });
    const error = await refs().catch((thrown: unknown) => thrown as { facts: { retryAfterSeconds: number } });
    if (error instanceof Map) return expect.unreachable("it was answered");
    expect(error.facts.retryAfterSeconds).toBeGreaterThan(30);
    expect(error.facts.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it("[R-REACTOR-08] may say it in the middle of a fetch", async () => {
    const source = sourceOf(http.urlOf("r.git"));
    const mirror = mirrorOf(world.storage, source);
    openMirror(mirror, "sha1");
    http.fail("r.git", { kind: "status", status: 429, retryAfterSeconds: 3 }, { on: ["fetch"] });
    await expect(
      fetchCommits(remoteOf(world.git, source), mirror, [{ oid: commit, commit }], "whole"),
    ).rejects.toMatchObject({ code: "FETCH_THROTTLED", facts: { retryAfterSeconds: 3 } });
    expect(scratch()).toEqual([]);
  });

  it("[R-REACTOR-08] is broken when it answers 503 without saying so, and throttles when it answers 429", async () => {
    http.fail("r.git", { kind: "status", status: 503 }, { times: 1 });
    http.fail("r.git", { kind: "status", status: 429 }, { times: 1 });
    await expect(refs()).rejects.toMatchObject({ code: "FETCH_NETWORK" });
    const error = await refs().catch((thrown: unknown) => thrown as { code: string; facts: object });
    expect(error).toMatchObject({ code: "FETCH_THROTTLED" });
    expect(error).not.toHaveProperty("facts.retryAfterSeconds");
    expect(scratch()).toEqual([]);
  });

  it("[R-REACTOR-08] leaves no file behind when all goes well", async () => {
    expect((await refs()).get("main")).toMatchObject({ oid: commit });
    expect(scratch()).toEqual([]);
  });
});
