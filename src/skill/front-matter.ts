import { readHeadLines } from "./head-lines.js";

/** The front matter of a SKILL.md; unknown keys are ignored. */
export interface FrontMatter {
  name: string | null;
  description: string | null;
  license: string | null;
  compatibility: string | null;
  /** True if its author marks it as internal to the source: `metadata: {internal: true}`. */
  internal: boolean;
}

/** A whole SKILL.md, to be shown. */
export interface WholeSkillFile {
  /** All keys of the front matter, as JSON values. */
  keys: Record<string, unknown>;
  /** `metadata.version` as it is written, else `version`; null for none. */
  version: string | null;
  /** The Markdown after the front matter. */
  body: string;
}

/** The front matter of a SKILL.md with warnings about its format; or why it is unreadable. */
export type FrontMatterResult = { frontMatter: FrontMatter; warnings: string[] } | { problem: string };

/** Maximum bytes of a SKILL.md that are read. */
export const HEAD_BYTES = 16 * 1024;

/**
 * Reads the YAML between the first two `---` lines. Invalid YAML is read line by line, with a
 * warning, as agents do. Only the first 16 KiB are read and aliases are not followed, so hostile
 * front matter is cheap.
 */
export async function readFrontMatter(content: Buffer): Promise<FrontMatterResult> {
  const head = await readHead(content);
  if ("none" in head) return { problem: head.none };
  const { textAt, warnings } = head;
  const frontMatter = {
    name: textAt("name"),
    description: textAt("description"),
    license: textAt("license"),
    compatibility: textAt("compatibility"),
    internal: head.isInternal,
  };
  if (head.problem === "" || frontMatter.name !== null || frontMatter.description !== null)
    return { frontMatter, warnings: [...warnings, ...head.odd] };
  return { problem: head.problem };
}

/** The version that a SKILL.md names for itself; null for none. */
export async function readVersion(content: Buffer): Promise<string | null> {
  const head = await readHead(content);
  return "none" in head ? null : head.version;
}

/** Everything in a SKILL.md; without a readable front matter all of it is its body. */
export async function readWholeSkillFile(content: Buffer): Promise<WholeSkillFile> {
  const text = textOf(content);
  const head = await readHead(content);
  if ("none" in head) return { keys: {}, version: null, body: text };
  return { keys: head.keys, version: head.version, body: text.replace(FRONT_MATTER, "") };
}

/** The tools that a SKILL.md wants to use without confirmation, as listed in `allowed-tools`. */
export async function readAllowedTools(content: Buffer): Promise<string[]> {
  // Most have none, and YAML is slow. A key can be written in another way only with a backslash.
  const beginning = content.subarray(0, HEAD_BYTES);
  if (!beginning.includes("allowed-tools") && !beginning.includes("\\")) return [];
  const head = await readHead(content);
  const texts = "none" in head ? [] : head.listAt("allowed-tools");
  // Separated by blanks and commas, except within the brackets of a limit: `Bash(git add *), Read`.
  return texts.flatMap((text) => text.match(/[^\s,(]+(?:\([^)]*\)?)?/gu) ?? []);
}

/** True if a key of the front matter has the value true, even if it is not valid YAML. */
export async function isTrueInHead(content: Buffer, key: string): Promise<boolean> {
  const head = await readHead(content);
  return !("none" in head) && head.textAt(key) === "true";
}

/** The keys of a front matter, from YAML or read line by line. */
interface Head {
  /** Why it is not YAML; "" if it is. */
  problem: string;
  isInternal: boolean;
  keys: Record<string, unknown>;
  version: string | null;
  warnings: string[];
  /** Values that `textAt` found and that are not texts in YAML, as warnings. */
  odd: string[];
  textAt(key: string): string | null;
  listAt(key: string): string[];
}

async function readHead(content: Buffer): Promise<Head | { none: string }> {
  const match = FRONT_MATTER.exec(textOf(content.subarray(0, HEAD_BYTES)));
  if (match?.groups === undefined) return { none: "SKILL.md has no front matter between two lines of ---" };
  const source = match.groups["yaml"] ?? "";
  const yaml = await readYaml(source);
  return typeof yaml === "string" ? linesHead(source, yaml) : yaml;
}

const FRONT_MATTER = /^---[ \t]*\n(?<yaml>[\s\S]*?)\n---[ \t]*(?:\n|$)/u;

function textOf(content: Buffer): string {
  return content
    .toString("utf8")
    .replace(/^\ufeff/u, "")
    .replace(/\r\n?/gu, "\n");
}

/** The front matter as YAML, or why it is invalid. */
async function readYaml(source: string): Promise<Head | string> {
  const { dataOf, isCollection, isScalar, parseDocument } = await import("../manifest/format/yaml.js");
  const writtenAt = (node: unknown) => (isScalar(node) ? (node.source ?? String(node.value)) : null);
  try {
    const document = parseDocument(source, {
      schema: "core",
      merge: false,
      uniqueKeys: true,
      logLevel: "silent",
      // Locating thousands of errors costs more than finding them.
      prettyErrors: false,
    });
    const error = document.errors[0];
    if (error !== undefined) return `the front matter is not YAML: ${error.message.split("\n")[0]}`;
    const value = dataOf(document);
    if (!isTable(value)) return "the front matter is not a table";
    const odd: string[] = [];
    const valueAt = (key: string) => (Object.hasOwn(value, key) ? value[key] : null);
    const metadata = valueAt("metadata");
    return {
      problem: "",
      isInternal: isTable(metadata) && Object.hasOwn(metadata, "internal") && String(metadata["internal"]) === "true",
      keys: value,
      version: writtenAt(document.getIn(["metadata", "version"], true)) ?? writtenAt(document.get("version", true)),
      warnings: [],
      odd,
      textAt: (key) => {
        const found = valueAt(key);
        if (found === null || typeof found === "string") return found;
        const node = document.get(key, true);
        // `123`, `true` or `[draft] text`: agents that read lines use it as it is written.
        const written = isScalar(node)
          ? node.source
          : isCollection(node) && node.flow === true && node.range
            ? source.slice(node.range[0], node.range[1]).replace(/\s+/gu, " ")
            : undefined;
        if (written === undefined) return null;
        odd.push(`its ${key} is not text in YAML: put it in quotes`);
        return written;
      },
      listAt: (key) => {
        const found = valueAt(key);
        return (Array.isArray(found) ? found : [found]).filter((one): one is string => typeof one === "string");
      },
    };
  } catch (error) {
    return `the front matter cannot be read: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

function linesHead(source: string, problem: string): Head {
  const lines = readHeadLines(source);
  return {
    problem,
    keys: Object.fromEntries(lines),
    version:
      /\bversion["']?[ \t]*:[ \t]*["']?([^\s"',}]+)/u.exec(lines.get("metadata") ?? "")?.[1] ??
      lines.get("version") ??
      null,
    isInternal: /(?:^|[\s{,])["']?internal["']?[ \t]*:[ \t]*["']?true\b/u.test(lines.get("metadata") ?? ""),
    warnings: [`${problem}; it was read line by line`],
    odd: [],
    textAt: (key) => lines.get(key) ?? null,
    listAt: (key) => [lines.get(key) ?? ""],
  };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
