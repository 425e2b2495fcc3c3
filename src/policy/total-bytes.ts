import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { openStore } from "../store/store.js";
import { isInstalled } from "../workspace/pins.js";
import { contentsOf, readSnapshot } from "../workspace/read-snapshot.js";
import { inEachLayer, type RuleVerdict, type Verdict } from "./verdict.js";

/**
 * What the policy says about the bytes of all skills together: the first ones in the order of the
 * manifest fit. Skills before it that are not here count nothing.
 */
export function totalVerdicts(
  { policy, skills }: Manifest,
  skill: ManifestSkill,
  bytesOf: (skill: ManifestSkill) => number | null,
): Verdict[] {
  if (!isInstalled(skill)) return [];
  return inEachLayer(policy, ({ rules }): RuleVerdict[] => {
    const most = rules.budgets?.total_bytes;
    if (most === undefined) return [];
    const about = { rule: "budgets", at: ["budgets", "total_bytes"] } as const;
    if (bytesOf(skill) === null) return [{ ...about, outcome: "undecided", message: "its files are not here yet" }];
    const upTo = skills.slice(0, skills.findIndex(({ id }) => id === skill.id) + 1).filter(isInstalled);
    const total = upTo.reduce((sum, one) => sum + (bytesOf(one) ?? 0), 0);
    const isDenied = total > most;
    const message = `the skills up to it have ${total} bytes, ${isDenied ? "more than" : "at most"} ${most}`;
    return [{ ...about, outcome: isDenied ? "denied" : "allowed", message }];
  });
}

/** The bytes of skills, each looked up once. */
export class SkillSizes {
  readonly #known = new Map<string, number | null>();

  constructor(private readonly manifest: Manifest) {}

  /** Null if the files are not here. @param tree "" if it is not known. */
  of(skill: ManifestSkill, tree: string): number | null {
    const key = `${skill.id} ${tree}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const bytes = this.#read(skill, tree);
    this.#known.set(key, bytes);
    return bytes;
  }

  #read({ source }: ManifestSkill, tree: string): number | null {
    const { storageRoot, limits } = this.manifest;
    const marker = tree === "" ? null : openStore(storageRoot).readMarker(tree);
    if (marker !== null) return marker.bytes;
    if (source.kind !== "directory") return null;
    try {
      const directory = directoryOf(source);
      const { files } = readSnapshot(limits, directory, () => false);
      return [...contentsOf(directory, files)].reduce((sum, { content }) => sum + content.length, 0);
    } catch (error) {
      if (error instanceof EdenError) return null;
      throw error;
    }
  }
}
