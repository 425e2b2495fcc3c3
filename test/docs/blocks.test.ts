import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { COMMANDS } from "../../src/cli/commands/all.js";
import { readLine } from "../../src/cli/line/read-line.js";
import { blocksOf, documents, documentText } from "../helpers/documents.js";
import { createSandbox } from "../helpers/sandbox.js";
import { found, read } from "../manifest/manifest-world.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const blocks = documents().flatMap(blocksOf);
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

describe("a block of", () => {
  it.each(inLanguage("toml").filter(({ marks }) => marks.file === undefined || marks.file.endsWith("skills.toml")))(
    "TOML in $place is a manifest [R-DOCS-02]",
    async ({ text }) => {
      const whole = text.startsWith("version") ? text : `version = 1\n${text}`;
      const sandbox = createSandbox();
      try {
        // The file that a block names by `extends`.
        sandbox.writeManifest("version = 1\n", "../team/policy.toml");
        const { project, home, manifestPath: path } = sandbox;
        const reading = await read(Buffer.from(whole), { strict: true, path, home }, { [project]: "directory" });
        expect(found(reading)).toEqual([]);
      } finally {
        await sandbox.dispose();
      }
    },
  );

  it("a program passes the compiler [R-DOCS-02]", { timeout: 120_000 }, () => {
    const programs = new Map(
      inLanguage("ts").map(({ text }, n) => [`${ROOT}example-${n}.ts`, `${text}\nexport {};\n`]),
    );
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ["node"],
      typeRoots: [`${ROOT}node_modules/@types`],
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (name) => programs.has(name) || fileExists(name);
    host.getSourceFile = (name, version) => {
      const text = programs.get(name);
      return text === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, text, version);
    };
    const compiled = ts.createProgram([...programs.keys()], options, host);
    const problems = ts
      .getPreEmitDiagnostics(compiled)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(programs.size).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it.each(inLanguage("yaml"))("YAML in $place runs commands and actions that there are [R-DOCS-02]", ({ text }) => {
    const action = parse(readFileSync(`${ROOT}action.yml`, "utf8"));
    for (const value of objectsIn(parse(text))) {
      const { uses, with: inputs = {}, run, script = [] } = value as Record<string, any>;
      if (uses?.startsWith("eden-skills/") === true)
        expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
      expectCommands([run ?? "", ...script].join("\n"));
    }
  });

  it.each(inLanguage("dockerfile"))("a Dockerfile in $place runs commands that there are [R-DOCS-02]", ({ text }) => {
    expectCommands(text);
  });

  it.each(inLanguage("json"))("JSON in $place is JSON [R-DOCS-02]", ({ text }) => {
    JSON.parse(text);
  });
});

describe("a document", () => {
  it("has only blocks of languages that are tested [R-DOCS-02]", () => {
    const languages = new Set(blocks.map(({ language }) => language));
    for (const tested of ["sh", "toml", "ts", "yaml", "dockerfile", "json", "markdown"]) languages.delete(tested);
    expect([...languages]).toEqual([]);
  });

  it.each(documents())("%s links to files and headings that there are [R-DOCS-03]", (path) => {
    const broken = [...documentText(path).matchAll(/\]\(([^)\s]+)\)/gu)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^https?:/u.test(link) && !leadsSomewhere(link, path));
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(link: string, from: string): boolean {
  const [file = "", heading] = link.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  return heading === undefined || headingsOf(path).includes(heading);
}

/** The anchors of the headings, as GitHub makes them. */
function headingsOf(path: string): string[] {
  return [...documentText(path).matchAll(/^#+ (.*)$/gmu)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Each command line of ours in a script must be one that the program can follow. */
function expectCommands(script: string): void {
  for (const [, line = ""] of script.matchAll(/\beden-skills(?:@\S+)? +([a-z][^\n|&;#]*)/gu))
    expect(readLine(line.trim().split(/\s+/u), COMMANDS, 100).failure, line).toBe(null);
}

function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
