import type { Marker } from "./marker.js";
import type { SkillContent } from "./materialise.js";
import type { StoreWriter } from "./store-writer.js";

/**
 * The marker of a content as an entry of a skill, which is written if the store does not have it.
 * @param contentOf each content by its object id.
 * @throws EdenError as `Materialiser`.
 */
export async function writeEntry(
  writer: StoreWriter,
  content: SkillContent,
  contentOf: (oid: string) => Buffer,
): Promise<Marker> {
  const known = await writer.findOrLink(content.tree, content.id);
  if (known !== null) return known;
  const entry = writer.write(content);
  try {
    for (const oid of entry.wanted) await entry.write(oid, contentOf(oid));
    return await entry.finish();
  } finally {
    await entry.discard();
  }
}
