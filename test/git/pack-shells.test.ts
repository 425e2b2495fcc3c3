import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { fetchBlobsDirectly } from "../../src/git/fetch-directly.js";
import { openMirror } from "../../src/git/mirror.js";
import { PackShells } from "../../src/git/pack-shells.js";
import type { Remote } from "../../src/git/remote.js";
import { git } from "../helpers/git-command.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { packet, startOddHttp } from "../helpers/odd-server.js";
import { noise } from "../helpers/seeded.js";
import { gitWorld, remoteOf, sourceOf, type GitWorld } from "./git-world.js";

let root: string;
let repository: Repository;
const large = noise("large", 300_000);
const files = { a: "first", b: "second", c: "third" };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-pack-shells-"));
  repository = await createRepository(join(root, "r.git"), { files: { ...files, large } });
});
afterAll(() => rmSync(root, { recursive: true }));

let world: GitWorld;
let packShells: PackShells;
beforeEach(() => {
  world = gitWorld(mkdtempSync(join(root, "world-")));
  packShells = new PackShells();
});

const oidOf = async (path: string) => await repository.revParse(`main:${path}`);
const packOf = async (path: string) =>
  await git(["pack-objects", "--stdout", "-q"], { cwd: repository.dir, input: `${await oidOf(path)}\n` });

/** A server that answers each request with the next of these packs, and the remote that asks it. */
async function remoteWith(...packs: Buffer[]): Promise<Remote> {
  const server = await startOddHttp((_, response) => {
    const pack = packs.shift() ?? Buffer.alloc(0);
    const bands: Buffer[] = [];
    for (let at = 0; at < pack.length; at += 60_000)
      bands.push(packet(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + 60_000)])));
    const parts = [packet("packfile\n"), ...bands, Buffer.from("0000")];
    response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" }).end(Buffer.concat(parts));
  });
  onTestFinished(server.close);
  return { ...remoteOf(world.git, sourceOf(`http://127.0.0.1:${server.port}/r.git`)), packShells };
}

function mirrorNamed(name: string) {
  const directory = join(world.storage, name);
  mkdirSync(world.storage, { recursive: true });
  openMirror({ directory, lockPath: "", refsPath: "" }, "sha1");
  return { directory };
}

const contentOf = async (directory: string, path: string) =>
  String(await git(["cat-file", "blob", await oidOf(path)], { cwd: directory }));

/** The process ids of the shells of this world. */
const shells = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name) && nameOf(name) === "sh" && directoryOf(name) === world.git.cwd)
    .map(Number);

const nameOf = (pid: string) => orNothing(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
const directoryOf = (pid: string) => orNothing(() => readlinkSync(`/proc/${pid}/cwd`));

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

describe.runIf(process.platform === "linux")("shells that store packs [R-GIT-30]", () => {
  it("store one pack after the other, whatever a directory is called, and end with the work", async () => {
    const remote = await remoteWith(await packOf("a"), await packOf("b"), await packOf("c"));
    const names = ["plain", 'it\'s $(a) "name"', "two\nlines"];
    await packShells.keepDuring(async () => {
      for (const [index, path] of Object.keys(files).entries()) {
        const { directory } = mirrorNamed(names[index] ?? "");
        expect(await fetchBlobsDirectly(remote, { directory }, [await oidOf(path)])).toBe(true);
        expect(await contentOf(directory, path)).toBe(files[path as keyof typeof files]);
        expect(shells()).toHaveLength(1);
      }
    });
    expect(shells()).toEqual([]);
    expect(world.processes()).toBe(3);
  });

  it.each([
    ["small", "a", 4],
    ["large", "large", 12],
  ])("are few for %s packs at once, and none is left", async (_, path, most) => {
    const pack = await packOf(path);
    const remote = await remoteWith(...Array<Buffer>(12).fill(pack));
    const names = Array.from({ length: 12 }, (__, index) => `mirror-${index}`);
    await packShells.keepDuring(async () => {
      const fetched = names.map(
        async (name) => await fetchBlobsDirectly(remote, mirrorNamed(name), [await oidOf(path)]),
      );
      expect(new Set(await Promise.all(fetched))).toEqual(new Set([true]));
      expect(shells().length).toBeLessThanOrEqual(most);
    });
    expect(shells()).toEqual([]);
    const alone = { ...remote, packShells: new PackShells() };
    expect(await fetchBlobsDirectly(alone, mirrorNamed("alone"), [await oidOf(path)])).toBe(false);
    expect(shells()).toEqual([]);
  });

  const command = (path: string) => `\ntouch ${path}\n`;
  it.each([
    ["commands", async (path: string) => Buffer.from(command(path))],
    ["many commands", async (path: string) => Buffer.from(command(path).repeat(400))],
    ["another pack", async () => await packOf("b")],
    [
      "commands and the name of the pack again",
      async (path: string, pack: Buffer) => {
        return Buffer.concat([Buffer.from(command(path)), pack.subarray(-20)]);
      },
    ],
    [
      "another pack, and the name of the first again",
      async (_: string, pack: Buffer) => {
        return Buffer.concat([await packOf("b"), pack.subarray(-20)]);
      },
    ],
  ] as const)("give nothing after a pack to the shell or to the next pack: %s", async (_, make) => {
    const executed = join(world.home, "executed");
    const pack = await packOf("a");
    const remote = await remoteWith(Buffer.concat([pack, await make(executed, pack)]), await packOf("c"));
    await packShells.keepDuring(async () => {
      const [one, other] = [mirrorNamed("one"), mirrorNamed("other")];
      expect(await fetchBlobsDirectly(remote, one, [await oidOf("a")])).toBe(false);
      expect(await fetchBlobsDirectly(remote, other, [await oidOf("c")])).toBe(true);
      expect(await contentOf(other.directory, "c")).toBe(files.c);
      const packs = readdirSync(join(other.directory, "objects/pack")).filter((name) => name.endsWith(".pack"));
      expect(packs).toHaveLength(1);
    });
    expect(existsSync(executed)).toBe(false);
  });

  it("execute nothing that follows a pack, even if nobody ends them", async () => {
    const executed = join(world.home, "executed");
    const { directory } = mirrorNamed("one");
    const shell = packShells.take(world.git);
    const stored = shell.run([`--git-dir=${directory}`, "index-pack", "--stdin"], new AbortController().signal);
    const pack = await packOf("a");
    await shell.write(Buffer.concat([pack, Buffer.from(command(executed).repeat(400))]));
    await stored;
    await shell.ended();
    expect([existsSync(executed), shell.isOpen]).toEqual([false, false]);
  });

  it("take nothing after a large pack, which is passed on while it arrives", async () => {
    const rest = Buffer.from(command(join(world.home, "executed")).repeat(10_000));
    const remote = await remoteWith(Buffer.concat([await packOf("large"), rest]), await packOf("c"));
    await packShells.keepDuring(async () => {
      expect(await fetchBlobsDirectly(remote, mirrorNamed("one"), [await oidOf("large")])).toBe(false);
      expect(await fetchBlobsDirectly(remote, mirrorNamed("other"), [await oidOf("c")])).toBe(true);
    });
    expect(existsSync(join(world.home, "executed"))).toBe(false);
    expect(shells()).toEqual([]);
  });

  it.each([
    ["promises more objects than it has", (pack: Buffer) => (pack.writeUInt32BE(2, 8), pack)],
    ["ends early", (pack: Buffer) => pack.subarray(0, -25)],
  ])("do not wait for the rest of a pack that %s", async (_, damage) => {
    const remote = await remoteWith(damage(await packOf("a")), await packOf("c"));
    await packShells.keepDuring(async () => {
      const { directory } = mirrorNamed("one");
      expect(await fetchBlobsDirectly(remote, { directory }, [await oidOf("a")])).toBe(false);
      expect(await fetchBlobsDirectly(remote, { directory }, [await oidOf("c")])).toBe(true);
    });
    expect(shells()).toEqual([]);
  });

  it("are replaced when one has been killed", async () => {
    const remote = await remoteWith(await packOf("a"), await packOf("b"));
    await packShells.keepDuring(async () => {
      const { directory } = mirrorNamed("one");
      expect(await fetchBlobsDirectly(remote, { directory }, [await oidOf("a")])).toBe(true);
      for (const pid of shells()) process.kill(pid, "SIGKILL");
      await expect.poll(() => shells()).toEqual([]);
      expect(await fetchBlobsDirectly(remote, { directory }, [await oidOf("b")])).toBe(true);
    });
  });
});
