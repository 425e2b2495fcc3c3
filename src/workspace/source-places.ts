import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { contains, foldPath } from "../manifest/targets/target-danger.js";
import { directoryIdentity } from "../system/file-identity.js";
import { followLinks } from "../system/follow-links.js";
import { perTurn } from "../system/per-turn.js";
import { lstatIfExists, placeOf } from "../system/read-files.js";
import type { LocalSource } from "./local-sources.js";

/**
 * Finds targets that overlap the source of a skill. Places are compared, not names: all links are
 * followed.
 */
export class SourcePlaces {
  /**
   * The skill whose source is a place or is below it; also for the place of a link on the way to a
   * source.
   */
  readonly #above = new Map<string, string>();
  /** The same by the identity of directories, for a place with two names that are not links. */
  readonly #aboveIdentity = new Map<string, string>();
  readonly #own = new Map<string, { folded: string; identity: string | null }[]>();
  readonly #identities = new Map<string, string | null>();

  constructor(sources: readonly LocalSource[]) {
    for (const { skill, path } of sources) this.#add(skill, path);
  }

  /**
   * Why a skill must not be installed at, or removed from, a path; null if no source is affected.
   */
  conflictAt(skill: string, path: string): string | null {
    if (this.#own.size === 0) return null;
    const place = placeOf(path);
    const folded = foldPath(place);
    const isDirectory = lstatSafely(place)?.isDirectory() === true;
    const identity = isDirectory ? this.#identityOf(place) : null;
    const under = this.#above.get(folded) ?? (identity === null ? undefined : this.#aboveIdentity.get(identity));
    if (under !== undefined) return `it is, or holds, the source of ${under}`;
    const around = directoriesAbove(place);
    const isInside = (this.#own.get(skill) ?? []).some(
      (own) =>
        contains(own.folded, folded) ||
        (own.identity !== null && around.some((directory) => this.#identityOf(directory) === own.identity)),
    );
    return isInside ? `it lies in the source of ${skill}` : null;
  }

  #add(skill: string, path: string): void {
    const { place, links } = followedSafely(path);
    for (const one of [place, ...links]) {
      for (const directory of [one, ...directoriesAbove(one)]) this.#above.set(folded(directory), skill);
    }
    for (const directory of [place, ...directoriesAbove(place)]) {
      const identity = this.#identityOf(directory);
      if (identity !== null) this.#aboveIdentity.set(identity, skill);
    }
    const own = { folded: foldPath(place), identity: this.#identityOf(place) };
    this.#own.set(skill, [...(this.#own.get(skill) ?? []), own]);
  }

  #identityOf(directory: string): string | null {
    let known = this.#identities.get(directory);
    if (known === undefined) {
      known = lstatSafely(directory)?.isDirectory() === true ? directoryIdentity(directory) : null;
      this.#identities.set(directory, known);
    }
    return known;
  }
}

const folded = perTurn(foldPath);

function directoriesAbove(place: string): string[] {
  const above: string[] = [];
  for (let directory = dirname(place); directory !== dirname(directory); directory = dirname(directory))
    above.push(directory);
  return above;
}

/** An unreadable path keeps its name; the code that reads it reports the problem. */
function followedSafely(path: string): ReturnType<typeof followLinks> {
  try {
    return followLinks(path);
  } catch (error) {
    if (error instanceof EdenError) return { place: path, links: [] };
    throw error;
  }
}

function lstatSafely(path: string) {
  try {
    return lstatIfExists(path);
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
