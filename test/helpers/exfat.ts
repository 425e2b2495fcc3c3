import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let available: boolean | undefined;

/** False, with a loud line, where exFAT cannot be mounted: it takes root, a loop device, exfat-fuse and exfatprogs. */
export function canMountExfat(): boolean {
  available ??= process.platform === "linux" && process.getuid?.() === 0 && mountsHere();
  if (!available) console.warn("*** NOT TESTED: a real exFAT. This machine cannot mount one ***");
  return available;
}

function mountsHere(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "eden-exfat-"));
  try {
    mountExfat(directory)();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Mounts an empty exFAT of 64 MiB on a directory. @returns what takes it away again. */
export function mountExfat(directory: string): () => void {
  const image = `${directory}.img`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, 64 * 1024 * 1024);
  run("mkfs.exfat", image);
  const device = run("losetup", "-f", "--show", image).trim();
  try {
    run("mount.exfat-fuse", device, directory);
  } catch (error) {
    run("losetup", "-d", device);
    throw error;
  }
  return () => {
    unmount(directory);
    run("losetup", "-d", device);
    rmSync(image);
  };
}

/** The daemon of the file system is told of closed files later: until then it is busy. */
function unmount(directory: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      run("umount", directory);
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
}
