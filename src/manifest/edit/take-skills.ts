import { commentLines } from "./comment-lines.js";
import { entryRanges, removeSkill } from "./edit-skills.js";
import { findSkillEntries } from "./skill-entries.js";
import { TomlText } from "./toml-text.js";

/**
 * The text of a manifest without some skills, and the comments above and in them, each as a line:
 * they belong above what replaces the skills.
 * @param indexes positions of skills, in order.
 * @throws EdenError `INVALID_TOML`.
 */
export async function takeSkills(
  manifest: string,
  indexes: readonly number[],
): Promise<{ text: string; comments: string[] }> {
  const found = await findSkillEntries(manifest);
  const bare = new TomlText(manifest);
  const ranges = indexes.flatMap((index) => {
    const own = entryRanges(bare, found, index);
    const first = bare.lineStart(own[0]?.[0] ?? 0);
    const [above = ""] = /(?:(?<=^|\n)[ \t]*#[^\n]*\n)*$/u.exec(manifest.slice(0, first)) ?? [];
    bare.replace(first - above.length, first, "");
    return [[first - above.length, first] as const, ...own];
  });
  let text = bare.toString();
  for (const index of indexes.toReversed()) text = await removeSkill(text, index);
  return { text, comments: commentLines(found.comments, ranges) };
}
