import { join } from "node:path";

/*
 * <storage.root>/
 *   store/<tree id>/<skill id>/   one immutable directory per content and name; agents require that a skill's directory bears its name
 *   store/<tree id>.json          the readiness marker, written last
 *   mirrors/ locks/ staging/ state/ history/ backups/ registries/ runs/
 */

/** All entries and their markers: changes whenever one of them comes or goes. */
export function storeDirectory(storageRoot: string): string {
  return join(storageRoot, "store");
}

/** One content, under each id that wants it. */
export function treeDirectory(storageRoot: string, tree: string): string {
  return join(storageRoot, "store", tree);
}

/** The directory that a target links to. */
export function entryDirectory(storageRoot: string, tree: string, id: string): string {
  return join(treeDirectory(storageRoot, tree), id);
}

export function markerPath(storageRoot: string, tree: string): string {
  return join(storageRoot, "store", `${tree}.json`);
}

/** The directory in which everything is prepared before it is renamed to where it belongs. */
export function stagingRoot(storageRoot: string): string {
  return join(storageRoot, "staging");
}

/** Where `--force` and `remove` move what they replace. */
export function backupsRoot(storageRoot: string): string {
  return join(storageRoot, "backups");
}

/** The tree and skill that a path inside the store belongs to, or null for any other path. */
export function parseEntryPath(storageRoot: string, path: string): { tree: string; id: string } | null {
  const prefix = join(storageRoot, "store") + "/";
  if (!path.startsWith(prefix)) return null;
  const match = /^(?<tree>[0-9a-f]{40}(?:[0-9a-f]{24})?)\/(?<id>[^/]+)\/?$/u.exec(path.slice(prefix.length));
  return match?.groups === undefined ? null : { tree: match.groups["tree"] ?? "", id: match.groups["id"] ?? "" };
}
