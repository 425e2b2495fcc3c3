import type { Buffer } from "node:buffer";
import { isObjectId } from "../manifest/names/object-id.js";
import { MalformedAnswer, PacketReader } from "./pkt-line.js";

/** The server does not send what was requested; git shows its message. */
export class RefusedByServer extends Error {}

/** The first byte of a packet of the pack. */
const [PACK, PROGRESS] = [1, 2];

/**
 * The answer to a `fetch` of protocol version 2: a list of shallow commits, then a pack, mixed with
 * messages for the user. Keeps neither.
 */
export class PackAnswer {
  /** Complete when the pack begins. */
  readonly shallow: string[] = [];
  readonly #reader = new PacketReader();
  #hasPack = false;
  #section: "none" | "shallow-info" | "packfile" = "none";

  /**
   * @param mostShallow more shallow commits are an error.
   * @param onProgress gets the messages; an exception ends the answer.
   */
  constructor(
    private readonly mostShallow: number,
    private readonly onProgress: (text: string) => void,
  ) {}

  /** The bytes of the pack in a part of the answer. @throws MalformedAnswer, RefusedByServer. */
  read(chunk: Buffer): Buffer[] {
    const pack: Buffer[] = [];
    for (const packet of this.#reader.read(chunk)) {
      if (packet === "delimiter") this.#section = "none";
      else if (packet === "flush") continue;
      else if (this.#section === "packfile") this.#readBand(packet, pack);
      else this.#readLine(packet.toString("latin1").trimEnd());
    }
    return pack;
  }

  /** @throws MalformedAnswer if the answer is not complete. */
  end(): void {
    this.#reader.end();
    if (!this.#hasPack) throw new MalformedAnswer("there is no pack");
  }

  #readBand(packet: Buffer, pack: Buffer[]): void {
    const data = packet.subarray(1);
    if (packet[0] === PACK) this.#hasPack = pack.push(data) > 0;
    else if (packet[0] === PROGRESS) this.onProgress(data.toString("latin1"));
    else throw new RefusedByServer("the server reports an error");
  }

  #readLine(line: string): void {
    if (line.startsWith("ERR ")) throw new RefusedByServer("the server refuses");
    const [word = "", oid = ""] = line.split(" ");
    if (this.#section === "none" && (line === "shallow-info" || line === "packfile")) this.#section = line;
    else if (this.#section === "shallow-info" && word === "shallow" && isObjectId(oid)) this.#addShallow(oid);
    else throw new MalformedAnswer("an unknown line");
  }

  #addShallow(oid: string): void {
    if (this.shallow.length >= this.mostShallow) throw new MalformedAnswer("too many shallow commits");
    this.shallow.push(oid);
  }
}
