import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import { HEAD_BYTES, readFrontMatter } from "./front-matter.js";
import { findHeadValue } from "./head-lines.js";

/**
 * A SKILL.md with another `name` in its front matter; every other byte stays. A missing name becomes
 * the first line.
 * @throws EdenError `SKILL_INVALID` if it has no front matter, or one in which the name cannot be
 *   replaced.
 */
export async function renameSkill(content: Buffer, name: string): Promise<Buffer> {
  // Each byte is one character, so that positions in the text are those in the file.
  const text = content.subarray(0, HEAD_BYTES).toString("latin1");
  const opening = /^(?:\u00ef\u00bb\u00bf)?---[ \t]*(?<newline>\r\n|\r|\n)/u.exec(text);
  const newline = opening?.groups?.["newline"] ?? "\n";
  const start = opening?.[0].length ?? 0;
  const length = opening === null ? -1 : text.slice(start).search(/(?:\r\n|\r|\n)---[ \t]*(?:[\r\n]|$)/u);
  if (length === -1) throw cannotRename("it has no front matter");
  // The same length: the readers of front matter take only line feeds.
  const head = text
    .slice(start, start + length)
    .replaceAll("\r\n", " \n")
    .replaceAll("\r", "\n");
  const found = (await findYamlValue(head)) ?? findHeadValue(head, "name");
  const written = isPlainText(name) ? name : `"${name}"`;
  const margin = /^ */u.exec(head)?.[0] ?? "";
  const [from, to, value] = found === null ? [0, 0, `${margin}name: ${written}${newline}`] : [...found, written];
  const blank = from > 0 && head[from - 1] === ":" ? " " : "";
  const renamed = Buffer.concat([
    content.subarray(0, start + from),
    Buffer.from(`${blank}${value}`),
    content.subarray(start + to),
  ]);
  await requireOnlyName(content, renamed, name);
  return renamed;
}

/** The position of the name in valid YAML, without the blanks after it; null if it is invalid or has none. */
async function findYamlValue(head: string): Promise<[number, number] | null> {
  const { isMap, isScalar, parseDocument } = await import("../manifest/format/yaml.js");
  const document = parseDocument(head, { schema: "core", uniqueKeys: true, logLevel: "silent", prettyErrors: false });
  const { contents } = document;
  if (document.errors.length > 0 || !isMap(contents)) return null;
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === "name");
  const [from, to] = pair?.value?.range ?? [0, 0];
  const length = head.slice(from, to).trimEnd().length;
  if (length > 0) return [from, from + length];
  // A key without a value: directly after its colon.
  const colon = head.indexOf(":", pair?.key.range[1] ?? head.length) + 1;
  return colon === 0 ? null : [colon, colon];
}

/** True for a name that YAML reads as this text without quotes. */
function isPlainText(name: string): boolean {
  return /[a-z]/u.test(name) && !/^(?:true|false|null|y|n|yes|no|on|off|[0-9].*)$/u.test(name);
}

/** @throws EdenError if a reader would see another name, or another change. */
async function requireOnlyName(before: Buffer, after: Buffer, name: string): Promise<void> {
  const [old, now] = [await readFrontMatter(before), await readFrontMatter(after)];
  if ("problem" in now) throw cannotRename(now.problem);
  const expected = "problem" in old ? null : { ...old.frontMatter, name };
  if (now.frontMatter.name !== name || (expected !== null && !isDeepStrictEqual(now.frontMatter, expected)))
    throw cannotRename("its front matter has a form that cannot be edited");
}

function cannotRename(why: string): EdenError {
  return new EdenError("SKILL_INVALID", `SKILL.md cannot get the name of its alias: ${why}`, {
    stage: "materialise",
    hint: "Remove [skills.alias] from the manifest, or report it to the skill's author.",
  });
}
