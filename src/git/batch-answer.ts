import { EdenError } from "../errors.js";

/** What git says of an object before it hands out its content. */
export interface GitObject {
  /** As it was asked for, and at which place. */
  name: string;
  index: number;
  oid: string;
  type: string;
  /** Bytes. */
  size: number;
}

/** Who takes objects as they arrive, in the order in which they were asked for. */
export interface ObjectReceiver {
  /** false: the content is passed over, and never held in memory. */
  accepts(object: GitObject): boolean;
  /** A promise holds the stream back. */
  take(object: GitObject, content: Buffer): void | Promise<void>;
  missing(name: string, index: number): void;
}

/**
 * Cuts the answer of `cat-file --batch`, `<oid> <type> <size>\n<content>\n` or `<name> missing\n` for each name asked for, into objects.
 * Memory stays at one object.
 */
export class BatchAnswer {
  #index = 0;
  #parts: Buffer[] = [];
  #bytes = 0;
  #object: GitObject | null = null;
  /** Bytes still to come of a content that nobody wants, its line feed included. */
  #unwanted = 0;

  /** @param done called once the last object was taken. */
  constructor(
    private readonly names: readonly string[],
    private readonly receiver: ObjectReceiver,
    private readonly done: () => void,
  ) {}

  async arrived(chunk: Buffer): Promise<void> {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    while (this.#index < this.names.length) {
      if (this.#object === null && !this.#readHeader()) return;
      if (this.#unwanted > 0) {
        if (!this.#passOver()) return;
      } else if (this.#object !== null) {
        const object = this.#object;
        if (this.#bytes < object.size + 1) return;
        const all = this.#joined();
        this.#keep(all.subarray(object.size + 1));
        await this.receiver.take(object, all.subarray(0, object.size));
      }
      this.#object = null;
      this.#index++;
    }
    this.done();
  }

  /** @returns false when more must arrive first. */
  #readHeader(): boolean {
    const all = this.#joined();
    const end = all.indexOf(10);
    if (end === -1) return false;
    this.#keep(all.subarray(end + 1));
    const index = this.#index;
    const name = this.names[index] ?? "";
    const line = all.subarray(0, end).toString("utf8");
    const match = /^(?<oid>[0-9a-f]+) (?<type>[a-z]+) (?<size>\d+)$/u.exec(line)?.groups;
    if (match !== undefined) {
      this.#object = { name, index, oid: match["oid"] ?? "", type: match["type"] ?? "", size: Number(match["size"]) };
      if (!this.receiver.accepts(this.#object)) this.#unwanted = this.#object.size + 1;
      return true;
    }
    // A newer git says of a submodule's commit, which is in another repository, that it is one.
    if (line !== `${name} missing` && !/^[0-9a-f]+ submodule$/u.test(line)) {
      const stage = "materialise";
      throw new EdenError("FETCH_CORRUPT", `the object database answered: ${line.slice(0, 200)}`, { stage });
    }
    this.receiver.missing(name, index);
    return true;
  }

  /** @returns true when all of the unwanted content has gone by. */
  #passOver(): boolean {
    const all = this.#joined();
    const gone = Math.min(this.#unwanted, all.length);
    this.#unwanted -= gone;
    this.#keep(all.subarray(gone));
    return this.#unwanted === 0;
  }

  #joined(): Buffer {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
  }
}
