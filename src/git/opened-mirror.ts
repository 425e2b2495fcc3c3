import type { ArchiveRemote } from "./archive-remote.js";
import type { Mirror } from "./mirror.js";
import type { ObjectSource } from "./object-reader.js";
import type { Remote } from "./remote.js";

/** The mirror of a repository, and where its objects come from. */
export interface OpenedMirror {
  remote: Remote;
  mirror: Mirror;
  /** Those of the mirror; another repository may be among them. */
  objects: ObjectSource;
  /** Null for a repository of git. */
  archives: ArchiveRemote | null;
}
