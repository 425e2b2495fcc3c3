// Checks the requirements of specs/ against the tests: a test title names each id, and each id that a test names is defined
// exactly once. Skipped tests do not count. Prints the problems and exits with 1.
import { namedInTests, requirements } from "./requirements.mjs";

const problems = [];

const defined = new Map();
for (const { id, file } of requirements()) {
  if (defined.has(id)) problems.push(`${id} is defined twice: ${defined.get(id)}, ${file}`);
  defined.set(id, file);
}

const proven = new Set();
for (const { id, file, line, runs } of namedInTests()) {
  if (!defined.has(id)) problems.push(`${file}:${line} names ${id}, which specs/ does not define`);
  if (runs) proven.add(id);
}
for (const [id, file] of defined) {
  if (!proven.has(id)) problems.push(`${id} (${file}) is named by no test`);
}

for (const problem of problems) console.error(problem);
console.log(`${defined.size} requirements, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
