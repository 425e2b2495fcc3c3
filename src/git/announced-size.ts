/** More objects, or more bytes, than this at depth 1 make a repository large: its file contents are fetched one by one. */
const MOST_OBJECTS = 5_000;
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Reads from git's progress how large a repository is, before much of it has arrived: the server tells how many objects it counts, and
 * the receiver how many the pack has.
 */
export class AnnouncedSize {
  readonly tooLarge = new Error("the repository is large");
  #rest = "";

  /** @throws `tooLarge`, once. */
  read(text: string): void {
    // A line of progress is overwritten by the next one; the last may be half there.
    const lines = (this.#rest + text).split(/[\r\n]+/u);
    this.#rest = (lines.at(-1) ?? "").slice(-200);
    // What is longer is no line of progress, and a server may write whatever it likes.
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
