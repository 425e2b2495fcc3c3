import { isLitter } from "../skill/litter.js";
import { holdsListed, type ListedFile } from "../store/integrity.js";
import { sha256Hex } from "../system/sha256.js";
import type { Observed } from "../plan/observe.js";

/*
 * What the shell function `entry` prints of one path, one character per byte:
 *
 *   directory
 *   f SKILL.md            a file; x: an executable one
 *   l notes               a link, and its text
 *   > ../notes
 *   d scripts             a directory
 *   o pipe                anything else
 *   <64 hex>  ./SKILL.md  the hashes of the files in this directory
 *   x scripts/run.sh      then the same for each directory in it
 *   …
 */

/** The entry that a listing describes. */
export function observedIn(listing: string): Observed {
  const [kind, ...lines] = listing.split("\n");
  if (kind === "absent") return { kind };
  if (kind === "link") return { kind, text: utf8(lines[0]?.slice(2) ?? ""), resolves: true };
  if (kind !== "directory") return { kind: "file" };
  const files = filesIn(lines);
  return { kind, holds: (integrities) => holdsListed(files, integrities) };
}

/** The hash by which the shell recognises a listing. */
export function digestOf(listing: string): string {
  return sha256Hex(Buffer.from(listing, "latin1"));
}

/** The listing of a directory with exactly these files. */
export function listingOf(files: readonly (ListedFile & { link?: string })[]): string {
  return `directory\n${treeOf(
    files.map((file) => ({ ...file, path: Buffer.from(file.path).toString("latin1") })),
    "",
  )}`;
}

function treeOf(files: readonly (ListedFile & { link?: string })[], prefix: string): string {
  const inside = files.filter(({ path }) => path.startsWith(prefix));
  const byName = new Map<string, ListedFile & { link?: string }>();
  for (const file of inside) byName.set(file.path.slice(prefix.length).split("/", 1)[0] ?? "", file);
  const names = [...byName.keys()].toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  const isFile = (name: string) => byName.get(name)?.path === prefix + name;
  const lines = names.map((name) => {
    const file = byName.get(name);
    if (file === undefined || !isFile(name)) return `d ${prefix}${name}\n`;
    if (file.mode === "120000") return `l ${prefix}${name}\n> ${Buffer.from(file.link ?? "").toString("latin1")}\n`;
    return `${file.mode === "100755" ? "x" : "f"} ${prefix}${name}\n`;
  });
  const hashes = names
    .filter((name) => isFile(name) && byName.get(name)?.mode !== "120000")
    .map((name) => `${byName.get(name)?.sha256}  ./${name}\n`);
  const below = names.filter((name) => !isFile(name)).map((name) => treeOf(inside, `${prefix}${name}/`));
  return [...lines, ...hashes, ...below].join("");
}

/** The shell lists `*`, then `.[!.]*`, then `..?*`. */
function rankOf(name: string): number {
  return name.startsWith("..") ? 2 : name.startsWith(".") ? 1 : 0;
}

type FoundFile = ListedFile & { isLitter: boolean };

/** A file without a hash never verifies. */
function filesIn(lines: readonly string[]): FoundFile[] {
  const found = new Map<string, ListedFile>();
  const names = new Set<string>();
  let directory = "";
  for (const [index, line] of lines.entries()) {
    const [, type = "", path = ""] = /^([fxldo]) (.*)$/su.exec(line) ?? [];
    const [, sha256 = "", name = ""] = /^([0-9a-f]{64}) [ *]\.\/(.*)$/su.exec(line) ?? [];
    if (sha256 !== "") {
      const file = found.get(directory + name);
      if (file !== undefined) file.sha256 = sha256;
    }
    if (type === "") continue;
    directory = path.slice(0, path.lastIndexOf("/") + 1);
    names.add(path);
    const text = lines[index + 1]?.slice(2) ?? "";
    if (type === "l") found.set(path, { path, mode: "120000", sha256: sha256Hex(Buffer.from(text, "latin1")) });
    else if (type !== "d") found.set(path, { path, mode: type === "x" ? "100755" : "100644", sha256: "" });
  }
  return [...found.values()].map((file) => {
    const beside = file.path.slice(0, file.path.lastIndexOf("/") + 1);
    const litter = file.mode !== "120000" && isLitter(utf8(file.path), (name) => names.has(beside + name));
    return { ...file, path: utf8(file.path), isLitter: litter };
  });
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
