import { appendFileSync, chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readLine } from "../../src/cli/line/read-line.js";
import { COMMANDS } from "../../src/cli/commands/all.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

/** Every command line that a text of the program names, without what is filled in later. */
function namedCommands(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const lines = files.flatMap((name) =>
    [...readFileSync(join(SOURCES, name), "utf8").matchAll(/`eden-skills ([^`\\]+)\\?`/gu)].map(
      ([, line = ""]) => line,
    ),
  );
  return [...new Set(lines)].filter((line) => !/[<$]/u.test(line)).toSorted();
}

describe("hints [R-CLI-25]", () => {
  it("name commands and options that there are", () => {
    const lines = namedCommands();
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines)
      expect(readLine(line.split(" "), COMMANDS, 100).failure, `eden-skills ${line}`).toBe(null);
  });

  it("for a store entry that was changed, the one that is given works", async () => {
    const sandbox = use.sandbox();
    const files = { "a/SKILL.md": skillText("a") };
    const { dir } = await createRepository(join(sandbox.root, "served/one.git"), { files });
    sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${dir}`, subpath: "a" }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const file = join(sandbox.home, ".claude/skills/a/SKILL.md");
    chmodSync(file, 0o644);
    appendFileSync(file, "tampered");
    const { code, json } = await sandbox.run(["apply", "--frozen", "--json"]);
    const hint: string = json().skills[0].diagnostics[0].hint;
    expect(code).toBe(1);
    const line = /`eden-skills (.*?)`/u.exec(hint)?.[1]?.split(" ") ?? [];
    expect((await sandbox.run(line)).code).toBe(0);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });
});
