import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { Agents } from "../manifest/targets/agents.js";
import type { LockedSkill } from "../manifest/lockfile/lockfile.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { HEAD_BYTES, readFrontMatter } from "../skill/front-matter.js";
import { fileNameFaults, pickSkillFile } from "../skill/skill-file.js";
import { frontMatterFaults } from "../skill/skill-rules.js";
import { listDirectory, readBeginning, realPath } from "../system/read-files.js";
import { warningFinding, type Finding } from "./finding.js";
import { openStore } from "../store/store.js";

/** Findings about the front matter, licence and risks of each skill. */
export async function checkSkills(manifest: Manifest, locked: ReadonlyMap<string, LockedSkill>): Promise<Finding[]> {
  const findings = await Promise.all(
    manifest.skills
      .filter(({ enabled, isHere }) => enabled && isHere)
      .map(async (skill) => [
        ...(await checkFormat(manifest, skill, locked.get(skill.id))),
        ...checkSafety(manifest, skill, locked.get(skill.id)),
      ]),
  );
  return findings.flat();
}

async function checkFormat(
  manifest: Manifest,
  skill: ManifestSkill,
  entry: LockedSkill | undefined,
): Promise<Finding[]> {
  const directory = contentOf(manifest, skill, entry);
  const name = directory === null ? null : pickSkillFile(listDirectory(directory));
  const content = directory === null || name === null ? null : readOrNull(join(directory, name));
  // Another check reports missing content.
  if (content === null || name === null) return [];
  const head = await readFrontMatter(content);
  const said =
    "problem" in head ? [head.problem] : [...head.warnings, ...frontMatterFaults(head.frontMatter, skill.id)];
  const faults = [...fileNameFaults(name), ...said];
  const isRenamed = "frontMatter" in head && head.frontMatter.name !== skill.id;
  const strict = isRenamed ? agentsThatName(skill, manifest.agents, "directory") : [];
  if (strict.length > 0)
    faults.push(`${strict.join(", ")} does not load a skill whose name differs from its directory`);
  const lenient = isRenamed ? agentsThatName(skill, manifest.agents, "any") : [];
  const advice =
    skill.alias === null || !isRenamed
      ? "Report it to the skill's author"
      : "Change its name in [skills.alias], or its id";
  const remedy = `${advice}; agents may not load it${lenient.length > 0 ? `, though ${lenient.join(", ")} accepts any name` : ""}.`;
  return faults.map((fault) =>
    warningFinding("SKILL_INVALID", { skill: skill.id }, `SKILL.md: ${sanitize(fault)}`, remedy),
  );
}

/**
 * The agents of a skill that are known to require the name of its directory, or to accept any name.
 */
function agentsThatName({ targets }: ManifestSkill, agents: Agents, rule: "directory" | "any"): string[] {
  const ids = new Set(targets.flatMap((target) => target.agents));
  return [...ids].filter((id) => agents.get(id)?.skillNames === rule);
}

/** The directory that agents read; null if there is none. */
function contentOf({ storageRoot }: Manifest, skill: ManifestSkill, entry: LockedSkill | undefined): string | null {
  const { id, source } = skill;
  if (source.kind === "directory" && skill.alias === null) return directoryOf(source);
  if (entry === undefined || entry.tree === "") return null;
  const store = openStore(storageRoot);
  const tree = skill.alias === null ? entry.tree : store.renamedEntry(entry.tree, id, skill.alias)?.tree;
  return tree === undefined ? null : store.entryDirectory(tree, id);
}

function readOrNull(path: string): Buffer | null {
  try {
    return readBeginning(realPath(path), HEAD_BYTES);
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}

function checkSafety({ storageRoot }: Manifest, skill: ManifestSkill, entry: LockedSkill | undefined): Finding[] {
  const subject = { skill: skill.id };
  const findings: Finding[] = [];
  const safety = entry === undefined ? undefined : openStore(storageRoot).readMarker(entry.tree)?.safety;
  if (safety?.license.status === "unknown") {
    const remedy = "Ask the author for a licence before you redistribute the skill.";
    findings.push(warningFinding("LICENSE_UNKNOWN", subject, "no licence was recognised", remedy));
  }
  if (safety?.license.status === "non_permissive") {
    const name = safety.license.name ?? "its licence";
    const remedy = "Check that its terms allow your use of the skill.";
    findings.push(warningFinding("LICENSE_NON_PERMISSIVE", subject, `${name} is not a permissive licence`, remedy));
  }
  if (safety !== undefined && safety.risks.length > 0) {
    const remedy = "Read those files before an agent runs them; `eden-skills audit` lists the findings.";
    findings.push(warningFinding("RISK_REVIEW_REQUIRED", subject, `it contains ${safety.risks.join(", ")}`, remedy));
  }
  if (skill.noExecMetadataOnly) {
    const remedy = "Remove `no_exec_metadata_only` from [skills.safety] to install it.";
    findings.push(
      warningFinding("NO_EXEC_METADATA_ONLY", subject, "only its metadata is kept; it is not installed", remedy),
    );
  }
  return findings;
}
