// Writes the table of threats in SECURITY.md: each requirement of specs/threats.md with the tests that name it. With --check it
// writes nothing and exits with 1 if the table is not current.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { namedInTests, read, requirements } from "./requirements.mjs";

const FILE = "SECURITY.md";
const PART = /(<!-- generated: threats -->\n)[^]*(<!-- end of threats -->)/u;

const tests = namedInTests().filter(({ runs }) => runs);
const rows = requirements()
  .filter(({ file }) => file === "specs/threats.md")
  .toSorted((a, b) => a.id.localeCompare(b.id))
  .map(({ id, text }) => `| ${id} | ${text.replaceAll("|", "\\|")} | ${filesOf(id)} |`);
const table = ["| id | threat, and what happens instead | tests |", "|---|---|---|", ...rows, ""].join("\n");

const text = read(FILE);
const current = text.replace(PART, (_, start, end) => `${start}${table}${end}`);
if (!process.argv.includes("--check")) {
  writeFileSync(fileURLToPath(new URL(`../${FILE}`, import.meta.url)), current);
} else if (current !== text) {
  console.error(`${FILE}: its table of threats is not current: node scripts/threat-table.mjs`);
  process.exitCode = 1;
}

function filesOf(id) {
  const files = new Set(tests.filter((test) => test.id === id).map(({ file }) => file));
  return [...files].map((file) => `[${file.replace(/^.*\/|\.test\.ts$/gu, "")}](${file})`).join(", ");
}
