import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { documentText } from "../helpers/documents.js";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

/** Codes of processes, which become other codes before a user sees them. */
const INTERNAL = ["PROCESS_OUTPUT", "PROCESS_STALLED", "SPAWN_FAILED"];

/** Every code that an error, a finding or a notice of the sources has, and every one with a hint. */
function codesOfSources(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const codes = files.flatMap((name) => {
    const text = readFileSync(join(SOURCES, name), "utf8");
    const thrown = text.matchAll(
      /(?:EdenError|Finding|\.warning|\.error)\(\s*"([A-Z]+(?:_[A-Z]+)+)"|\bcode: "([A-Z]+(?:_[A-Z]+)+)"/gu,
    );
    const hinted = name === join("cli", "terms", "explain.ts") ? text.matchAll(/^ {2}([A-Z_]+):/gmu) : [];
    return [...thrown, ...hinted].map(([, first, second]) => first ?? second ?? "");
  });
  return [...new Set(codes)].filter((code) => !INTERNAL.includes(code)).toSorted();
}

it("docs/errors.md has a row for each code, and for no other [R-DOCS-04]", () => {
  const rows = [...documentText("docs/errors.md").matchAll(/^\| `([A-Z_]+)` \|/gmu)].map(([, code = ""]) => code);
  expect(new Set(rows).size).toBe(rows.length);
  const codes = codesOfSources();
  expect(codes.length).toBeGreaterThan(90);
  expect(codes.filter((code) => !rows.includes(code))).toEqual([]);
  const text = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(SOURCES, name), "utf8"))
    .join("\n");
  expect(rows.filter((code) => !new RegExp(`"${code}"|\\b${code}:`, "u").test(text))).toEqual([]);
});
