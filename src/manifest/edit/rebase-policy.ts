import { join } from "node:path";
import { readTeamSource } from "../policy/team-source.js";
import { pathName } from "../policy/source-name.js";
import type { NormalPolicy } from "./normal-manifest.js";
import { portablePath, type SpecPlace } from "./target-spec.js";

/** `[policy]` with paths, and names of directories, that mean the same in another directory. */
export function rebasePolicy(policy: NormalPolicy, place: SpecPlace): NormalPolicy {
  const { extends: team, sources, registries, sites, signatures, ...rest } = policy;
  const path = (text: string) => portablePath(text, place);
  const { allowed_signers, gpg_home } = signatures ?? {};
  const lists = (given: NormalPolicy["sources"]) =>
    given && Object.fromEntries(Object.entries(given).map(([key, globs]) => [key, rebaseGlobs(globs, place)]));
  const moved = {
    extends: team && rebaseTeam(team, place),
    sources: lists(sources),
    registries: lists(registries),
    sites: lists(sites),
    signatures: signatures && {
      ...(allowed_signers !== undefined && { allowed_signers: path(allowed_signers) }),
      ...(gpg_home !== undefined && { gpg_home: path(gpg_home) }),
    },
  };
  return { ...Object.fromEntries(Object.entries(moved).filter(([, value]) => value !== undefined)), ...rest };
}

/** A file at a path, or in a repository whose address may be a path. */
function rebaseTeam(text: string, place: SpecPlace): string {
  const source = readTeamSource(text, { directory: place.cwd, home: place.home });
  if (source === null) return portablePath(text, place);
  if ("problem" in source || source.transport !== "file") return text;
  return text.replace(/^(?!file:)[^#]*?(?=\/\/)/u, (repo) => portablePath(repo, place));
}

/** `project:PATH` is a path in the manifest's directory. */
function rebaseGlobs(globs: unknown, place: SpecPlace): string[] {
  return (globs as string[]).map((glob) => {
    const [, inProject] = /^project:(.*)$/su.exec(glob) ?? [];
    return inProject === undefined ? glob : pathName(join(place.cwd, inProject), place.manifestDirectory);
  });
}
