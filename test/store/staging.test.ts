import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processToken } from "../../src/system/identity.js";
import { openStore } from "../../src/store/store.js";

let root: string;
let storage: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-staging-"));
  storage = join(root, "storage");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const names = () => readdirSync(join(storage, "staging"));
const machine = processToken().split("-")[2] ?? "";

describe("openStaging", () => {
  it("[R-STORE-02] touches nothing until somebody needs it", () => {
    mkdirSync(join(storage, "staging", `4194300-77-${machine}.0`), { recursive: true });
    const staging = openStore(storage).openStaging();
    staging.dispose();
    expect(names()).toHaveLength(1);
  });

  it("[R-STORE-02] makes a private place with an empty directory and names nobody has used", () => {
    const staging = openStore(storage).openStaging();
    expect(existsSync(storage)).toBe(false);
    expect(readdirSync(staging.emptyDirectory())).toEqual([]);
    expect([statSync(storage).mode & 0o777, staging.emptyDirectory()]).toEqual([0o700, staging.emptyDirectory()]);
    const paths = [staging.next(), staging.next(), staging.next()];
    expect(new Set(paths).size).toBe(3);
    for (const path of paths) {
      expect([existsSync(path), path.startsWith(join(storage, "staging", processToken()))]).toEqual([false, true]);
    }
    staging.dispose();
    expect(names()).toEqual([]);
  });

  it("[R-STORE-02] keeps two runs of one process apart", () => {
    const [one, two] = [openStore(storage).openStaging(), openStore(storage).openStaging()];
    writeFileSync(one.next(), "one");
    two.emptyDirectory();
    expect([names().length, one.next() === two.next()]).toEqual([2, false]);
    two.dispose();
    expect([names().length, existsSync(one.emptyDirectory())]).toEqual([1, true]);
    one.dispose();
    one.dispose();
    expect(names()).toEqual([]);
  });

  it("[R-STORE-02] sweeps what processes that are no more left, read-only or not, and never follows a link out [R-STORE-11]", () => {
    const dead = join(storage, "staging", `4194300-77-${machine}.0`);
    mkdirSync(join(dead, "0/deep"), { recursive: true });
    mkdirSync(join(root, "outside"));
    writeFileSync(join(root, "outside/canary"), "");
    symlinkSync(join(root, "outside"), join(dead, "0/deep/link"));
    chmodSync(join(dead, "0/deep"), 0o555);
    mkdirSync(join(storage, "staging", `${process.pid}-1-${machine}.3`));
    const staging = openStore(storage).openStaging();
    staging.next();
    staging.dispose();
    expect([names(), existsSync(join(root, "outside/canary"))]).toEqual([[], true]);
  });

  it("[R-STORE-02] leaves alone what a live process has, and what is not staging at all", () => {
    const kept = [`${processToken()}.99`, "4194300-77-00000000.0", "notes", "4194300", ".hidden", "4194300-77.0"];
    for (const name of kept) mkdirSync(join(storage, "staging", name), { recursive: true });
    const staging = openStore(storage).openStaging();
    staging.next();
    staging.dispose();
    expect(names().toSorted()).toEqual(kept.toSorted());
  });
});
