/** What the head of a SKILL.md says; keys we do not know are left alone. */
export interface FrontMatter {
  name: string | null;
  description: string | null;
  license: string | null;
  compatibility: string | null;
}

/** The head of a SKILL.md, or why there is none that can be read. */
export type FrontMatterResult = { frontMatter: FrontMatter } | { problem: string };

/** Bytes of a SKILL.md that are looked at. */
export const HEAD_BYTES = 16 * 1024;

/**
 * Reads the YAML between the first two `---` lines. Only the first 16 KiB are looked at, aliases are refused and nothing but strings is
 * taken, so a hostile head costs nothing.
 */
export async function readFrontMatter(content: Buffer): Promise<FrontMatterResult> {
  const head = await readHead(content);
  if ("problem" in head) return head;
  const stringAt = (key: string) => {
    const found: unknown = Object.hasOwn(head.value, key) ? head.value[key] : null;
    return typeof found === "string" ? found : null;
  };
  return {
    frontMatter: {
      name: stringAt("name"),
      description: stringAt("description"),
      license: stringAt("license"),
      compatibility: stringAt("compatibility"),
    },
  };
}

/**
 * The tools that a SKILL.md wants to use without asking, as `allowed-tools` lists them. Where the head is not YAML (a bare `*` is not), the
 * rest of that line counts: an agent may be less strict.
 */
export async function readAllowedTools(content: Buffer): Promise<string[]> {
  const head = await readHead(content);
  const found = "problem" in head ? lineOf(content) : head.value["allowed-tools"];
  const texts = (Array.isArray(found) ? found : [found]).filter((one): one is string => typeof one === "string");
  // Blanks and commas part them, except within the brackets of a limit: `Bash(git add *), Read`.
  return texts.flatMap((text) => text.match(/[^\s,(]+(?:\([^)]*\)?)?/gu) ?? []);
}

function lineOf(content: Buffer): string | undefined {
  const text = content.subarray(0, HEAD_BYTES).toString("utf8");
  return /^allowed-tools:(?<rest>.*)$/mu.exec(text)?.groups?.["rest"];
}

async function readHead(content: Buffer): Promise<{ value: Record<string, unknown> } | { problem: string }> {
  const text = content
    .subarray(0, HEAD_BYTES)
    .toString("utf8")
    .replace(/^\ufeff/u, "");
  const match = /^---[ \t]*\r?\n(?<yaml>[\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/u.exec(text);
  if (match?.groups === undefined) return { problem: "SKILL.md has no front matter between two lines of ---" };
  const { parseDocument } = await import("./yaml.js");
  try {
    const document = parseDocument(match.groups["yaml"] ?? "", {
      schema: "core",
      merge: false,
      uniqueKeys: true,
      logLevel: "silent",
      // To point at each of thousands of errors costs more than to find them.
      prettyErrors: false,
    });
    const error = document.errors[0];
    if (error !== undefined) return { problem: `the front matter is not YAML: ${error.message.split("\n")[0]}` };
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { problem: "the front matter is not a table" };
    return { value: value as Record<string, unknown> };
  } catch (error) {
    return {
      problem: `the front matter cannot be read: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    };
  }
}

/** True for the text that stands in a repository in place of a file kept by Git LFS. */
export function isLfsPointer(content: Buffer): boolean {
  return content.length < 1024 && content.subarray(0, 32).toString("latin1").startsWith("version https://git-lfs");
}
