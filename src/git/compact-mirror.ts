import { join } from "node:path";
import { isObjectId } from "../manifest/names/object-id.js";
import { removeTree } from "../system/change-trees.js";
import { listDirectory, readTextIfExists } from "../system/read-files.js";
import { writeByRename, writeInPlace } from "../system/write-files.js";
import type { Git } from "./git.js";
import { discardMirror, isPartial, keepingRef, type Mirror } from "./mirror.js";
import { rememberedObjects } from "./remembered-refs.js";
import { runGit } from "./run-git.js";
import { sweepRepository } from "./sweep-repository.js";

/** Packs that a mirror may have: each fetch adds one. */
const MOST_PACKS = 10;

/** True if so much was fetched into a mirror that `compactMirror` is worth its time. */
export function hasManyPacks(mirror: Mirror): boolean {
  return packFiles(mirror).filter((name) => name.endsWith(".pack")).length > MOST_PACKS;
}

/**
 * Writes the wanted commits of a mirror into one pack and removes all else; call it with its lock
 * held. Each step leaves a valid mirror, so that it may be killed (decision 0098).
 * @param commits those to keep, besides what its refs were last resolved to.
 * @throws EdenError if the mirror is damaged: the next sync that needs it rebuilds it; the signal's
 *   reason when aborted.
 */
export async function compactMirror(
  git: Git,
  mirror: Mirror,
  commits: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = mirror;
  const ask = async (args: readonly string[], input: string) =>
    (await runGit(git, { directory, args, input, signal })).stdout.toString("utf8");
  sweepRepository(directory);
  const kept = await keptObjects(mirror, commits, ask);
  for (const oid of listDirectory(join(directory, "refs/eden")))
    if (!kept.includes(oid)) removeTree(join(directory, keepingRef(oid)));
  for (const name of listDirectory(join(directory, "refs")))
    if (name !== "eden") removeTree(join(directory, "refs", name));
  if (kept.length === 0) return discardMirror(mirror);

  const tips = kept.map((oid) => `${oid}\n`).join("");
  const missing = isPartial(mirror) ? ["--missing=allow-any"] : [];
  const pack = [
    "pack-objects",
    "-q",
    "--revs",
    "--delta-base-offset",
    ...missing,
    join(directory, "objects/pack/pack"),
  ];
  const name = `pack-${(await ask(pack, tips)).trim()}`;
  if (missing.length > 0) writeInPlace(join(directory, "objects/pack", `${name}.promisor`), "");
  keepShallow(mirror, await ask(["rev-list", "--stdin"], tips));
  // Without its index a pack does not exist for git.
  const old = packFiles(mirror).filter((file) => !file.startsWith(`${name}.`));
  for (const file of old.toSorted((a, b) => Number(b.endsWith(".idx")) - Number(a.endsWith(".idx"))))
    removeTree(join(directory, "objects/pack", file));
}

function packFiles({ directory }: Mirror): string[] {
  return listDirectory(join(directory, "objects/pack"));
}

/** The fetched commits and tags that are wanted; a tag also if its commit is. */
async function keptObjects(
  mirror: Mirror,
  commits: ReadonlySet<string>,
  ask: (args: readonly string[], input: string) => Promise<string>,
): Promise<string[]> {
  const remembered = rememberedObjects(mirror);
  const lines = await ask(["for-each-ref", "--format=%(objectname) %(*objectname)", "refs/eden"], "");
  return lines.split("\n").flatMap((line) => {
    const [oid = "", commit = ""] = line.split(" ");
    return isObjectId(oid) && [oid, commit].some((one) => commits.has(one) || remembered.has(one)) ? [oid] : [];
  });
}

/** Removes the commits that are no longer here from the list of those without parents. */
function keepShallow({ directory }: Mirror, commits: string): void {
  const path = join(directory, "shallow");
  const text = readTextIfExists(path);
  if (text === null) return;
  const kept = new Set(commits.split("\n"));
  const lines = text.split("\n").filter((line) => line !== "" && kept.has(line));
  writeByRename(path, lines.map((line) => `${line}\n`).join(""));
}
