import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import { contentBelow } from "../skill/files-below.js";
import { readLinkIfAny, readRegularFile } from "../system/read-files.js";
import type { TarEntry } from "../system/pack-tar.js";
import { sha256Hex } from "../system/sha256.js";
import { digestOf, listingOf } from "./listing.js";
import { quoted } from "../system/shell-word.js";
import { CHANGING, LOOKING, quotedPath } from "./shell-text.js";

/** One target to install or to remove. */
export interface RemoteChange {
  skill: string;
  /** The directory there; may begin with `~/`. */
  directory: string;
  /** The hash of the entry that may be replaced. */
  expected: string;
  /** The new content; null: the target is removed. */
  content: RemoteContent | null;
  /** Where the entry is kept there; null: it is removed. */
  backup: string | null;
}

/** A content to install. */
export interface RemoteContent {
  files: readonly RemoteFile[];
  /** The texts of its record before and after the change. */
  before: string;
  after: string;
}

interface RemoteFile {
  path: string;
  mode: "100644" | "100755" | "120000";
  sha256: string;
  /** The text of a link. */
  link?: string;
  /** Absolute path of a file on this machine. */
  from: string;
}

/**
 * The files of a store entry.
 * @throws EdenError if one is unreadable.
 */
export function contentFiles(directory: string, withLitter: boolean, executables: readonly string[]): RemoteFile[] {
  return contentBelow(directory, withLitter).map(({ path, kind }) => {
    const from = join(directory, path);
    if (kind === "link") {
      const link = readLinkIfAny(from) ?? "";
      return { path, mode: "120000", sha256: sha256Hex(link), link, from };
    }
    const { content, executable } = readRegularFile(from);
    const isExecutable = executable || executables.includes(path);
    return { path, mode: isExecutable ? "100755" : "100644", sha256: sha256Hex(content), from };
  });
}

/** The script of some changes, each with its number. */
export function changeScript(run: string, changes: readonly RemoteChange[]): string {
  const directories = [...new Set(changes.map(({ directory }) => directory))];
  const lines = [LOOKING, CHANGING, `run=${run}; first=`];
  for (const directory of directories) lines.push(`begin ${quotedPath(directory)} || unready="$unready$why"`);
  if (changes.some(({ content }) => content !== null)) lines.push("receive");
  for (const directory of directories) {
    const own = [...changes.entries()].filter(([, change]) => change.directory === directory);
    // Removals first.
    const calls = own
      .toSorted(([, a], [, b]) => Number(a.content !== null) - Number(b.content !== null))
      .map(([number, change]) => callOf(number, change));
    const path = quotedPath(directory);
    lines.push(`if enter ${path}; then`, ...calls, "else", 'why="$why$unready"');
    lines.push(...own.map(([number]) => `failed ${number}`), "fi", `leave ${path}`);
  }
  return lines.join("\n");
}

function callOf(number: number, { directory, skill, expected, content, backup }: RemoteChange): string {
  const kept = backup === null ? "''" : quotedPath(backup);
  const place = `${number} ${quotedPath(directory)} ${quoted(skill)} ${expected}`;
  if (content === null) return `remove ${place} ${kept}`;
  return `put ${place} ${digestOf(listingOf(content.files))} ${kept}`;
}

/** The tar of some changes: in the directory of its number the content of each, and its records. */
export function* tarOf(changes: readonly RemoteChange[]): Generator<TarEntry> {
  for (const [number, { content }] of changes.entries()) {
    if (content === null) continue;
    const record = (name: string, text: string) => ({
      name: `${number}/${name}`,
      mode: 0o644,
      content: () => Buffer.from(text),
    });
    yield record("before", content.before);
    yield record("after", content.after);
    for (const { path, mode, link, from } of content.files) {
      const name = `${number}/new/${path}`;
      if (link !== undefined) yield { name, link };
      else yield { name, mode: mode === "100755" ? 0o755 : 0o644, content: () => readRegularFile(from).content };
    }
  }
}

/** Why a change has failed. @param words those of the programs there. */
export function changeFailure(
  environment: RemoteEnvironment,
  { directory, skill }: RemoteChange,
  isDamaged: boolean,
  words: string,
): EdenError {
  const where = describeEnvironment(environment);
  const said = sanitize(words.trim());
  const code = codeOf(said) ?? (isDamaged ? "INTEGRITY_MISMATCH" : "FILE_FAILED");
  const what = isDamaged ? "its content did not arrive complete" : "it cannot be changed";
  return new EdenError(code, `${directory}/${skill} in ${where}: ${what}${said === "" ? "" : `: ${said}`}`, {
    stage: "install",
  });
}

function codeOf(words: string): string | null {
  if (/No space left|Disk quota/u.test(words)) return "DISK_FULL";
  if (/Permission denied|Read-only file system|Operation not permitted/u.test(words)) return "PERMISSION_DENIED";
  return null;
}
