import { join } from "node:path";
import type { InstalledPackage } from "../manifest/document/repository-source.js";
import { listEntries, readLinkIfAny, readRegularFile } from "../system/read-files.js";
import type { PackedEntry } from "../system/unpack-tar.js";
import type { Release } from "./release.js";

/** The files of an installed package, without the packages that are installed in it. */
export function installedRelease({ version, digest, directory }: InstalledPackage): Release {
  return {
    pin: { version, ...(digest !== undefined && { digest }) },
    // It moves with the project.
    isFixed: false,
    unpack: async () => ({ entries: entriesBelow(directory, ""), dropsTop: false }),
  };
}

/** Not part of what is published. */
const LEFT_OUT = new Set(["node_modules", ".git"]);

function* entriesBelow(directory: string, above: string): Generator<PackedEntry> {
  for (const { name, kind } of listEntries(join(directory, above))) {
    const path = above + name;
    if (LEFT_OUT.has(name)) continue;
    if (kind === "directory") yield* entriesBelow(directory, `${path}/`);
    else if (kind === "link")
      yield { path, kind, executable: false, content: Buffer.from(readLinkIfAny(join(directory, path)) ?? "") };
    else if (kind === "file") yield { path, kind, ...readRegularFile(join(directory, path)) };
  }
}
