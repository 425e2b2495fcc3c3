/**
 * A repository with more objects or bytes at depth 1 counts as large: its file contents are fetched
 * by id.
 */
const LARGE = { objects: 5_000, bytes: 8 * 1024 * 1024 };

/**
 * Reads the size of a repository from git's progress, before much of it was transferred: the server
 * reports the number of counted objects, and the receiver the number in the pack.
 */
export class AnnouncedSize {
  readonly tooLarge = new Error("the repository is large");
  #rest = "";
  #received = 0;

  /** @param most a size above it is too large. */
  constructor(private readonly most = LARGE) {}

  /** Counts the bytes of a pack that arrives without git. @throws `tooLarge`. */
  receive(data: Buffer): void {
    const isStart = this.#received === 0 && data.length >= 12;
    this.#received += data.length;
    const objects = isStart ? data.readUInt32BE(8) : 0;
    if (this.#received > this.most.bytes || objects > this.most.objects) throw this.tooLarge;
  }

  /** @throws `tooLarge`, once. */
  read(text: string): void {
    // The next line of progress overwrites the previous one; the last line may be incomplete.
    const lines = (this.#rest + text).split(/[\r\n]+/u);
    this.#rest = (lines.at(-1) ?? "").slice(-200);
    // A longer text is not a line of progress; a server may write anything.
    if (lines.some((line) => isLarge(line.slice(0, 200), this.most))) throw this.tooLarge;
  }
}

function isLarge(line: string, most: typeof LARGE): boolean {
  const announced = /(?:Enumerating|Counting|Receiving) objects:\s+(?:\d+% \(\d+\/)?(?<objects>\d+)/u.exec(
    line,
  )?.groups;
  if (Number(announced?.["objects"] ?? 0) > most.objects) return true;
  const received = /Receiving objects:.*, (?<amount>[\d.]+) (?<unit>[KMG])iB/u.exec(line)?.groups;
  if (received === undefined) return false;
  const unit = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[received["unit"] ?? ""] ?? 1;
  return Number(received["amount"]) * unit > most.bytes;
}
