import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, documents, type Block } from "../helpers/documents.js";
import { startExampleServer, type ExampleMachine, type ExampleServer } from "../helpers/example-machine.js";

/** How a block of a language is run: as a shell script. Other blocks have a test of their own. */
const SCRIPTS: Record<string, (text: string) => string> = {
  sh: (text) => text,
  ts: (text) =>
    `cat > example.mjs <<'END'\n${transformSync(text, { loader: "ts", format: "esm" }).code}END\nnode example.mjs`,
};

let server: ExampleServer;
beforeAll(async () => {
  server = await startExampleServer();
});
afterAll(async () => await server.close());

describe("the commands of", () => {
  it.each(documents())("%s run as they are [R-DOCS-01]", { timeout: 240_000 }, async (path) => {
    let machine: ExampleMachine | undefined;
    const machines: ExampleMachine[] = [];
    const failures: string[] = [];
    for (const block of blocksOf(path)) {
      if (machine === undefined || block.marks.machine !== undefined) {
        machine = server.machine();
        machines.push(machine);
      }
      const failure = await followed(block, machine);
      if (failure !== null) failures.push(failure);
    }
    for (const { sandbox } of machines) await sandbox.dispose();
    expect(failures.join("\n\n")).toBe("");
  });

  it("those that cannot run here are few, and say why [R-DOCS-01]", () => {
    const left = documents()
      .flatMap(blocksOf)
      .filter(({ marks }) => marks["not run"] !== undefined)
      .map(({ place, marks }) => `${place.replace(/:.*/u, "")}: ${marks["not run"]}`);
    expect(left).toEqual([
      "README.md: it fetches the published package from the npm registry",
      "README.md: the tests would run themselves",
      "docs/ci.md: it needs this registry",
      "docs/pull-requests.md: it pushes to a host with a token",
      "docs/remote-targets.md: it needs these containers and this host",
    ]);
  });
});

/** Does what a reader does with a block. Returns what went wrong, or null. */
async function followed(block: Block, machine: ExampleMachine): Promise<string | null> {
  const { marks, language, text, place } = block;
  if (marks["not run"] !== undefined) return null;
  if (marks.before !== undefined) {
    const { code, stdout, stderr } = await machine.run(marks.before);
    if (code !== 0) return `${place}, before it: exit ${code}\n${stdout}${stderr}`;
  }
  if (marks.file !== undefined) {
    const file = join(machine.sandbox.project, marks.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const script = SCRIPTS[language];
  if (script === undefined || marks.file !== undefined) return null;
  const { code, stdout, stderr } = await machine.run(script(text));
  const expected = Number(marks.exit ?? 0);
  return code === expected ? null : `${place}: exit ${code} instead of ${expected}\n${text}\n${stdout}${stderr}`;
}
