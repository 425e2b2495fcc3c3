import { EdenError } from "../errors.js";
import { readBlobs } from "../git/objects.js";
import type { Git } from "../git/run-git.js";
import type { ManifestSkill } from "../manifest/manifest.js";
import { checkSizes } from "../skill/skill-tree.js";
import { Materialiser } from "../store/materialise.js";
import type { Marker } from "../store/marker.js";
import type { ListedSkill } from "./list-skills.js";
import type { SyncWorld } from "./sync-world.js";

/**
 * Streams the contents of all skills of one repository through one git process into the store; a content that several skills share is read
 * once. A skill that turns out to be unsafe, or too large, fails alone; what is too large is never held in memory.
 */
export async function materialiseSkills(
  world: SyncWorld,
  git: Git,
  directory: string,
  skills: readonly ListedSkill[],
  signal: AbortSignal,
  fail: (one: { skill: ManifestSkill }, error: EdenError) => void,
): Promise<{ one: ListedSkill; marker: Marker }[]> {
  const sizes = new Map<string, number>();
  const writers = new Map(
    skills.map((one) => [new Materialiser(world.storageRoot, world.staging.next(), one.content), one]),
  );
  const wanting = new Map<string, Materialiser[]>();
  const giveUp = (writer: Materialiser, error: unknown) => {
    const one = writers.get(writer);
    if (!(error instanceof EdenError) || error.code !== "SKILL_UNSAFE" || one === undefined) throw error;
    fail(one, error);
    writers.delete(writer);
    writer.discard();
  };
  try {
    for (const writer of writers.keys())
      for (const oid of writer.wanted) wanting.set(oid, [...(wanting.get(oid) ?? []), writer]);
    const oids = [...wanting.keys()];
    await readBlobs(git, directory, oids, signal, {
      accepts: (oid, size) => {
        sizes.set(oid, size);
        let isWanted = false;
        for (const writer of wanting.get(oid) ?? []) {
          try {
            checkSizes(writer.content.files, sizes, world.limits);
            isWanted ||= writers.has(writer);
          } catch (error) {
            if (writers.has(writer)) giveUp(writer, error);
          }
        }
        return isWanted;
      },
      take: async (oid, content) => {
        for (const writer of wanting.get(oid) ?? []) {
          if (writers.has(writer)) await writer.write(oid, content).catch((error: unknown) => giveUp(writer, error));
        }
      },
    });
    const published: { one: ListedSkill; marker: Marker }[] = [];
    for (const [writer, one] of writers) {
      try {
        published.push({ one, marker: await writer.finish() });
      } catch (error) {
        giveUp(writer, error);
      }
    }
    return published;
  } finally {
    for (const writer of writers.keys()) writer.discard();
  }
}
