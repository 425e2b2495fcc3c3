import { linkEntry } from "./link-entry.js";
import type { Marker } from "./marker.js";
import { Materialiser, type SkillContent } from "./materialise.js";
import type { Staged } from "./publish-entry.js";
import type { Staging } from "./staging.js";
import type { Store } from "./store.js";
import { StoredBlobs } from "./stored-blobs.js";
import { WriteWindow } from "../system/write-window.js";

/** What one run writes into a store with. */
export class StoreWriter {
  readonly #window = new WriteWindow();
  readonly #blobs: StoredBlobs;

  constructor(
    readonly store: Store,
    private readonly staging: Staging,
  ) {
    this.#blobs = new StoredBlobs(store);
  }

  /** Begins a new entry. */
  write(content: SkillContent): Materialiser {
    return new Materialiser(this.#staged(), content);
  }

  /**
   * The marker of a content as an entry of that id, which may be made from one of another id; null
   * when the content is not in the store.
   */
  async findOrLink(tree: string, id: string): Promise<Marker | null> {
    return this.store.readyEntry(tree, id) ?? (await linkEntry(this.#staged(), tree, id));
  }

  /** A content that some entry holds, by its object id; null when none does. */
  content(oid: string): Buffer | null {
    return this.#blobs.read(oid);
  }

  #staged(): Staged {
    return { store: this.store, path: this.staging.next(), window: this.#window };
  }
}
