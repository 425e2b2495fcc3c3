import type { OpenedSource } from "../source/open-source.js";

/** A source after discovery. */
export interface LookedAt extends OpenedSource {
  /** A skill that was named with it. */
  skill: string | null;
  /** The source keys of the manifest in place of a repository. */
  release?: { name: string; version?: string; registry?: string };
}
