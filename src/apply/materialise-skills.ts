import { EdenError } from "../errors.js";
import { readBlobs } from "../git/objects.js";
import type { Git } from "../git/run-git.js";
import type { ManifestSkill } from "../manifest/manifest.js";
import { Materialiser } from "../store/materialise.js";
import type { Marker } from "../store/marker.js";
import type { ListedSkill } from "./list-skills.js";
import type { SyncWorld } from "./sync-world.js";

/**
 * Streams the contents of all skills of one repository through one git process into the store; a content that several skills share is read
 * once. A skill that turns out to be unsafe fails alone.
 */
export async function materialiseSkills(
  world: SyncWorld,
  git: Git,
  directory: string,
  skills: readonly ListedSkill[],
  signal: AbortSignal,
  fail: (one: { skill: ManifestSkill }, error: EdenError) => void,
): Promise<{ one: ListedSkill; marker: Marker }[]> {
  const writers = new Map(
    skills.map((one) => [new Materialiser(world.storageRoot, world.staging.next(), one.content), one]),
  );
  const giveUp = (writer: Materialiser, error: unknown) => {
    const one = writers.get(writer);
    if (!(error instanceof EdenError) || error.code !== "SKILL_UNSAFE" || one === undefined) throw error;
    fail(one, error);
    writers.delete(writer);
    writer.discard();
  };
  try {
    const oids = [...new Set([...writers.keys()].flatMap((writer) => [...writer.wanted]))];
    await readBlobs(git, directory, oids, signal, async (oid, content) => {
      for (const writer of writers.keys())
        await writer.write(oid, content).catch((error: unknown) => giveUp(writer, error));
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
