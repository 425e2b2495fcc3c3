import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The text of a file of the project, by its path from the root. */
export function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/** Each requirement of specs/: its id, its file, and its text without the id. In the order of the files. */
export function requirements() {
  const names = readdirSync(join(root, "specs")).filter((file) => file.endsWith(".md"));
  return names.flatMap((name) =>
    [...read(`specs/${name}`).matchAll(/^- \*\*(R-[A-Z]+-\d{2})\*\* (.*(?:\n {2}.*)*)/gmu)].map(([, id, text]) => ({
      id,
      file: `specs/${name}`,
      text: text.replaceAll(/\s+/gu, " "),
    })),
  );
}

/** Each place in a test that names an id: the id, the file and the line, and whether that test runs. */
export function namedInTests() {
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((name) => name.endsWith(".test.ts"));
  return files.toSorted().flatMap((name) =>
    read(`test/${name}`)
      .split("\n")
      .flatMap((line, index) =>
        [...line.matchAll(/\bR-[A-Z]+-\d{2}\b/gu)].map(([id]) => ({
          id,
          file: `test/${name}`,
          line: index + 1,
          runs: !/\b(?:it|test|describe)\.(?:skip|todo)\b/u.test(line),
        })),
      ),
  );
}
