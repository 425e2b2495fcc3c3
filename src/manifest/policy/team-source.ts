import type { RepositorySource } from "../document/manifest.js";
import { refProblem } from "../names/ref-name.js";
import { parseShortSource } from "../source/short-source.js";
import { parseSource } from "../source/source-grammar.js";
import { repositoryAt } from "../source/skill-source.js";
import { readSubpath } from "../source/subpath.js";

/**
 * The file in a repository that `extends` names as `ADDRESS//PATH[#REF]`; null for a path.
 * @returns the problem of an address, ref or path that is wrong.
 */
export function readTeamSource(
  text: string,
  place: { directory: string; home: string },
): RepositorySource | { problem: string } | null {
  if (!/^(?:[a-z+]+:\/\/)?[^#]*?[^:/]\/\/[^/]/iu.test(text)) return null;
  const { repo, ref, subpath = "" } = parseShortSource(text);
  const parsed = parseSource(repo, place);
  if (parsed.kind === "refused") return { problem: parsed.reason };
  const problem = ref === undefined ? null : refProblem(ref);
  if (problem !== null) return { problem };
  const path = readSubpath(subpath);
  if ("problem" in path) return path;
  return { ...repositoryAt(repo, parsed), ref: ref ?? null, subpath: path.subpath };
}
