import { expect, it } from "vitest";
import { parseToml } from "../../../src/manifest/format/parse-toml.js";

it("a text with one byte order mark is read, with two it is refused [R-MANIFEST-01]", () => {
  const [text, mark] = ["version = 1\n", "\ufeff"];
  expect(parseToml(Buffer.from(`${mark}${text}`), 100)).toEqual({ document: { version: 1 }, text });
  const problem = { code: "INVALID_TOML", message: "the file begins with two byte order marks", line: 1, column: 1 };
  for (const input of [`${mark}${mark}${text}`, Buffer.from(`${mark}${mark}${text}`)])
    expect(parseToml(input, 100)).toEqual({ problem });
});
