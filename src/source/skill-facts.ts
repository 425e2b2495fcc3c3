import { posix } from "node:path";
import { auditSkill } from "../skill/audit/audit-skill.js";
import { weighsAtLeast } from "../skill/audit/finding.js";
import type { DiscoveredSkill, Discovery } from "./discovery.js";
import type { SourceView } from "./source-view.js";

/** Files that are read for all skills of a source; with more, there are no facts. */
const MOST_FILES = 1000;
/** Bytes of one file. */
const MOST_BYTES = 256 * 1024;

/** Adds the facts to the skills of a source. The contents that are missing are fetched at once. */
export async function withFacts(view: SourceView, found: Discovery): Promise<Discovery> {
  const files = filesOf(view.paths, found.skills);
  const paths = [...new Set([...files.values()].flat())];
  if (paths.length > MOST_FILES) return found;
  const contents = await view.read(paths, MOST_BYTES);
  const skills = await Promise.all(
    found.skills.map(async (skill) => {
      const own = (files.get(skill.path) ?? []).map((path) => {
        const content = contents.get(path) ?? Buffer.alloc(0);
        return {
          path: skill.path === "." ? path : path.slice(skill.path.length + 1),
          mode: "100644" as const,
          content,
        };
      });
      const { findings } = await auditSkill(own);
      const bytes = own.reduce((sum, { content }) => sum + content.length, 0);
      const heavy = findings.filter(({ severity }) => weighsAtLeast(severity, "medium"));
      return { ...skill, facts: { files: own.length, bytes, findings: heavy } };
    }),
  );
  return { ...found, skills };
}

/** The files below the directory of each skill. */
function filesOf(paths: readonly string[], skills: readonly DiscoveredSkill[]): Map<string, string[]> {
  const files = new Map<string, string[]>(skills.map(({ path }) => [path, []]));
  for (const path of paths) {
    for (let directory = posix.dirname(path); ; directory = posix.dirname(directory)) {
      files.get(directory)?.push(path);
      if (directory === ".") break;
    }
  }
  return files;
}
