import type { Manifest } from "../manifest/document/manifest.js";
import { parseLockfile, type LockedSkill } from "../manifest/lockfile/lockfile.js";
import { openStore } from "../store/store.js";

/**
 * True for an entry whose content this manifest has installed on this machine, from this source.
 * The history alone is not enough: a run also keeps entries that it was not about, unchecked.
 */
export function installedHere(manifest: Manifest, home: string): (entry: LockedSkill) => boolean {
  const store = openStore(manifest.storageRoot);
  const targets = Object.values(store.states.read(manifest.path)?.targets ?? {});
  const place = { manifestDirectory: manifest.directory, home };
  const sources = new Set(
    store
      .history(manifest.path)
      .records()
      .flatMap(({ lockfile }) => {
        const parsed = parseLockfile(lockfile ?? "", place);
        return "lockfile" in parsed ? parsed.lockfile.skills.map(textOf) : [];
      }),
  );
  return (entry) => {
    const { id, tree, integrity, installedIntegrity = integrity } = entry;
    return (
      sources.has(textOf(entry)) &&
      targets.some(
        ({ skill, links, integrities }) =>
          skill === id &&
          (integrities.includes(installedIntegrity) || (tree !== "" && links.some((link) => link.includes(tree)))),
      )
    );
  };
}

function textOf(entry: LockedSkill): string {
  const { targets: _, installMode: _mode, collection: _collection, ...source } = entry;
  return JSON.stringify(source);
}
