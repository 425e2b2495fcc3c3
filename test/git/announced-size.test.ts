import { describe, expect, it } from "vitest";
import { AnnouncedSize } from "../../src/git/announced-size.js";

/** True when reading these chunks ends with `tooLarge`. */
function isLarge(...chunks: string[]): boolean {
  const size = new AnnouncedSize();
  try {
    for (const chunk of chunks) size.read(chunk);
    return false;
  } catch (error) {
    expect(error).toBe(size.tooLarge);
    return true;
  }
}

describe("what git announces of a repository [R-GIT-14]", () => {
  it.each([
    ["remote: Enumerating objects: 5000, done.\n", false],
    ["remote: Enumerating objects: 5001, done.\n", true],
    ["remote: Counting objects:   3% (170/5310)\r", true],
    ["Receiving objects:   0% (1/8042)\r", true],
    ["Receiving objects:  99% (4999/5000), 7.99 MiB | 1.20 MiB/s\r", false],
    ["Receiving objects:  10% (20/200), 8.01 MiB | 90.00 MiB/s\r", true],
    ["Receiving objects:  10% (20/200), 900.00 KiB | 90.00 KiB/s\r", false],
    ["Receiving objects:  10% (20/200), 1.10 GiB | 90.00 MiB/s\r", true],
    ["remote: Total 9000 (delta 4000), reused 0\n", false],
    ["Resolving deltas: 100% (5000/5000), done.\n", false],
  ])("%j", (line, expected) => {
    expect(isLarge(line)).toBe(expected);
  });

  it("is looked for at the beginning of a line only: a server that writes without end costs no time", () => {
    const since = performance.now();
    expect(isLarge("Receiving objects:".repeat(20_000))).toBe(false);
    expect(performance.now() - since).toBeLessThan(500);
  });

  it("is read across chunks, of which any may end in the middle of a line", () => {
    expect(isLarge("remote: Enumerating obj", "ects: 51", "00, done.\n")).toBe(true);
    expect(isLarge("remote: Enumerating objects: 12", "\n", "99999 things\n")).toBe(false);
  });
});
