import type { Manifest } from "../manifest/document/manifest.js";
import { join } from "node:path";
import { States } from "./state.js";

/** What is recorded about targets, beside them: on this machine, or in the root of an image. */
export interface Records {
  states: States;
  /** Where `--force` and `remove` move what they replace. */
  backups: string;
}

/**
 * The records of the targets of a manifest.
 * @throws EdenError `TARGET_PATH_INVALID` if links lead them out of the root of an image.
 */
export function openRecords({ recordsRoot, root }: Pick<Manifest, "recordsRoot" | "root">): Records {
  root?.requireInside(recordsRoot);
  return { states: new States(recordsRoot, root), backups: join(recordsRoot, "backups") };
}
