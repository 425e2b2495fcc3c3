import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../../src/", import.meta.url));

it("no child process is waited for with the event loop blocked [R-GIT-12]", () => {
  const files = readdirSync(src, { recursive: true }).map(String);
  const code = files
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(src, name), "utf8")]);
  expect(code.length).toBeGreaterThan(100);
  const blocking = code.filter(([, text]) =>
    // Imported or called; the audit of skills names such functions in its patterns.
    /\b(?:spawnSync|execSync|execFileSync|execaSync|execaCommandSync)(?:\s*[(,;}]|\s+as\b)/u.test(text ?? ""),
  );
  expect(blocking.map(([name]) => name)).toEqual([]);
});
