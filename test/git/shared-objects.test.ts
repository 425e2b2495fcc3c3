import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectSource } from "../../src/git/object-reader.js";
import { mirrorHas, mirrorOf, type Mirror } from "../../src/git/mirror.js";
import { readBlobs } from "../../src/git/read-blobs.js";
import { SharedObjects } from "../../src/git/shared-objects.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { gitWorld, sourceOf, unhurried, type GitWorld } from "./git-world.js";

let root: string;
let world: GitWorld;
let mirrors: Mirror[];
let shared: SharedObjects;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-shared-"));
  world = gitWorld(root);
  mirrors = ["one", "two", "three"].map((name) => mirrorOf(world.storage, sourceOf(`https://h.example/a/${name}`)));
  shared = new SharedObjects(mirrors, unhurried().signal);
});
afterEach(async () => {
  await shared.close();
  rmSync(root, { recursive: true });
});

/** A mirror with one file. */
async function fill(n: number, content: string, objectFormat: "sha1" | "sha256" = "sha1"): Promise<Repository> {
  const made = await createRepository(join(root, `made-${n}`), { files: { file: content }, objectFormat });
  await made.git(["repack", "-qad"]);
  rmSync(mirrors[n]?.directory ?? "", { recursive: true, force: true });
  cpSync(made.gitDir, mirrors[n]?.directory ?? "", { recursive: true });
  return made;
}

const source = (signal = unhurried().signal) => shared.source(world.git, signal);

async function read(from: ObjectSource, oids: readonly string[], onTake?: () => Promise<void>) {
  const seen: string[] = [];
  const missing = await readBlobs(from, oids, {
    accepts: () => true,
    take: async (_, content) => {
      seen.push(content.toString());
      await onTake?.();
    },
  });
  return { seen, missing };
}

describe("SharedObjects", () => {
  it("[R-GIT-27] reads all mirrors through one process, also those that are made after it was started", async () => {
    const first = await (await fill(0, "first")).revParse("main:file");
    expect(await read(source(), [first])).toEqual({ seen: ["first"], missing: [] });
    const second = await (await fill(1, "second")).revParse("main:file");
    const third = await (await fill(2, "third")).revParse("main:file");
    const found = await Promise.all([read(source(), [second, first]), read(source(), [third, "e".repeat(40)])]);
    expect(found).toEqual([
      { seen: ["second", "first"], missing: [] },
      { seen: ["third"], missing: ["e".repeat(40)] },
    ]);
    expect(world.processes()).toBe(1);
  });

  it("[R-GIT-27] reads each hash through a process of its own", async () => {
    const first = await (await fill(0, "first")).revParse("main:file");
    const second = await (await fill(1, "second", "sha256")).revParse("main:file");
    for (const [oid, content] of [
      [first, "first"],
      [second, "second"],
    ] as const)
      expect(await read(source(), [oid])).toEqual({ seen: [content], missing: [] });
    expect(world.processes()).toBe(2);
  });

  it("[R-GIT-27] does not make a commit of one mirror one of another", async () => {
    const commit = await (await fill(0, "first")).revParse("main");
    await read(source(), [await (await fill(1, "second")).revParse("main:file")]);
    expect(mirrors.map((mirror) => mirrorHas(mirror, commit))).toEqual([false, false, false]);
    expect(readdirSync(mirrors[2]?.directory ?? "")).toEqual(["objects"]);
  });

  it("[R-GIT-27] reads the others when one is damaged", async () => {
    const first = await (await fill(0, "first")).revParse("main:file");
    const second = await (await fill(1, "second")).revParse("main:file");
    const packs = join(mirrors[0]?.directory ?? "", "objects/pack");
    for (const name of readdirSync(packs)) if (name.endsWith(".pack")) truncateSync(join(packs, name), 40);
    const found = await Promise.allSettled([read(source(), [first]), read(source(), [second])]);
    expect(found[0]?.status === "rejected" || found[0]?.value.missing).toEqual([first]);
    expect(found[1]).toMatchObject({ value: { seen: ["second"] } });
  });

  it("[R-GIT-27] reads the others when there is a file in the place of one", async () => {
    const first = await (await fill(0, "first")).revParse("main:file");
    writeFileSync(mirrors[1]?.directory ?? "", "");
    expect(await read(source(), [first])).toEqual({ seen: ["first"], missing: [] });
  });

  it("[R-REACTOR-10] ends a call that is aborted, in its turn or before, and no other", async () => {
    const first = await (await fill(0, "first")).revParse("main:file");
    const hang = new AbortController();
    let isReading: () => void;
    const reading = new Promise<void>((resolve) => (isReading = resolve));
    const hanging = read(source(hang.signal), [first], async () => {
      isReading();
      await new Promise(() => {});
    });
    const impatient = new AbortController();
    const waiting = read(source(impatient.signal), [first]);
    const patient = read(source(), [first]);
    await reading;
    impatient.abort(new Error("impatient"));
    await expect(waiting).rejects.toThrow("impatient");
    hang.abort(new Error("hanging"));
    await expect(hanging).rejects.toThrow("hanging");
    expect(await patient).toEqual({ seen: ["first"], missing: [] });
  });

  it("[R-REACTOR-10] ends with the run", async () => {
    const over = new AbortController();
    shared = new SharedObjects(mirrors, over.signal);
    const first = await (await fill(0, "first")).revParse("main:file");
    await read(source(), [first]);
    over.abort(new Error("over"));
    await expect(read(source(), [first])).rejects.toThrow("over");
    expect(existsSync(mirrors[0]?.directory ?? "")).toBe(true);
  });
});
