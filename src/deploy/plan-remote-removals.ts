import { EdenError, sanitize } from "../errors.js";
import { itemOf } from "../plan/assemble.js";
import { planRemoteRemoval } from "../plan/remote.js";
import { isGone } from "../remote-targets/failures.js";
import { keyOfPlace, type RemotePlace } from "../remote-targets/remote-place.js";
import { isAbout, type RunScope } from "../run/scope.js";
import type { Machine } from "../workspace/machine.js";
import { formerPlaces, wantedPlaces } from "../workspace/remote-places.js";
import { whyUnwanted, type Removals } from "./removals.js";

/**
 * Plans the targets in containers and on hosts that the manifest no longer wants: those that the
 * state, the lockfile or a record there names. A container that does not exist any more has none.
 * @param mayGiveUp the state forgets what cannot be reached.
 */
export function planRemoteRemovals(machine: Machine, scope: RunScope, mayGiveUp: boolean): Removals {
  const removals: Removals = { items: [], left: [], forget: [] };
  for (const place of unwantedPlaces(machine)) {
    if (!isAbout(scope, place.skillId)) continue;
    const key = keyOfPlace(place);
    const sight = machine.facts.sightOf(place);
    const isUnreachable = sight instanceof EdenError;
    const isRecorded = Object.hasOwn(machine.state.remote ?? {}, key);
    // Another machine may have installed what only the lockfile names.
    if (sight === null || (isUnreachable && !isRecorded)) continue;
    if (isUnreachable && (isGone(sight) || mayGiveUp)) {
      removals.forget.push(key);
      if (!isGone(sight)) removals.left.push({ ...leftAt(place), reason: sanitize(sight.message) });
      continue;
    }
    const reason = whyUnwanted(machine.manifest, place.skillId);
    const planned = planRemoteRemoval(undecided(place), sight, { reason, force: machine.facts.force });
    if (!("left" in planned)) removals.items.push(planned);
    else {
      removals.forget.push(key);
      if (planned.left !== null) removals.left.push({ ...leftAt(place), reason: planned.left });
    }
  }
  return removals;
}

function unwantedPlaces({ manifest, state, found, remote }: Machine): RemotePlace[] {
  const wanted = new Set(wantedPlaces(manifest.skills).map(keyOfPlace));
  const known = new Map(
    [...(remote?.recorded() ?? []), ...formerPlaces({ manifest, state, lockfile: found.lockfile })].map((place) => [
      keyOfPlace(place),
      place,
    ]),
  );
  return [...known].flatMap(([key, place]) => (wanted.has(key) ? [] : [place]));
}

function undecided({ skillId, agents, environment, path }: RemotePlace) {
  const rest = { inProject: false, installMode: "copy", copyReason: null, desired: null } as const;
  return itemOf({ skillId, agents, environment, path, ...rest });
}

function leftAt({ skillId, environment, path }: RemotePlace) {
  return { skillId, environment, path, code: "TARGET_CONFLICT" as const };
}
