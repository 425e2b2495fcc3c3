import { Buffer } from "node:buffer";

/** A part of an answer that is not what the protocol defines. */
export class MalformedAnswer extends Error {}

/** The content of a line without its length, or one of the two separators. */
export type Packet = Buffer | "delimiter" | "flush";

export const DELIMITER = "0001";
export const FLUSH = "0000";

/** A line of git's protocol: its length as four hex digits, and a text. */
export function packetLine(text: string): string {
  return (Buffer.byteLength(text) + 5).toString(16).padStart(4, "0") + `${text}\n`;
}

/** Splits an answer of git's protocol into packets while it arrives; keeps less than one of them. */
export class PacketReader {
  #rest: Buffer = Buffer.alloc(0);
  #isEnded = false;

  /** The packets that are complete now. @throws MalformedAnswer. */
  *read(chunk: Buffer): Generator<Packet> {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    while (start + 4 <= data.length) {
      if (this.#isEnded) throw new MalformedAnswer("there is more after the end");
      const length = lengthAt(data, start);
      if (length > 4 && start + length > data.length) break;
      if (length > 4) yield data.subarray(start + 4, start + length);
      else yield length === 1 ? "delimiter" : "flush";
      this.#isEnded = length === 0;
      start += Math.max(length, 4);
    }
    this.#rest = data.subarray(start);
  }

  /** @throws MalformedAnswer unless the last packet was a flush. */
  end(): void {
    if (!this.#isEnded || this.#rest.length > 0) throw new MalformedAnswer("the end is missing");
  }
}

/** The length with its own four digits; 0 and 1 are separators. */
function lengthAt(data: Buffer, start: number): number {
  const digits = data.toString("latin1", start, start + 4);
  const length = /^[0-9a-f]{4}$/u.test(digits) ? Number.parseInt(digits, 16) : -1;
  if (length < 0 || (length > 1 && length <= 4)) throw new MalformedAnswer("a length is not valid");
  return length;
}
