import { dirname } from "node:path";
import { isInstalled } from "../workspace/pins.js";
import type { Machine } from "../workspace/machine.js";
import { kindOf, lstatIfExists, placeOf, readLinkIfAny } from "../system/read-files.js";

/** What is known about a path. */
export interface WhyPath {
  /** The directory of a skill: the path itself, or the one that it is in. Absolute. */
  path: string;
  kind: "absent" | "link" | "directory" | "file";
  /** The text of the link; null for anything else. */
  link: string | null;
  /**
   * `ours`: a target of this manifest; `former`: installed by it, but no longer wanted; `other`:
   * installed by another manifest; `none`: not installed by eden-skills on this machine.
   */
  owner: "ours" | "former" | "other" | "none";
  /** The skill that it is a target of, or was installed for; null if unknown. */
  skill: string | null;
  /** The manifest that owns it; null for none. */
  manifest: string | null;
}

/**
 * Who owns a path, or the nearest directory above it that has an owner.
 * @param path absolute.
 */
export function ownerOfPath(machine: Machine, path: string): WhyPath {
  for (let at = path; ; at = dirname(at)) {
    const owner = ownerAt(machine, at);
    if (owner !== null) return { ...owner, ...entryAt(at) };
    if (dirname(at) === at) break;
  }
  return { owner: "none", skill: null, manifest: null, ...entryAt(path) };
}

function ownerAt(
  { manifest, facts, state }: Machine,
  path: string,
): Pick<WhyPath, "owner" | "skill" | "manifest"> | null {
  const place = placeOf(path);
  const record = facts.ownedAt(path);
  const wanted = manifest.skills
    .filter(isInstalled)
    .find(({ targets }) =>
      targets.some((target) => target.environment.kind === "local" && placeOf(target.path) === place),
    );
  if (record !== null && wanted !== undefined) return { owner: "ours", skill: wanted.id, manifest: manifest.path };
  if (record !== null) {
    const former = Object.entries(state.targets).find(([target, { place: known = target }]) => known === place);
    return { owner: "former", skill: former?.[1].skill ?? null, manifest: manifest.path };
  }
  const other = facts.claimedByOther(path);
  if (other !== null) return { owner: "other", skill: null, manifest: other };
  return wanted === undefined ? null : { owner: "none", skill: wanted.id, manifest: null };
}

function entryAt(path: string): Pick<WhyPath, "path" | "kind" | "link"> {
  const stats = lstatIfExists(path);
  const link = stats === null ? null : readLinkIfAny(path);
  const kind = stats === null ? "absent" : kindOf(stats);
  return { path, link, kind: kind === "other" ? "file" : kind };
}
