import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../src/cli", import.meta.url));

/** The modules of the command line that each of them imports, types included; what is loaded later does not count. */
function imports(): Map<string, string[]> {
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const named = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)\.js";/gmu)];
      const paths = named.map(([, path = ""]) => relative(ROOT, join(ROOT, dirname(file), `${path}.ts`)));
      return [file, paths.filter((path) => files.includes(path))];
    }),
  );
}

it("no module of the command line imports itself through others, not even for a type", () => {
  const left = imports();
  expect(left.size).toBeGreaterThan(20);
  for (;;) {
    const free = [...left].filter(([, paths]) => !paths.some((path) => left.has(path)));
    if (free.length === 0) break;
    for (const [file] of free) left.delete(file);
  }
  expect([...left.keys()]).toEqual([]);
});
