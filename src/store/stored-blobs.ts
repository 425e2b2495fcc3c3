import { join } from "node:path";
import { EdenError } from "../errors.js";
import { listDirectory, readRegularFile } from "../system/read-files.js";
import type { Store } from "./store.js";
import { formatOf } from "../manifest/names/object-id.js";
import { blobId } from "./tree-id.js";

/**
 * The file contents of the store by git's object id, whichever skill they belong to: they need not
 * be fetched again. The markers are read at the first question; entries that this run adds later
 * are not found.
 */
export class StoredBlobs {
  #trees: ReadonlyMap<string, { tree: string; path: string }> | null = null;

  constructor(private readonly store: Store) {}

  /** The content, checked against its id; null when no entry has it unchanged. */
  read(oid: string): Buffer | null {
    const place = (this.#trees ??= this.#index()).get(oid);
    if (place === undefined) return null;
    for (const name of this.store.idsOf(place.tree)) {
      const content = contentAt(join(this.store.entryDirectory(place.tree, name), place.path));
      if (content !== null && blobId(content, formatOf(oid)) === oid) return content;
    }
    return null;
  }

  #index(): ReadonlyMap<string, { tree: string; path: string }> {
    const places = new Map<string, { tree: string; path: string }>();
    for (const name of listDirectory(this.store.directory)) {
      const tree = /^(?<tree>[0-9a-f]+)\.json$/u.exec(name)?.groups?.["tree"];
      const marker = tree === undefined ? null : this.store.readMarker(tree);
      if (marker === null) continue;
      for (const [oid, path] of Object.entries(marker.blobs)) places.set(oid, { tree: marker.tree, path });
    }
    return places;
  }
}

function contentAt(path: string): Buffer | null {
  try {
    return readRegularFile(path).content;
  } catch (error) {
    if (error instanceof EdenError && error.code !== "DESCRIPTORS_EXHAUSTED") return null;
    throw error;
  }
}
