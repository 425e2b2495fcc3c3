// Checks the requirements of specs/ against the tests: a test title names each id, and each id that a test names is defined
// exactly once. Skipped tests do not count. Prints the problems and exits with 1.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const problems = [];

const defined = new Map();
for (const name of readdirSync(join(root, "specs")).filter((file) => file.endsWith(".md"))) {
  for (const [, id] of read(`specs/${name}`).matchAll(/^- \*\*(R-[A-Z]+-\d{2})\*\*/gmu)) {
    if (defined.has(id)) problems.push(`${id} is defined twice: specs/${defined.get(id)}, specs/${name}`);
    defined.set(id, name);
  }
}

const proven = new Set();
for (const file of readdirSync(join(root, "test"), { recursive: true }).filter((name) => name.endsWith(".test.ts"))) {
  const path = `test/${file}`;
  for (const [index, line] of read(path).split("\n").entries()) {
    for (const [id] of line.matchAll(/\bR-[A-Z]+-\d{2}\b/gu)) {
      if (!defined.has(id)) problems.push(`${path}:${index + 1} names ${id}, which specs/ does not define`);
      if (!/\b(?:it|test|describe)\.(?:skip|todo)\b/u.test(line)) proven.add(id);
    }
  }
}
for (const [id, name] of defined) {
  if (!proven.has(id)) problems.push(`${id} (specs/${name}) is named by no test`);
}

for (const problem of problems) console.error(problem);
console.log(`${defined.size} requirements, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function read(path) {
  return readFileSync(join(root, path), "utf8");
}
