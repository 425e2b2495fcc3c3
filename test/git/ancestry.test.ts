import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ancestryOf } from "../../src/git/ancestry.js";
import { fetchCommits } from "../../src/git/fetch.js";
import { mirrorOf, openMirror } from "../../src/git/mirror.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { createRepository } from "../helpers/git-repository.js";
import { startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { remoteOf, gitWorld, sourceOf, type GitWorld } from "./git-world.js";

let root: string;
let http: HttpRemote;
let world: GitWorld;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-ancestry-"));
  mkdirSync(join(root, "srv"));
  http = await startHttpRemote({ root: join(root, "srv") });
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  world = gitWorld(mkdtempSync(join(root, "world-")));
});

/** Asks with a mirror that holds these commits at depth 1. */
async function ask(
  name: string,
  before: string,
  commit: string,
  held: readonly string[] = [before, commit],
  offline = false,
) {
  const source = sourceOf(http.urlOf(name));
  const mirror = mirrorOf(world.storage, source);
  openMirror(mirror, commit.length === 64 ? "sha256" : "sha1");
  for (const oid of held) await fetchCommits(remoteOf(world.git, source), mirror, [{ oid, commit: oid }], "whole");
  const reader = new ObjectReader(world.git, mirror.directory, new AbortController().signal);
  const started = world.processes();
  try {
    const answer = await ancestryOf(remoteOf(world.git, source), reader, { commit, before, offline });
    const { kind } = answer;
    const commits = kind === "descends" ? answer.commits : undefined;
    return { answer: kind, commits, processes: world.processes() - started };
  } finally {
    await reader.close();
  }
}

describe.each(["sha1", "sha256"] as const)("ancestryOf with %s", (objectFormat) => {
  it("knows a child without asking anybody, and a later descendant by its history [R-UPDATE-11]", async () => {
    const name = `on-${objectFormat}.git`;
    const repository = await createRepository(join(root, "srv", name), { objectFormat, files: { a: "0" } });
    const commits = [await repository.revParse("main")];
    for (const a of ["1", "2", "3", "4"]) commits.push(await repository.commit({ files: { a } }));
    const [first = "", second = "", third = "", , last = ""] = commits;
    expect(await ask(name, first, second)).toEqual({ answer: "descends", commits: 1, processes: 1 });
    expect(await ask(name, first, last)).toMatchObject({ answer: "descends", commits: 4 });
    expect(await ask(name, second, last, [last])).toMatchObject({ answer: "descends", commits: 3 });
    expect((await ask(name, last, third)).answer).toBe("elsewhere");
    expect(await ask(name, first, last, [first, last], true)).toEqual({ answer: "unknown", processes: 1 });
  });

  it("tells a history that was rewritten, whatever its dates, also where the old commit is gone [R-UPDATE-11]", async () => {
    const name = `rewritten-${objectFormat}.git`;
    const repository = await createRepository(join(root, "srv", name), { objectFormat, files: { a: "0" } });
    const base = await repository.revParse("main");
    const old = await repository.commit({ files: { a: "1" } });
    await repository.branch("old", old);
    await repository.git(["update-ref", "refs/heads/main", base]);
    await repository.branch("side", base);
    const beside = await repository.commit({ files: { a: "2" }, branch: "side" });
    const fresh = await repository.commit({ files: { a: "3" }, orphan: true });
    const ancient = await repository.git(
      ["hash-object", "-t", "commit", "-w", "--stdin"],
      `tree ${await repository.revParse("main^{tree}")}\nauthor A <a@b> 1000000 +0000\ncommitter A <a@b> 1000000 +0000\n\nx\n`,
    );
    await repository.git(["update-ref", "refs/heads/ancient", ancient]);
    for (const commit of [beside, fresh, ancient, base])
      expect((await ask(name, old, commit)).answer).toBe("elsewhere");
    const gone = "1".repeat(old.length);
    expect((await ask(name, gone, beside, [beside])).answer).toBe("elsewhere");
  });
});

it("does not know when the remote fails [R-UPDATE-11]", async () => {
  const repository = await createRepository(join(root, "srv/fails.git"), { files: { a: "0" } });
  const first = await repository.revParse("main");
  await repository.commit({ files: { a: "1" } });
  const last = await repository.commit({ files: { a: "2" } });
  await ask("fails.git", first, last);
  http.fail("fails.git", { kind: "status", status: 500 });
  expect((await ask("fails.git", first, last, [])).answer).toBe("unknown");
});
