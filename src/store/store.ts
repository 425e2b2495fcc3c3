import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { isObjectId } from "../manifest/names/object-id.js";
import { flushTogether } from "../system/flush.js";
import { listDirectory, readTextIfExists, statIfExists } from "../system/read-files.js";
import { shortHash } from "../system/sha256.js";
import { replaceFile } from "../system/write-files.js";
import { WriteWindow } from "../system/write-window.js";
import { History } from "./history.js";
import { holdsContent } from "./integrity.js";
import { LiveRuns } from "./live-runs.js";
import { hasOrigin, parseMarker, withOrigin, type Marker, type Origin } from "./marker.js";
import { openStaging, type Staging } from "./staging.js";
import { States } from "./state.js";

/*
 * <root>/
 *   store/<tree id>/<skill id>/   one immutable directory per content and name; agents require that
 *                                 the directory of a skill has its name
 *   store/<tree id>.json          the readiness marker, written last
 *   mirrors/ locks/ staging/ state/ history/ backups/ registries/ runs/
 *   commits/
 */

/**
 * The storage below one root: contents, and what is recorded beside them. Opening it reads nothing.
 */
export class Store {
  readonly states: States;
  readonly runs: LiveRuns;
  /** All entries and their markers: changes whenever one of them comes or goes. */
  readonly directory: string;
  /** Where `--force` and `remove` move what they replace. */
  readonly backups: string;

  constructor(readonly root: string) {
    this.directory = join(root, "store");
    this.backups = join(root, "backups");
    this.states = new States(root);
    this.runs = new LiveRuns(root);
  }

  /** One content, under each id that wants it. */
  treeDirectory(tree: string): string {
    return join(this.directory, tree);
  }

  /** The directory that a target links to. */
  entryDirectory(tree: string, id: string): string {
    return join(this.directory, tree, id);
  }

  markerPath(tree: string): string {
    return join(this.directory, `${tree}.json`);
  }

  /** The tree and skill that a path inside the store belongs to, or null for any other path. */
  entryAt(path: string): { tree: string; id: string } | null {
    if (!path.startsWith(`${this.directory}/`)) return null;
    const [, tree = "", id = ""] = /^([^/]+)\/([^/]+)\/?$/u.exec(path.slice(this.directory.length + 1)) ?? [];
    return isObjectId(tree) ? { tree, id } : null;
  }

  /**
   * The index of a registry as it was last fetched.
   * @param name in the manifest. A registry at another address has another index.
   */
  indexPath(name: string, { key }: Pick<RepositorySource, "key">): string {
    return join(this.root, "registries", `${name}-${shortHash(key)}.json`);
  }

  history(manifestPath: string): History {
    return new History(this.root, manifestPath);
  }

  /** The staging directory of one run. */
  openStaging(): Staging {
    return openStaging(join(this.root, "staging"));
  }

  /** The marker of a tree, or null when the content is not (completely) there. */
  readMarker(tree: string): Marker | null {
    if (!isObjectId(tree)) return null;
    const text = readTextIfExists(this.markerPath(tree));
    const marker = text === null ? null : parseMarker(text);
    return marker?.tree === tree ? marker : null;
  }

  /** The marker when that content is in the store under that skill id, else null. */
  readyEntry(tree: string, id: string): Marker | null {
    const marker = this.readMarker(tree);
    return marker !== null && statIfExists(this.entryDirectory(tree, id))?.isDirectory() === true ? marker : null;
  }

  /**
   * Writes the marker with one more origin. If two processes write at once, one origin may be lost:
   * it costs a later look, no more.
   * @param window for what waits for the disk; one sync of the directory serves many markers.
   */
  async writeMarker(marker: Marker, origin: Origin, window = new WriteWindow()): Promise<void> {
    const current = this.readMarker(marker.tree);
    if (current !== null && hasOrigin(current, origin)) return;
    const known = current?.aliases === undefined ? {} : { aliases: current.aliases };
    const written = { ...marker, ...known, origins: withOrigin((current ?? marker).origins, origin) };
    await this.#replaceMarker(written, window);
  }

  /** The marker of a content with another name, as an entry of a skill; null if it was never made. */
  renamedEntry(tree: string, id: string, name: string): Marker | null {
    const renamed = this.readMarker(tree)?.aliases?.[name];
    return renamed === undefined ? null : this.readyEntry(renamed, id);
  }

  /** The trees of a locked skill in the store: its content, and its content with another name. */
  treesOf({ tree, alias, site }: { tree: string; alias?: string; site?: { tree: string } }): string[] {
    const renamed = alias === undefined ? undefined : this.readMarker(tree)?.aliases?.[alias];
    return [tree, site?.tree ?? "", ...(renamed === undefined ? [] : [renamed])].filter((one) => one !== "");
  }

  /** Records the tree of a content with another name. */
  async recordRenamed(tree: string, name: string, renamed: string): Promise<void> {
    const marker = this.readMarker(tree);
    if (marker === null || marker.aliases?.[name] === renamed) return;
    const written = { ...marker, aliases: { ...marker.aliases, [name]: renamed } };
    await this.#replaceMarker(written, new WriteWindow());
  }

  async #replaceMarker(marker: Marker, window: WriteWindow): Promise<void> {
    const path = this.markerPath(marker.tree);
    await window.run(async () => await replaceFile(path, `${JSON.stringify(marker, null, 1)}\n`));
    await flushTogether(this.directory);
  }

  /** True when an entry no longer has the integrity that its marker records. */
  isCorrupt(tree: string, id: string): boolean {
    const marker = this.readMarker(tree);
    if (marker === null) return false;
    try {
      return !holdsContent(this.entryDirectory(tree, id), marker);
    } catch (error) {
      if (error instanceof EdenError) return true;
      throw error;
    }
  }

  /**
   * All contents with the ids that each has entries under; also those without a marker, and markers
   * without a content.
   */
  trees(): { tree: string; ids: string[] }[] {
    const names = listDirectory(this.directory).map((name) => name.replace(/\.json$/u, ""));
    return [...new Set(names.filter(isObjectId))].map((tree) => ({ tree, ids: this.idsOf(tree) }));
  }

  /**
   * The ids that a content has entries under. Other files in its directory, as a Finder leaves
   * them, are not entries.
   */
  idsOf(tree: string): string[] {
    return listDirectory(this.treeDirectory(tree)).filter((name) => /^[a-z0-9]/u.test(name));
  }
}

/** Binds a storage root. */
export function openStore(root: string): Store {
  return new Store(root);
}
