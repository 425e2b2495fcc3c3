import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { filesBelow } from "../skill/files-below.js";
import { openStore } from "../store/store.js";
import { readLinkIfAny, readRegularFile } from "../system/read-files.js";
import { contentsOf, readStored } from "../workspace/read-snapshot.js";
import type { FileVersion, Versions } from "./text-change.js";

/** The files of an intact store entry. @throws EdenError `INTEGRITY_MISMATCH` if it was changed. */
export function storedVersions(manifest: Manifest, tree: string, id: string): Versions {
  const directory = openStore(manifest.storageRoot).entryDirectory(tree, id);
  const { files } = readStored(manifest, tree, id);
  return new Map([...contentsOf(directory, files)].map(({ path, mode, content }) => [path, { mode, content }]));
}

/**
 * The files of a directory as they are now.
 * @param known paths that belong to the content even if they have names of litter.
 */
export function versionsOnDisk(directory: string, known: ReadonlySet<string>): Versions {
  const files = filesBelow(directory).filter(({ path, isLitter }) => !isLitter || known.has(path));
  return new Map(
    files.map(({ path, kind, failure }) => {
      if (failure !== null) throw failure;
      return [path, versionAt(join(directory, path), kind)];
    }),
  );
}

function versionAt(path: string, kind: string): FileVersion {
  if (kind === "link") return { mode: "120000", content: Buffer.from(readLinkIfAny(path) ?? "") };
  if (kind !== "file") throw new EdenError("SKILL_UNSAFE", `${path} is a device, socket or pipe`, { path });
  const { content, executable } = readRegularFile(path);
  return { mode: executable ? "100755" : "100644", content };
}
