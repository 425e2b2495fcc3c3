import type { OpenedSource } from "../source/open-source.js";

/** A source that was looked into. */
export interface LookedAt extends OpenedSource {
  /** A skill that was named along with it. */
  skill: string | null;
  /** What a manifest says instead of a repository. */
  release?: { name: string; version?: string; registry?: string };
}
