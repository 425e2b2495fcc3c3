import { join } from "node:path";
import { hasEndedProcess } from "./leftovers.js";
import { copyIdentity } from "./copy-identity.js";
import { directoryIdentity, fileDigest, fileIdentity } from "../system/file-identity.js";
import { listDirectory, readLinkIfAny, readTextIfExists } from "../system/read-files.js";
import { TEMPORARY_PREFIX } from "../system/temporary-files.js";
import { writeDisposable } from "../system/write-files.js";
import { nameOfPath } from "../system/path-name.js";
import { privateMode } from "../system/private-mode.js";

/**
 * What a run observed when nothing was left to do, kept beside the state. While all of it still
 * matches, a run has nothing to do and needs neither to read the manifest nor to load the code for
 * that. It is a cache: without it, the run checks everything itself.
 */
export interface Receipt {
  /** The version that wrote it: another one may decide differently. */
  program: string;
  manifest: string;
  home: string;
  /** The variables that decide which skills are wanted, and where; null for an unset one. */
  env: Record<string, string | null>;
  /** Path and SHA-256 of the manifest and the lockfile. */
  digests: [string, string][];
  /**
   * Path and identity of what must not have changed: the state, the store's directory; null:
   * nothing is there.
   */
  identities: [string, string | null][];
  /** Target path of each copied skill, and the identity of its files. */
  copies: [string, string][];
  /** Target path, text of the link, and the directory that it leads to. */
  links: [string, string, string][];
  /**
   * Target directories and their identity: a process that ended early may have left temporary files
   * in them.
   */
  directories: [string, string][];
  /** What the result says: the installed skills, those without files, and their sources. */
  result: { installed: number; metadataOnly: number; sources: number };
}

/** The environment of a run, as far as it decides what the run does. */
export interface Surroundings {
  program: string;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** The receipts of one storage. */
export class Receipts {
  constructor(private readonly root: string) {}

  /** Not `.json`: such files in that directory are the states of manifests. */
  pathOf(manifestPath: string): string {
    return join(this.root, "state", `${nameOfPath(manifestPath)}.receipt`);
  }

  /**
   * The receipt of a manifest; null when there is none that can be read, or when a run has to remove
   * what an ended process left.
   */
  read(manifestPath: string): Receipt | null {
    const text = readTextIfExists(this.pathOf(manifestPath));
    if (text === null || hasEndedProcess(this.root)) return null;
    try {
      // No schema: the entry of the program reads it and loads no library. What is wrong in it
      // fails in `isStillTrue`.
      const receipt = JSON.parse(text) as Receipt;
      return receipt.manifest === manifestPath ? receipt : null;
    } catch {
      return null;
    }
  }

  write(receipt: Receipt): void {
    const path = this.pathOf(receipt.manifest);
    const text = `${JSON.stringify(receipt)}\n`;
    if (readTextIfExists(path) !== text) writeDisposable(path, text, privateMode(path, 0o600));
  }
}

/**
 * True when everything still matches the receipt.
 * @throws when something cannot be read, or the receipt is invalid.
 */
export function isStillTrue(receipt: Receipt, { program, home, env }: Surroundings): boolean {
  return (
    receipt.program === program &&
    receipt.home === home &&
    Object.entries(receipt.env).every(([name, value]) => (env[name] ?? null) === value) &&
    receipt.digests.every(([path, digest]) => fileDigest(path) === digest) &&
    receipt.identities.every(([path, identity]) => fileIdentity(path) === identity) &&
    receipt.copies.every(([path, identity]) => copyIdentity(path) === identity) &&
    receipt.links.every(([path, text, to]) => readLinkIfAny(path) === text && directoryIdentity(path) === to) &&
    receipt.directories.every(([path, which]) => directoryIdentity(path) === which && isClean(path))
  );
}

function isClean(directory: string): boolean {
  return !listDirectory(directory).some((name) => name.startsWith(TEMPORARY_PREFIX));
}
