import { dirname, join, resolve } from "node:path";
import { EdenError } from "../errors.js";
import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import { observe } from "../plan/observe.js";
import { contentOnDisk } from "../store/integrity.js";
import { openStore } from "../store/store.js";
import { recordOf, type OwnedTarget } from "../store/state.js";
import { placeOf } from "../system/read-files.js";

/**
 * The targets of a lockfile that match it exactly on this machine, by path: a copy by its content,
 * a link by its destination.
 */
export function exactTargets(manifest: Manifest, home: string, lockfile: Lockfile): Map<string, OwnedTarget> {
  const { directory, skills, storageRoot } = manifest;
  // The lockfile has the mode of the skill; some of its targets may still be copies.
  const targets = skills.flatMap((skill) => skill.targets);
  const copied = new Set(targets.flatMap(({ path, linksDroppedBy }) => (linksDroppedBy === undefined ? [] : path)));
  const exact = new Map<string, OwnedTarget>();
  for (const entry of lockfile.skills) {
    for (const { path, agent, environment } of entry.targets) {
      if (environment !== undefined) continue;
      const known = exact.get(path);
      if (known !== undefined) known.agents.push(agent);
      else {
        const found = whatIsExact(entry, path, { directory, home, storageRoot, isCopied: copied.has(path) });
        if (found !== null) exact.set(path, recordOf(path, { skill: entry.id, agents: [agent], ...found }));
      }
    }
  }
  return exact;
}

function whatIsExact(
  entry: LockedSkill,
  path: string,
  place: { directory: string; home: string; storageRoot: string; isCopied: boolean },
): Pick<OwnedTarget, "links" | "integrities"> | null {
  try {
    const seen = observe(path, contentOnDisk);
    const store = openStore(place.storageRoot);
    const renamed = entry.alias === undefined ? null : store.renamedEntry(entry.tree, entry.id, entry.alias);
    const installed = { ...entry, ...(renamed !== null && { tree: renamed.tree }) };
    if (entry.installMode === "symlink" && !(place.isCopied && seen.kind === "directory")) {
      return seen.kind === "link" && isLockedLink(installed, path, seen.text, place)
        ? { links: [seen.text], integrities: [] }
        : null;
    }
    const integrity = entry.installedIntegrity ?? entry.integrity;
    const marker = entry.alias === undefined ? store.readMarker(entry.tree) : renamed;
    const integrities = [integrity, ...(marker?.otherIntegrities ?? [])];
    const isExact = seen.kind === "directory" && integrity !== "" && seen.holds(integrities);
    return isExact ? { links: [], integrities } : null;
  } catch (error) {
    // An unreadable entry does not count as ours.
    if (error instanceof EdenError) return null;
    throw error;
  }
}

/**
 * The store may have had another path, since `storage.root` can be changed; content and skill are
 * compared.
 */
function isLockedLink(
  { tree, id, sourceRepo, sourceSubpath }: LockedSkill,
  path: string,
  text: string,
  { directory, home }: { directory: string; home: string },
): boolean {
  if (tree !== "") return text.endsWith(`/store/${tree}/${id}`);
  const source = parseSource(sourceRepo, { directory, home, allowInsecure: true });
  const leadsTo = resolve(dirname(placeOf(path)), text);
  return source.kind === "path" && placeOf(leadsTo) === placeOf(join(source.path, sourceSubpath));
}
