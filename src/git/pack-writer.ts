import { Buffer } from "node:buffer";
import { join } from "node:path";
import { EdenError } from "../errors.js";
import { renameInBackground } from "../system/change-trees.js";
import type { ChildInput } from "../system/processes.js";
import { writeInBackground } from "../system/write-files.js";
import type { Git } from "./git.js";
import { packHas } from "./pack-index.js";
import { runGit } from "./run-git.js";

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
  readonly #end = new AbortController();
  readonly #exit: Promise<unknown>;
  readonly #stdin: Promise<ChildInput>;
  /** The last bytes: at the end they are the hash of the pack, which is its name. */
  #last: Buffer = Buffer.alloc(0);

  private constructor(
    git: Git,
    private readonly facts: PackFacts,
    signal: AbortSignal,
  ) {
    const { directory, shallow, isPartial } = facts;
    let started: (stdin: ChildInput) => void;
    this.#stdin = new Promise((resolve) => (started = resolve));
    this.#exit = runGit(git, {
      directory,
      args: [
        ...(shallow.length > 0 ? ["--shallow-file", lockOf(facts)] : []),
        "index-pack",
        "--stdin",
        // The strict check wants every object that another one names.
        ...(isPartial ? ["--promisor", "--fsck-objects"] : ["--strict"]),
      ],
      isSilent: true,
      signal: AbortSignal.any([signal, this.#end.signal]),
      onStart: (stdin) => started(stdin),
    }).catch(failureOf);
    this.#exit.catch(() => {});
  }

  /** Starts git. @param signal ends it. @throws EdenError. */
  static async start(git: Git, facts: PackFacts, signal: AbortSignal): Promise<PackWriter> {
    const { shallow } = facts;
    if (shallow.length > 0) await writeInBackground(lockOf(facts), `${shallow.join("\n")}\n`);
    return new PackWriter(git, facts, signal);
  }

  /** Resolves when git can take more. @throws as `finish`; Node's error when git has ended. */
  async write(data: Buffer): Promise<void> {
    // A copy: a view would keep all of the data.
    this.#last = Buffer.concat([this.#last, data.subarray(-MOST_HASH)]).subarray(-MOST_HASH);
    const stdin = await this.#input();
    const written = new Promise<void>((resolve, reject) => {
      stdin.write(data, (error: Error | null | undefined) => (error ? reject(error) : resolve()));
    });
    await Promise.race([written, this.#exit]);
  }

  /**
   * Waits until the pack is stored.
   * @param required ids of objects that must be in it.
   * @throws UnusablePack; EdenError `DESCRIPTORS_EXHAUSTED` if git could not be started.
   */
  async finish(required: readonly string[]): Promise<void> {
    (await this.#input()).end();
    await this.#exit;
    const { directory, shallow, hashBytes } = this.facts;
    const name = this.#last.subarray(-hashBytes).toString("hex");
    if (!packHas(join(directory, `objects/pack/pack-${name}.idx`), required))
      throw new UnusablePack("the pack is not complete");
    if (shallow.length > 0) await renameInBackground(lockOf(this.facts), join(directory, "shallow"));
  }

  /** Ends git, and waits for its exit. */
  async cancel(reason: unknown): Promise<void> {
    this.#end.abort(reason);
    await this.#exit.catch(() => {});
  }

  async #input(): Promise<ChildInput> {
    return await Promise.race([this.#stdin, this.#exit.then(async () => await this.#stdin)]);
  }
}

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
