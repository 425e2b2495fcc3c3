import { machineName } from "../system/machine.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { parseEnvironment } from "../manifest/targets/target-environment.js";
import { keyOfPlace, type RemotePlace } from "../remote-targets/remote-place.js";
import type { RemoteRules, RemoteTargets } from "../remote-targets/remote-targets.js";
import { isAbout, type RunScope } from "../run/scope.js";
import type { MachineState } from "../store/state.js";
import { isInstalled } from "./pins.js";

/** The variable that replaces the name of this machine in records on other machines. */
const MACHINE_VARIABLE = "EDEN_SKILLS_MACHINE";

/** What says which remote targets there may be. */
export interface RemoteSources {
  manifest: Manifest;
  state: Pick<MachineState, "remote">;
  lockfile: Lockfile;
}

/** The targets in containers and on hosts that the manifest wants. */
export function wantedPlaces(skills: readonly ManifestSkill[]): RemotePlace[] {
  return skills
    .filter(isInstalled)
    .flatMap(({ id, targets }) =>
      targets.flatMap(({ environment, agents, path }) =>
        environment.kind === "local" ? [] : [{ skillId: id, agents, environment, path }],
      ),
    );
}

/**
 * The targets that the manifest no longer wants: those of the state, and those of the lockfile,
 * which another machine may have installed.
 */
export function formerPlaces({ manifest, state, lockfile }: RemoteSources): RemotePlace[] {
  const wanted = new Set(wantedPlaces(manifest.skills).map(keyOfPlace));
  // A skill that this machine does not have may still be wanted by others.
  const notHere = new Set(manifest.skills.filter(({ isHere }) => !isHere).map(({ id }) => id));
  const recorded = Object.entries(state.remote ?? {}).flatMap(([key, { skill, agents }]) => {
    const [where = "", ...path] = key.split(" ");
    return placeIn(where, { skillId: skill, agents, path: path.join(" ") });
  });
  const locked = lockfile.skills
    .filter(({ id }) => !notHere.has(id))
    .flatMap(({ id, targets }) =>
      targets.flatMap(({ agent, path, environment = "local" }) =>
        placeIn(environment, { skillId: id, agents: [agent], path }),
      ),
    );
  const former = new Map([...locked, ...recorded].map((place) => [keyOfPlace(place), place]));
  return [...former].flatMap(([key, place]) => (wanted.has(key) ? [] : [place]));
}

function placeIn(where: string, place: Omit<RemotePlace, "environment">): RemotePlace[] {
  const environment = parseEnvironment(where);
  return environment === null || environment.kind === "local" ? [] : [{ ...place, environment }];
}

/**
 * Looks at the containers and hosts of a run; null if it has none.
 * @throws the signal's reason.
 */
export async function lookAtRemotes(
  rules: Omit<RemoteRules, "owner">,
  sources: RemoteSources,
  scope: RunScope,
): Promise<RemoteTargets | null> {
  const { manifest } = sources;
  if (manifest.root !== undefined) return null;
  const places = [...wantedPlaces(manifest.skills), ...formerPlaces(sources)];
  const own = places.filter(({ skillId }) => isAbout(scope, skillId));
  if (own.length === 0) return null;
  const module = await import("../remote-targets/remote-targets.js");
  const name = rules.host.env[MACHINE_VARIABLE] || machineName();
  const remote = new module.RemoteTargets({ ...rules, owner: `${name}:${manifest.path}` });
  await remote.look(own);
  return remote;
}
