import { EdenError } from "../errors.js";
import type { Manifest, RegistrySource, RepositorySource } from "../manifest/document/manifest.js";
import { didYouMean, nearestWord } from "../manifest/names/nearest-word.js";
import type { RegistryEntry, RegistryIndex, RegistryVersion } from "../manifest/registry/registry-index.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { RunContext } from "../run/run-context.js";
import { openIndexes, registriesInOrder, type OpenIndexes, type Refresh } from "./registry-indexes.js";

/** A version of a skill that a registry names. */
export interface FoundSkill {
  registry: string;
  name: string;
  version: string;
  description: string | null;
  /** True for a withdrawn version; only locked ones are found. */
  yanked: boolean;
  /** Its source: repository, ref and subpath, with its `release`. */
  source: RepositorySource;
}

/** A look-up: a name and a range, in one registry or in all. */
export interface WantedRelease extends Omit<RegistrySource, "kind"> {
  /** The version that is locked now. */
  locked: string | null;
}

/**
 * Looks a skill up by name and range, in one registry or in all by their priority.
 * @throws EdenError `UNKNOWN_REGISTRY`, and as `findInIndexes`.
 */
export async function findInRegistries(
  context: RunContext,
  manifest: Manifest,
  wanted: Omit<RegistrySource, "kind">,
): Promise<FoundSkill> {
  const { registry } = wanted;
  const known = registriesInOrder(manifest);
  if (registry !== null && !known.includes(registry))
    throw new EdenError("UNKNOWN_REGISTRY", `there is no [registries.${registry}]${didYouMean(registry, known)}`);
  const { answers } = await findAll(context, manifest, [{ ...wanted, locked: null }], "missing");
  const [answer = new EdenError("INTERNAL", "there was no answer")] = answers;
  if (answer instanceof EdenError) throw answer;
  return answer;
}

/**
 * Looks up several skills. A missing index is fetched first, and an index without such a name or
 * version is fetched again, once: it may have been published since.
 * @returns a result for each, in order, and the registries that could not be reached although their
 *   old index was read.
 */
export async function findAll(
  context: RunContext,
  manifest: Manifest,
  wanted: readonly WantedRelease[],
  refresh: Refresh,
): Promise<{ answers: (FoundSkill | EdenError)[]; old: OpenIndexes["old"] }> {
  const all = registriesInOrder(manifest);
  const askedFor = ({ registry }: WantedRelease) => (registry === null ? all : [registry]);
  const namesFor = (some: readonly WantedRelease[]) => {
    const names = new Set(some.flatMap(askedFor));
    return all.filter((name) => names.has(name));
  };
  // An update of all pins also updates all registries that they may come from.
  const isWhole = refresh === "all" && context.settings.ids.length === 0;
  const first = await openIndexes(context, manifest, isWhole ? all : namesFor(wanted), refresh);
  const look = async (indexes: OpenIndexes["indexes"], one: WantedRelease) => {
    try {
      return await findInIndexes(indexes, askedFor(one), one, one.locked);
    } catch (error) {
      return asEdenError(error);
    }
  };
  const answers: (FoundSkill | EdenError)[] = [];
  for (const one of wanted) answers.push(await look(first.indexes, one));
  const missed = wanted.filter((_, at) => isMissing(answers[at]));
  const unasked = namesFor(missed).filter((name) => !first.asked.has(name));
  if (unasked.length === 0 || context.settings.offline) return { answers, old: first.old };
  const second = await openIndexes(context, manifest, unasked, "all");
  const indexes = new Map([...first.indexes, ...second.indexes]);
  for (const [at, one] of wanted.entries()) if (isMissing(answers[at])) answers[at] = await look(indexes, one);
  return { answers, old: [...first.old, ...second.old] };
}

function isMissing(answer: FoundSkill | EdenError | undefined): boolean {
  return answer instanceof EdenError && (answer.code === "FETCH_NOT_FOUND" || answer.code === "REF_NOT_FOUND");
}

/**
 * The highest version in the range. The first registry that has the name answers for it, and an
 * unreachable one is not skipped: otherwise an attacker who blocks a registry could provide the
 * same name in another one.
 *
 * @param asked registries in the order in which they answer.
 * @param locked the version that is locked now.
 * @throws EdenError `FETCH_NOT_FOUND` if no registry has the name, `REF_NOT_FOUND` if it has no
 *   such version, `REGISTRY_UNREACHABLE`, `REGISTRY_INVALID`, `OFFLINE_MISS`.
 */
async function findInIndexes(
  indexes: ReadonlyMap<string, RegistryIndex | EdenError>,
  asked: readonly string[],
  { name, version: range }: Pick<RegistrySource, "name" | "version">,
  locked: string | null,
): Promise<FoundSkill> {
  const opened: RegistryIndex[] = [];
  for (const registry of asked) {
    const index = indexes.get(registry);
    if (index instanceof EdenError) throw index;
    if (index === undefined) continue;
    const entry = index.entry(name);
    if (entry !== null) return await choose(registry, entry, range, locked);
    opened.push(index);
  }
  throw unknownName(name, opened);
}

async function choose(
  registry: string,
  entry: RegistryEntry,
  range: string,
  locked: string | null,
): Promise<FoundSkill> {
  const { chooseVersion, newestFirst } = await import("../manifest/names/choose-version.js");
  const { name, description, versions } = entry;
  const chosen = chooseVersion(versions, range, locked);
  if (chosen === null) {
    const all = newestFirst(versions).map(({ version, yanked }) => (yanked ? `${version} (withdrawn)` : version));
    const more = all.length > MOST_NAMED ? `, and ${all.length - MOST_NAMED} more` : "";
    throw new EdenError("REF_NOT_FOUND", `registry ${registry} has no version of ${name} in ${range}`, {
      stage: "resolve",
      hint: `It has: ${all.slice(0, MOST_NAMED).join(", ")}${more}.`,
    });
  }
  const { version, yanked } = chosen;
  return { registry, name, version, description, yanked, source: sourceOf(registry, entry, chosen) };
}

/** Maximum versions that a message names. */
const MOST_NAMED = 10;

/** The source of one version, with its release. */
export function sourceOf(registry: string, { name, source }: RegistryEntry, chosen: RegistryVersion): RepositorySource {
  const { version, ref, commit } = chosen;
  return { ...source, ref: ref ?? commit, release: { from: `${registry}/${name}`, version, commit } };
}

function unknownName(name: string, indexes: readonly RegistryIndex[]): EdenError {
  const names = indexes.flatMap((index) => index.names());
  const near = nearestWord(name, names);
  const where = indexes.length === 1 ? `registry ${indexes[0]?.registry ?? ""} has no` : "no registry has a";
  return new EdenError("FETCH_NOT_FOUND", `${where} skill '${name}'`, {
    stage: "resolve",
    hint: near === null ? "`eden-skills search WORD` tells what there is." : `Did you mean ${near}?`,
  });
}
