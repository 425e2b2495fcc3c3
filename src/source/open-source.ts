import type { Manifest, SkillSource } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { discoverSkills } from "./discover-skills.js";
import type { Discovery } from "./discovery.js";
import type { Site } from "./site.js";
import { withFacts } from "./skill-facts.js";
import { withSource, type SearchableSource, type SearchedSource } from "./with-source.js";

/** Skills found in a source, and its manifest address. */
export interface OpenedSource extends Discovery, Omit<SearchedSource, "source"> {
  /** Absent for a site. */
  source?: SkillSource;
  /** Set if the source is neither a repository nor a directory. */
  site?: Site;
  /** True if the directory that was searched has more skills than those of the plugin that was named. */
  isPart?: boolean;
}

/**
 * Looks into a repository or a directory for skills.
 * @param hasFacts adds sizes and findings to several skills.
 * @throws EdenError as `withSource`.
 */
export async function openSource(
  context: RunContext,
  manifest: Manifest,
  source: SearchableSource,
  hasFacts = false,
): Promise<OpenedSource> {
  return await withSource(context, manifest, source, async (view, rootName) => {
    const found = await discoverSkills(view, rootName);
    return hasFacts && found.skills.length > 1 ? await withFacts(view, found) : found;
  });
}
