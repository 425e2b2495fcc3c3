import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { collisionKey, entryNameProblem } from "./entry-name.js";

/** One file of a skill; the path is relative to the skill's directory. */
export interface SkillFile {
  path: string;
  mode: "100644" | "100755" | "120000";
  /** git's id of the content. */
  oid: string;
}

/** An entry before validation: the path as bytes, any mode. */
export interface UncheckedEntry {
  path: Buffer;
  mode: string;
  oid: string;
}

/**
 * Validates the listing of one skill before a byte of it is written: names, collisions, depth,
 * number of files, submodules and embedded repositories. `checkLinks` and `checkSizes` validate
 * links and sizes, once their content is known.
 * @throws EdenError `SKILL_UNSAFE`.
 */
export function checkEntries(entries: readonly UncheckedEntry[], limits: SkillLimits): SkillFile[] {
  const files: SkillFile[] = [];
  const names = new Map<string, string>();
  const directories = new Map<string, Set<string>>();
  for (const entry of entries) {
    const path = decode(entry.path);
    const parts = path.split("/");
    for (const part of parts) {
      const problem = entryNameProblem(part);
      if (problem !== null) unsafe(`the name of ${shown(entry.path)} ${problem}`);
    }
    if (parts.length > limits.maxDepth)
      unsafe(`${shown(entry.path)} lies more than ${limits.maxDepth} directories deep`, "max_depth");
    if (entry.path.length > LONGEST) unsafe(`a path is longer than ${LONGEST} bytes`);
    if (entry.mode === "160000") unsafe(`${shown(entry.path)} is a submodule, which is not supported`);
    for (let depth = 1; depth <= parts.length; depth++) {
      // A listing of files contains no directories: the paths imply them.
      const part = parts.slice(0, depth).join("/");
      const key = parts.slice(0, depth).map(collisionKey).join("/");
      const other = names.get(key);
      if (other !== undefined && other !== part) {
        unsafe(`${short(part)} and ${short(other)} are the same name on some file systems`);
      }
      names.set(key, part);
      const parent = posix.dirname(part);
      directories.set(parent, (directories.get(parent) ?? new Set()).add(parts[depth - 1]?.toLowerCase() ?? ""));
    }
    if (entry.mode === "040000") continue;
    files.push({ path, mode: modeOf(entry), oid: entry.oid });
    if (files.length > limits.maxFiles) unsafe(`more than ${limits.maxFiles} files`, "max_files");
  }
  for (const entry of entries) {
    if (entry.mode === "040000" && !directories.has(decode(entry.path)))
      unsafe(`${shown(entry.path)} is a directory without files`);
  }
  for (const [directory, children] of directories) {
    // git recognises a repository by these names; `commondir` refers to another directory for the
    // rest.
    if (children.has("commondir") || (children.has("head") && (children.has("objects") || children.has("refs")))) {
      unsafe(`${short(directory)} is an embedded git repository`);
    }
  }
  return files;
}

/**
 * @param sizes bytes by object id.
 * @throws EdenError `SKILL_UNSAFE` if a file, or all files together, exceed the limits.
 */
export function checkSizes(files: readonly SkillFile[], sizes: ReadonlyMap<string, number>, limits: SkillLimits): void {
  let total = 0;
  for (const file of files) {
    const size = sizes.get(file.oid) ?? 0;
    if (size > limits.maxFileBytes)
      unsafe(`${short(file.path)} has ${size} bytes, more than ${limits.maxFileBytes}`, "max_file_bytes");
    total += size;
  }
  if (total > limits.maxBytes)
    unsafe(`all files together have ${total} bytes, more than ${limits.maxBytes}`, "max_bytes");
}

/**
 * @param links the text of each symbolic link, by path.
 * @throws EdenError `SKILL_UNSAFE` for a link that leaves the skill, is broken, or forms a loop.
 */
export function checkLinks(files: readonly SkillFile[], links: ReadonlyMap<string, string>): void {
  const known = new Set<string>(["."]);
  for (const { path } of files) {
    for (let part = path; part !== "."; part = posix.dirname(part)) known.add(part);
  }
  for (const path of links.keys()) {
    let at = path;
    for (let steps = 0; ; steps++) {
      const text = links.get(at);
      if (text === undefined) break;
      if (Buffer.byteLength(text) > LONGEST) unsafe(`the link ${short(path)} is longer than ${LONGEST} bytes`);
      if (steps === 8) unsafe(`the link ${short(path)} is one of a chain longer than 8, or forms a loop`);
      if (text === "" || text.startsWith("/") || text.includes("\\") || text.includes("\0") || /^[a-z]:/iu.test(text)) {
        unsafe(`the link ${short(path)} is not relative`);
      }
      at = posix.normalize(posix.join(posix.dirname(at), text)).replace(/\/$/u, "");
      if (at === ".." || at.startsWith("../")) unsafe(`the link ${short(path)} leaves the skill`);
      if (at.split("/").some((_, index, parts) => links.has(parts.slice(0, index).join("/")))) {
        unsafe(`the link ${short(path)} goes through another link`);
      }
      if (!known.has(at)) unsafe(`the link ${short(path)} has no destination in the skill`);
    }
  }
}

/** Old repositories have files of mode 100664; git treats them as 100644. */
function modeOf(entry: UncheckedEntry): SkillFile["mode"] {
  if (entry.mode === "100644" || entry.mode === "100664") return "100644";
  if (entry.mode === "100755" || entry.mode === "120000") return entry.mode;
  return unsafe(`${shown(entry.path)} has mode ${entry.mode}`);
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(path: Buffer): string {
  try {
    return UTF_8.decode(path);
  } catch {
    return unsafe(`the name ${shown(path)} is not UTF-8`);
  }
}

/**
 * Escapes every byte of a path outside printable ASCII, so that two different names never look the
 * same.
 */
function shown(path: Buffer): string {
  const text = path.toString("utf8");
  if (!text.includes("\ufffd")) return short(text);
  const escaped = [...path.subarray(0, LONGEST)].map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return short(escaped.join(""));
}

/**
 * Maximum bytes of a path within a skill and of the text of a link: far below the limit of any
 * system.
 */
const LONGEST = 1024;

/** Foreign text for a message, sanitized and shortened. */
function short(text: string): string {
  return sanitize(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

function unsafe(message: string, limit: LimitName | null = null): never {
  throw limit === null ? new EdenError("SKILL_UNSAFE", message, { stage: "materialise" }) : tooLarge(message, limit);
}

type LimitName = "max_files" | "max_bytes" | "max_file_bytes" | "max_depth";

/**
 * The failure of a skill that exceeds `[limits]`: the only failure that raising a limit resolves.
 */
export function tooLarge(message: string, limit: LimitName): EdenError {
  const hint = `\`${limit}\` in [limits] of the manifest raises the limit for a skill.`;
  return new EdenError("SKILL_UNSAFE", message, { stage: "materialise", hint });
}
