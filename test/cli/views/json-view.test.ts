import { describe, expect, it } from "vitest";
import { formatJson } from "../../../src/cli/views/json-view.js";

describe("one JSON document", () => {
  it("has no control character raw, and reads back as it was [R-CLI-03]", () => {
    const every = Array.from({ length: 0xa0 }, (_, point) => String.fromCharCode(point)).join("");
    const document = {
      every,
      separators: "\u2028\u2029",
      direction: "\u202e\u2066",
      tag: "\u{e0041}",
      pair: "\u{1f600}",
    };
    const text = formatJson(document);
    // eslint-disable-next-line no-control-regex
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\u2066]|\u{e0041}/u);
    expect(text).toContain("\u{1f600}");
    expect(JSON.parse(text)).toEqual(document);
  });

  it("escapes what a build server would obey", () => {
    expect(formatJson(["##[add-mask]x", "##vso[x]", "## heading"])).toBe(
      '[\n  "\\u0023#[add-mask]x",\n  "\\u0023#vso[x]",\n  "## heading"\n]',
    );
  });

  it("masks credentials in URLs", () => {
    expect(formatJson({ repo: "https://me:secret@example.com/x" })).toContain('"https://***@example.com/x"');
  });
});
