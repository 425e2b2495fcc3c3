import { describe, expect, it } from "vitest";
import { parseDocument } from "../../../src/manifest/format/yaml.js";
import { parseYaml } from "../../../src/manifest/format/parse-yaml.js";

const read = async (text: string) => await parseYaml(Buffer.from(text));

describe("a file in YAML [R-IMPORT-21]", () => {
  it.each(["[", "{", "- ", "? ", "- [", "[{", "a: ["])(
    "has no more than 500 lists within each other: %j",
    async (piece) => {
      const began = process.cpuUsage();
      const answer = await read(piece.repeat(50_000));
      const { user } = process.cpuUsage(began);
      expect(answer).toEqual({ message: expect.stringMatching(/too many lists/u), line: null, column: null });
      expect(user / 1000).toBeLessThan(500);
    },
  );

  it("may have thousands of errors, of which none has a stack trace", async () => {
    const before = Error.stackTraceLimit;
    const began = process.cpuUsage();
    expect(await read("]".repeat(100_000))).toMatchObject({ message: "the file is no YAML (UNEXPECTED_TOKEN)" });
    const [error] = parseDocument("]", {}).errors;
    expect(error?.stack).not.toMatch(/\n +at /u);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2_000);
    expect(Error.stackTraceLimit).toBe(before);
  });

  it("has as many beside each other as one likes", async () => {
    const items = Array.from({ length: 2_000 }, (_, n) => ({ name: `a-${n}`, tags: ["[", "{x}", "- "] }));
    expect(await read(JSON.stringify(items))).toEqual({ document: items });
    const lines = items.map(({ name }) => `- - - name: "[${name} - ? ["\n      tags: [a, {b: "]"}]\n`);
    expect(await read(lines.join(""))).toEqual({
      document: items.map(({ name }) => [[{ name: `[${name} - ? [`, tags: ["a", { b: "]" }] }]]),
    });
  });
});
