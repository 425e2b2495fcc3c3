/**
 * A repository with more objects or bytes at depth 1 counts as large: its file contents are fetched
 * by id.
 */
const MOST_OBJECTS = 5_000;
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Reads the size of a repository from git's progress, before much of it was transferred: the server
 * reports the number of counted objects, and the receiver the number in the pack.
 */
export class AnnouncedSize {
  readonly tooLarge = new Error("the repository is large");
  #rest = "";
  #received = 0;

  /** Counts the bytes of a pack that arrives without git. @throws `tooLarge`. */
  receive(data: Buffer): void {
    const isStart = this.#received === 0 && data.length >= 12;
    this.#received += data.length;
    if (this.#received > MOST_BYTES || (isStart && data.readUInt32BE(8) > MOST_OBJECTS)) throw this.tooLarge;
  }

  /** @throws `tooLarge`, once. */
  read(text: string): void {
    // The next line of progress overwrites the previous one; the last line may be incomplete.
    const lines = (this.#rest + text).split(/[\r\n]+/u);
    this.#rest = (lines.at(-1) ?? "").slice(-200);
    // A longer text is not a line of progress; a server may write anything.
    if (lines.some((line) => isLarge(line.slice(0, 200)))) throw this.tooLarge;
  }
}

function isLarge(line: string): boolean {
  const announced = /(?:Enumerating|Counting|Receiving) objects:\s+(?:\d+% \(\d+\/)?(?<objects>\d+)/u.exec(
    line,
  )?.groups;
  if (Number(announced?.["objects"] ?? 0) > MOST_OBJECTS) return true;
  const received = /Receiving objects:.*, (?<amount>[\d.]+) (?<unit>[KMG])iB/u.exec(line)?.groups;
  if (received === undefined) return false;
  const unit = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[received["unit"] ?? ""] ?? 1;
  return Number(received["amount"]) * unit > MOST_BYTES;
}
