import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

let available: boolean | undefined;

/** False, with a loud line, where overlays cannot be mounted: only root may, and not in every container. */
export function canMountOverlay(): boolean {
  available ??= process.platform === "linux" && process.getuid?.() === 0 && mountsHere();
  if (!available) console.warn("*** NOT TESTED: overlays and mounts. This machine cannot mount ***");
  return available;
}

function mountsHere(): boolean {
  const script =
    "mount -t tmpfs t /mnt && cd /mnt && mkdir l u w m && mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w m";
  try {
    execFileSync("unshare", ["-m", "sh", "-c", script], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Does something while a directory is an overlay with all that it holds in the lower layer, as in a container after its image was built: no
 * directory of it can be renamed. What was changed is gone afterwards.
 * @param scratch an existing directory that is not in it.
 */
export async function inLowerLayer(directory: string, scratch: string, work: () => Promise<void>): Promise<void> {
  const layers = mkdtempSync(join(scratch, "layers-"));
  await mounted(layers, ["-t", "tmpfs", "tmpfs"], async () => {
    for (const name of ["upper", "work"]) mkdirSync(join(layers, name));
    const options = `lowerdir=${directory},upperdir=${layers}/upper,workdir=${layers}/work`;
    await mounted(directory, ["-t", "overlay", "overlay", "-o", options], work);
  });
}

/** Does something while another file system is mounted on a directory. @param what the words of `mount` before the directory. */
export async function mounted(directory: string, what: readonly string[], work: () => Promise<void>): Promise<void> {
  execFileSync("mount", [...what, directory]);
  try {
    await work();
  } finally {
    execFileSync("umount", ["-l", directory]);
  }
}
