import { join, relative, sep } from "node:path";
import { EdenError } from "../errors.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { isSkillFile } from "../skill/skill-file.js";
import { readSubmodules } from "../skill/submodules.js";
import { listEntries, readBeginning, readLinkIfAny, realPath, statIfExists } from "../system/read-files.js";
import { readSnapshot } from "../workspace/read-snapshot.js";
import { MOST_BYTES, MOST_ENTRIES, type SourceLink, type SourceView } from "./source-view.js";

/** Maximum number of package files that are searched for skills, per `node_modules`. */
const MOST_PACKAGE_FILES = 20_000;

/**
 * A directory of the user, in its current state.
 * @param limits of skills whose contents are compared.
 */
export async function viewDirectory<T>(
  root: string,
  start: string,
  limits: SkillLimits,
  use: (view: SourceView) => Promise<T>,
): Promise<T> {
  const { paths, links, empty, unread } = walk(root);
  const physical = realPath(root);
  const placeOf = (path: string) => (path === "." ? root : join(root, path));
  return await use({
    ref: null,
    at: null,
    start,
    paths,
    submodules: submodulesOf(root, empty),
    linksLeft: 0,
    unread,
    links: async () => links.map((path) => followed(physical, path)),
    contentOf: (directory) => unlessUnreadable(() => readSnapshot(limits, placeOf(directory)).integrity),
    read: async (wanted, most = MOST_BYTES) =>
      new Map(
        wanted.flatMap((path) => {
          const content = unlessUnreadable(() => readBeginning(realPath(join(root, path)), most));
          return content === null ? [] : [[path, content] as const];
        }),
      ),
  });
}

/** The entries below a directory; links are not followed, except that a SKILL.md may be a link. */
function walk(root: string): { paths: string[]; links: string[]; empty: Set<string>; unread: SourceView["unread"] } {
  const [paths, links]: [string[], string[]] = [[], []];
  const empty = new Set<string>();
  const unread: SourceView["unread"] = [];
  let files = 0;
  const visit = (directory: string, budget: { left: number }): void => {
    // An unreadable directory, or one whose name is not UTF-8, must not hide the others.
    const entries = directory === "" ? listEntries(root) : unlessUnreadable(() => listEntries(join(root, directory)));
    if (entries === null) unread.push({ path: directory, reason: "it cannot be read" });
    if (entries?.length === 0) empty.add(directory);
    for (const { name, kind } of entries ?? []) {
      const path = directory === "" ? name : `${directory}/${name}`;
      const isSkill = isSkillFile(name);
      if (kind === "file" || (kind === "link" && isSkill && isFile(join(root, path)))) paths.push(path);
      else if (kind === "link") links.push(path);
      else if (kind === "directory" && name !== ".git") visitBelow(path, name, budget);
      files += 1;
      budget.left -= 1;
      if (budget.left <= 0) return;
      if (files > MOST_ENTRIES)
        throw new EdenError("SKILL_UNSAFE", `more than ${MOST_ENTRIES} files lie below it`, { path: root });
    }
  };
  const visitBelow = (path: string, name: string, budget: { left: number }) => {
    if (name !== "node_modules" || budget.left <= MOST_PACKAGE_FILES) return visit(path, budget);
    const own = { left: MOST_PACKAGE_FILES };
    visit(path, own);
    if (own.left <= 0) unread.push({ path, reason: `only its first ${MOST_PACKAGE_FILES} files were looked at` });
  };
  visit("", { left: Number.POSITIVE_INFINITY });
  return { paths, links, empty, unread };
}

function isFile(path: string): boolean {
  return unlessUnreadable(() => statIfExists(path))?.isFile() === true;
}

function followed(root: string, path: string): SourceLink {
  const absolute = join(root, path);
  const text = unlessUnreadable(() => readLinkIfAny(absolute)) ?? "";
  const there = unlessUnreadable(() => realPath(absolute));
  const inside = there === null ? ".." : relative(root, there);
  const isOut = inside === ".." || inside.startsWith(`..${sep}`);
  return { path, text, to: isOut ? null : inside === "" ? "." : inside };
}

/** Submodules that are not checked out; the others are normal directories. */
function submodulesOf(root: string, empty: ReadonlySet<string>): string[] {
  const content = unlessUnreadable(() => readBeginning(join(root, ".gitmodules"), MOST_BYTES));
  if (content === null) return [];
  return [...readSubmodules(content.toString("utf8")).keys()].filter((path) => empty.has(path));
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    return null;
  }
}
