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
  /** git, once it has begun. */
  #storing: { shell: PackShell; accepted: Promise<void> } | null = null;
  /** The beginning: a small pack occupies a shell only when all of it is here. */
  #held: Buffer[] = [];
  #isAccepted = false;
  #bytes = 0;
  /** The last bytes: at the end they are the hash of the pack, which is its name. */
  #last: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly remote: Remote,
    private readonly facts: PackFacts,
  ) {}

  /** The signal of the remote ends git. @throws EdenError. */
  static async start(remote: Remote, facts: PackFacts): Promise<PackWriter> {
    const { shallow } = facts;
    if (shallow.length > 0) await writeInBackground(lockOf(facts), `${shallow.join("\n")}\n`);
    return new PackWriter(remote, facts);
  }

  /** Resolves when git can take more. @throws as `finish`; Node's error when git has ended. */
  async write(data: Buffer): Promise<void> {
    if (this.#isAccepted && data.length > 0) throw new UnusablePack("there are bytes after the pack");
    this.#bytes += data.length;
    // Copies: a view would keep all of the data.
    this.#last = Buffer.concat([this.#last, data.subarray(-MOST_HASH)]).subarray(-MOST_HASH);
    if (this.#storing === null && this.#bytes <= MOST_HELD) this.#held.push(Buffer.from(data));
    else await this.#pass(data);
  }

  /**
   * Waits until the pack is stored.
   * @param required ids of objects that must be in it.
   * @throws UnusablePack; EdenError `DESCRIPTORS_EXHAUSTED` if git could not be started.
   */
  async finish(required: readonly string[]): Promise<void> {
    if (this.#storing !== null) await this.#store(required);
    else await shellsOf(this.remote).small.run(async () => await this.#store(required));
    const { directory, shallow } = this.facts;
    if (shallow.length > 0) await renameInBackground(lockOf(this.facts), join(directory, "shallow"));
  }

  /** Ends git, and waits for its exit. */
  async cancel(reason: unknown): Promise<void> {
    this.#storing?.shell.stop(reason);
    await this.#storing?.shell.ended();
  }

  async #store(required: readonly string[]): Promise<void> {
    if (this.#storing === null) await this.#pass(Buffer.alloc(0));
    const { shell, accepted } = this.#begun();
    // git waits for more if the pack has fewer objects than it says.
    const noMore = this.remote.git.clock.after(END_AFTER_MS, () => void shell.endInput());
    await accepted.finally(noMore);
    const { directory, hashBytes } = this.facts;
    const path = join(directory, `objects/pack/pack-${this.#last.subarray(-hashBytes).toString("hex")}`);
    if (!packHas(`${path}.idx`, required)) throw new UnusablePack("the pack is not complete");
    // More than the pack would be left for the next one.
    if (lstatIfExists(`${path}.pack`)?.size !== this.#bytes) throw new UnusablePack("there are bytes after the pack");
    await shellsOf(this.remote).giveBack(shell);
  }

  async #pass(data: Buffer): Promise<void> {
    const { shell, accepted } = this.#begun();
    const held = this.#held.splice(0);
    await Promise.race([shell.write(held.length === 0 ? data : Buffer.concat([...held, data])), accepted]);
  }

  #begun(): { shell: PackShell; accepted: Promise<void> } {
    if (this.#storing !== null) return this.#storing;
    const { directory, shallow, isPartial } = this.facts;
    const shell = shellsOf(this.remote).take(this.remote.git);
    const args = [
      "--no-pager",
      `--git-dir=${directory}`,
      ...(shallow.length > 0 ? ["--shallow-file", lockOf(this.facts)] : []),
      "index-pack",
      "--stdin",
      // The strict check wants every object that another one names.
      ...(isPartial ? ["--promisor", "--fsck-objects"] : ["--strict"]),
    ];
    const accepted = shell.run(args, this.remote.signal).then(() => void (this.#isAccepted = true), failureOf);
    accepted.catch(() => {});
    this.#storing = { shell, accepted };
    return this.#storing;
  }
}

/** Bytes of a pack that are kept until all of it is here. */
const MOST_HELD = 128 * 1024;

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
