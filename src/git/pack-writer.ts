import { Buffer } from "node:buffer";
import { join } from "node:path";
import { EdenError } from "../errors.js";
import { renameInBackground } from "../system/change-trees.js";
import { lstatIfExists } from "../system/read-files.js";
import { writeInBackground } from "../system/write-files.js";
import { packHas } from "./pack-index.js";
import type { PackShell } from "./pack-shell.js";
import { PackShells } from "./pack-shells.js";
import type { Remote } from "./remote.js";

/** git does not accept a pack, or it does not contain what was requested. */
export class UnusablePack extends Error {}

/** What git has to know of a pack. */
export interface PackFacts {
  /** The bare repository to store it in. */
  directory: string;
  /** The length of its hash. */
  hashBytes: number;
  /** Its commits whose parents are missing; only for a repository without commits. */
  shallow: readonly string[];
  /** Other objects may be missing, too. */
  isPartial: boolean;
}

/**
 * A pack that git checks and stores while it arrives: with the same arguments, and in the same order
 * of writes, as in a `git fetch`.
 */
export class PackWriter {
  /** git has accepted the pack. */
  readonly #accepted: Promise<void>;
  #isAccepted = false;
  #bytes = 0;
  /** The last bytes: at the end they are the hash of the pack, which is its name. */
  #last: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly shell: PackShell,
    private readonly facts: PackFacts,
    private readonly remote: Remote,
  ) {
    const { directory, shallow, isPartial } = facts;
    const args = [
      "--no-pager",
      `--git-dir=${directory}`,
      ...(shallow.length > 0 ? ["--shallow-file", lockOf(facts)] : []),
      "index-pack",
      "--stdin",
      // The strict check wants every object that another one names.
      ...(isPartial ? ["--promisor", "--fsck-objects"] : ["--strict"]),
    ];
    this.#accepted = shell.run(args, remote.signal).then(() => void (this.#isAccepted = true), failureOf);
    this.#accepted.catch(() => {});
  }

  /** Starts git; the signal of the remote ends it. @throws EdenError. */
  static async start(remote: Remote, facts: PackFacts): Promise<PackWriter> {
    const { shallow } = facts;
    if (shallow.length > 0) await writeInBackground(lockOf(facts), `${shallow.join("\n")}\n`);
    return new PackWriter(shellsOf(remote).take(remote.git), facts, remote);
  }

  /** Resolves when git can take more. @throws as `finish`; Node's error when git has ended. */
  async write(data: Buffer): Promise<void> {
    if (this.#isAccepted && data.length > 0) throw new UnusablePack("there are bytes after the pack");
    this.#bytes += data.length;
    // A copy: a view would keep all of the data.
    this.#last = Buffer.concat([this.#last, data.subarray(-MOST_HASH)]).subarray(-MOST_HASH);
    await Promise.race([this.shell.write(data), this.#accepted]);
  }

  /**
   * Waits until the pack is stored.
   * @param required ids of objects that must be in it.
   * @throws UnusablePack; EdenError `DESCRIPTORS_EXHAUSTED` if git could not be started.
   */
  async finish(required: readonly string[]): Promise<void> {
    // git waits for more if the pack has fewer objects than it says.
    const noMore = this.remote.git.clock.after(END_AFTER_MS, () => void this.shell.endInput());
    await this.#accepted.finally(noMore);
    const { directory, shallow, hashBytes } = this.facts;
    const path = join(directory, `objects/pack/pack-${this.#last.subarray(-hashBytes).toString("hex")}`);
    if (!packHas(`${path}.idx`, required)) throw new UnusablePack("the pack is not complete");
    // More than the pack would be left for the next one.
    if (lstatIfExists(`${path}.pack`)?.size !== this.#bytes) throw new UnusablePack("there are bytes after the pack");
    await shellsOf(this.remote).giveBack(this.shell);
    if (shallow.length > 0) await renameInBackground(lockOf(this.facts), join(directory, "shallow"));
  }

  /** Ends git, and waits for its exit. */
  async cancel(reason: unknown): Promise<void> {
    this.shell.stop(reason);
    await this.shell.ended();
  }
}

/** Milliseconds after its last byte in which git has stored a small pack. */
const END_AFTER_MS = 1_000;

const shellsOf = ({ packShells }: Remote) => packShells ?? new PackShells();

/** Bytes of the longest hash. */
const MOST_HASH = 32;

/** A retry with fewer tasks may have a process; every other failure is that of the pack. */
function failureOf(error: unknown): never {
  if (error instanceof EdenError && error.code === "DESCRIPTORS_EXHAUSTED") throw error;
  throw new UnusablePack("git does not accept the pack", { cause: error });
}

/** The list of shallow commits until the pack is stored, as git names it. */
function lockOf({ directory }: PackFacts): string {
  return join(directory, "shallow.lock");
}
