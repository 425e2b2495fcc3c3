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
  /** A promise holds the stream back; afterwards the buffer is used again. */
  take(object: GitObject, content: Buffer): void | Promise<void>;
  missing(name: string, index: number): void;
}

/**
 * Cuts the answer of `cat-file --batch`, `<oid> <type> <size>\n<content>\n` or `<name> missing\n` for each name asked for, into objects.
 * Memory stays at the largest object: what does not lie in one chunk is gathered in a buffer that is used again.
 */
export class BatchAnswer {
  #index = 0;
  /** The beginning of a line whose end has not arrived. */
  #line: Buffer = EMPTY;
  #object: GitObject | null = null;
  /** Bytes still to come of the object at hand, its line feed included. */
  #left = 0;
  #isUnwanted = false;
  #gathered: Buffer = EMPTY;

  /** @param done called once the last object was taken. */
  constructor(
    private readonly names: readonly string[],
    private readonly receiver: ObjectReceiver,
    private readonly done: () => void,
  ) {}

  async arrived(chunk: Buffer): Promise<void> {
    let at = 0;
    while (at < chunk.length && this.#index < this.names.length) {
      if (this.#object === null) {
        const end = chunk.indexOf(10, at);
        this.#line = Buffer.concat([this.#line, chunk.subarray(at, end === -1 ? chunk.length : end)]);
        if (end === -1) return;
        at = end + 1;
        this.#begin(this.#line.toString("utf8"));
        this.#line = EMPTY;
        continue;
      }
      const object = this.#object;
      const piece = chunk.subarray(at, at + this.#left);
      const isWhole = piece.length === object.size + 1;
      if (!this.#isUnwanted && !isWhole) this.#gather(object.size, piece);
      at += piece.length;
      this.#left -= piece.length;
      if (this.#left > 0) return;
      this.#object = null;
      this.#index++;
      if (!this.#isUnwanted)
        await this.receiver.take(object, (isWhole ? piece : this.#gathered).subarray(0, object.size));
    }
    if (this.#index === this.names.length) this.done();
  }

  #begin(line: string): void {
    const index = this.#index;
    const name = this.names[index] ?? "";
    const match = /^(?<oid>[0-9a-f]+) (?<type>[a-z]+) (?<size>\d+)$/u.exec(line)?.groups;
    if (match !== undefined) {
      this.#object = { name, index, oid: match["oid"] ?? "", type: match["type"] ?? "", size: Number(match["size"]) };
      this.#left = this.#object.size + 1;
      this.#isUnwanted = !this.receiver.accepts(this.#object);
      return;
    }
    // A newer git says of a submodule's commit, which is in another repository, that it is one.
    if (line !== `${name} missing` && !/^[0-9a-f]+ submodule$/u.test(line)) {
      const stage = "materialise";
      throw new EdenError("FETCH_CORRUPT", `the object database answered: ${line.slice(0, 200)}`, { stage });
    }
    this.#index++;
    this.receiver.missing(name, index);
  }

  #gather(size: number, piece: Buffer): void {
    if (this.#gathered.length < size + 1) this.#gathered = Buffer.allocUnsafeSlow(size + 1);
    piece.copy(this.#gathered, size + 1 - this.#left);
  }
}

const EMPTY = Buffer.alloc(0);
