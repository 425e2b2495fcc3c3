import { EdenError } from "../errors.js";

/** The header of an object, which git writes before its content. */
export interface GitObject {
  /** The name in the request, and its index. */
  name: string;
  index: number;
  oid: string;
  type: string;
  /** Bytes. */
  size: number;
}

/** Receives objects as they arrive, in the order of the request. */
export interface ObjectReceiver {
  /** false: the content is skipped, and never held in memory. */
  accepts(object: GitObject): boolean;
  /** A returned promise pauses the stream; afterwards the buffer is reused. */
  take(object: GitObject, content: Buffer): void | Promise<void>;
  missing(name: string, index: number): void;
}

/**
 * Splits the answer of `cat-file --batch`, `<oid> <type> <size>\n<content>\n` or `<name> missing\n`
 * for each requested name, into objects. Memory is limited to the largest object: an object in
 * several chunks is collected in a reused buffer.
 */
export class BatchAnswer {
  #index = 0;
  /** The beginning of a line whose end has not arrived. */
  #line: Buffer = EMPTY;
  #object: GitObject | null = null;
  /** Remaining bytes of the current object, including its line feed. */
  #left = 0;
  #isUnwanted = false;
  #gathered: Buffer = EMPTY;

  /** @param done called after the last object was received. */
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
    // A newer git reports the commit of a submodule, which is in another repository, as such.
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
