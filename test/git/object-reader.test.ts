import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { ObjectReader } from "../../src/git/object-reader.js";
import { readBlobs } from "../../src/git/read-blobs.js";
import { blobId } from "../../src/store/tree-id.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { gitWorld, unhurried, type GitWorld } from "./git-world.js";

let root: string;
let world: GitWorld;
const signal = unhurried().signal;

const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const contents = [
  Buffer.alloc(0),
  Buffer.from("\n"),
  Buffer.from("no newline"),
  Buffer.from(`${"a".repeat(40)} blob 5\nhello\n`),
  binary,
  Buffer.alloc(65_535, 1),
  Buffer.alloc(65_536, 2),
  Buffer.alloc(1_048_576, "0123456789"),
  ...Array.from({ length: 400 }, (_, index) => Buffer.alloc((index * 337) % 4_001, index)),
];
const oids = contents.map((content) => blobId(content, "sha1"));
const ABSENT = "e".repeat(40);
let store: Repository;
let reader: ObjectReader;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-objects-"));
  world = gitWorld(root);
  store = await createRepository(join(root, "blobs.git"), {
    files: Object.fromEntries(contents.map((content, index) => [`f${index}`, content])),
  });
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  reader = new ObjectReader(world.git, store.gitDir, signal);
});
afterEach(async () => await reader.close());

async function read(wanted: readonly string[], onBlob?: (oid: string, content: Buffer) => void | Promise<void>) {
  const seen: [string, Buffer][] = [];
  const missing = await readBlobs(reader, wanted, {
    accepts: () => true,
    take: async (oid, content) => {
      seen.push([oid, Buffer.from(content)]);
      await onBlob?.(oid, content);
    },
  });
  return { seen, missing };
}

describe("ObjectReader and readBlobs", () => {
  it("[R-STORE-01] hand over every content, whole and in the order asked for, wherever the stream is cut", async () => {
    const before = world.processes();
    for (const order of [oids, oids.toReversed()]) {
      const { seen } = await read(order);
      expect(seen.map(([oid]) => oid)).toEqual(order);
      expect(seen.filter(([oid, content]) => blobId(content, "sha1") !== oid)).toEqual([]);
    }
    expect(world.processes() - before).toBe(1);
  });

  it("[R-STORE-01] wait for the receiver, one content at a time", async () => {
    let inside = 0;
    let most = 0;
    const { seen } = await read(oids.slice(0, 50), async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    });
    expect([seen.length, most]).toEqual([50, 1]);
  });

  it("[R-STORE-01] hand over one content twice when it is asked for twice, and start nothing for nothing", async () => {
    const twice = await read([oids[2] ?? "", oids[2] ?? ""]);
    expect(twice.seen.map(([, content]) => content.toString())).toEqual(["no newline", "no newline"]);
    await reader.close();
    const before = world.processes();
    expect([await read([]), world.processes() - before]).toEqual([{ seen: [], missing: [] }, 0]);
  });

  it("[R-STORE-01] tell what is missing, and go on", async () => {
    const { seen, missing } = await read([ABSENT, oids[0] ?? "", ABSENT, oids[1] ?? ""]);
    expect([missing, seen.map(([oid]) => oid)]).toEqual([
      [ABSENT, ABSENT],
      [oids[0], oids[1]],
    ]);
  });

  it("[R-STORE-01] find what came after git was started", async () => {
    const late = Buffer.from("comes late");
    const oid = blobId(late, "sha1");
    const before = world.processes();
    expect((await read([oid])).missing).toEqual([oid]);
    await store.commit({ files: { late } });
    expect(await read([oid])).toMatchObject({ seen: [[oid, late]], missing: [] });
    expect(world.processes() - before).toBe(1);
  });

  it("[R-STORE-01] are FETCH_CORRUPT for what is no blob, and when git ends", async () => {
    await expect(read([await store.revParse("main^{tree}")])).rejects.toMatchObject({ code: "FETCH_CORRUPT" });
    const pack = join(root, "nothing.git");
    reader = new ObjectReader(world.git, pack, signal);
    await expect(read([oids[0] ?? ""])).rejects.toThrow(EdenError);
  });

  it("[R-STORE-01] stop at whatever the receiver throws, and can be asked again", async () => {
    const bug = new Error("enough");
    let calls = 0;
    const reading = read(oids, () => {
      calls++;
      throw bug;
    });
    await expect(reading).rejects.toBe(bug);
    expect(calls).toBe(1);
    expect((await read(oids.slice(0, 3))).seen).toHaveLength(3);
  });

  it("[R-STORE-05] tell sizes before contents are read, and pass over what is not accepted", async () => {
    const told: number[] = [];
    const taken: number[] = [];
    await readBlobs(reader, [oids[7] ?? "", oids[2] ?? "", oids[6] ?? ""], {
      accepts: (_, size) => told.push(size) === 2,
      take: (_, content) => void taken.push(content.length),
    });
    expect([told, taken]).toEqual([[1_048_576, 10, 65_536], [10]]);
  });

  it("[R-REACTOR-10] end with the signal's reason", async () => {
    const controller = new AbortController();
    reader = new ObjectReader(world.git, store.gitDir, controller.signal);
    const reason = new Error("enough");
    await read(oids.slice(0, 1));
    controller.abort(reason);
    await expect(read(oids)).rejects.toBe(reason);
  });
});
