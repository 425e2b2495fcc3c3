import { relative } from "node:path";
import { findAgent } from "../../manifest/agents.js";
import type { Manifest } from "../../manifest/manifest.js";
import { haveSameContent } from "../../store/integrity.js";
import type { Host } from "../../system/host.js";
import { kindOf, lstatIfExists, realPath, statIfExists } from "../../system/read-files.js";
import { isInstalled } from "../pins.js";
import { projectOf, viewOfAgent, type AgentView, type SeenSkill } from "./agent-view.js";
import { finding, type Finding } from "./finding.js";

/** What the agents of the manifest will really see, and what of it is not as it was meant. */
export async function checkAgents(
  manifest: Manifest,
  host: Host,
): Promise<{ findings: Finding[]; views: AgentView[] }> {
  const skills = manifest.skills.filter(isInstalled);
  const wanted = new Set(skills.flatMap(({ targets }) => targets.flatMap(({ agents }) => agents)));
  const project = projectOf(manifest, host);
  const views: AgentView[] = [];
  for (const agent of [...wanted].toSorted()) {
    if (findAgent(agent) !== undefined) views.push(await viewOfAgent(agent, project, host));
  }
  const ids = new Set(skills.map(({ id }) => id));
  const findings = views.flatMap((view) => [...checkTwins(view, ids), ...checkBudget(view)]);
  return { findings: [...findings, ...checkEscapes(manifest)], views };
}

/** One name in two directories of one agent: the same skill twice, or one that hides the other. */
function checkTwins({ agent, directories }: AgentView, ids: ReadonlySet<string>): Finding[] {
  const first = new Map<string, SeenSkill>();
  const findings: Finding[] = [];
  for (const skill of directories.flatMap(({ skills }) => skills)) {
    const other = first.get(skill.name);
    if (other === undefined) {
      first.set(skill.name, skill);
      continue;
    }
    if (!ids.has(skill.name)) continue;
    const about = { skill: skill.name, target: skill.path };
    const where = `${other.path} and ${skill.path}`;
    if (isSame(other, skill)) {
      const remedy = `Leave out one of the two targets: ${agent} reads both directories.`;
      findings.push(
        finding("warning", "SKILL_DUPLICATE", about, `${agent} sees the same skill twice, in ${where}`, remedy),
      );
    } else {
      const remedy = "Remove one of the two, or give one another name.";
      const message = `${agent} finds two different skills of this name, in ${where}, and one hides the other`;
      findings.push(finding("warning", "SKILL_SHADOWED", about, message, remedy));
    }
  }
  return findings;
}

function isSame(one: SeenSkill, other: SeenSkill): boolean {
  return one.place === other.place || haveSameContent(one.place, other.place);
}

function checkBudget({ agent, directories }: AgentView): Finding[] {
  const budget = findAgent(agent)?.descriptionBudget;
  const characters = directories.flatMap(({ skills }) => skills).reduce((sum, one) => sum + one.characters, 0);
  if (budget === undefined || characters <= budget) return [];
  const message = `the names and descriptions of all skills that ${agent} sees have ${characters} characters; beyond ${budget} it leaves some out`;
  return [
    finding(
      "warning",
      "DESCRIPTION_BUDGET",
      {},
      message,
      "Install fewer skills for it, or such with shorter descriptions.",
    ),
  ];
}

/** Links from a project to the store: some agents follow no link that leaves the project, and other people's machines lack what is there. */
function checkEscapes(manifest: Manifest): Finding[] {
  const { directory } = manifest;
  const root = realPath(directory);
  const escaping = new Map<string, string[]>();
  for (const { id, targets } of manifest.skills.filter(isInstalled)) {
    for (const { path, root: home, inProject, environment } of targets) {
      if (!inProject || environment.kind !== "local") continue;
      const stats = lstatIfExists(path);
      if (stats === null || kindOf(stats) !== "link" || statIfExists(path) === null) continue;
      if (relative(root, realPath(path)).startsWith("..")) escaping.set(home, [...(escaping.get(home) ?? []), id]);
    }
  }
  return [...escaping].map(([home, ids]) =>
    finding(
      "warning",
      "LINK_ESCAPES_PROJECT",
      { target: home, skill: ids.length === 1 ? (ids[0] ?? null) : null },
      `${ids.length === 1 ? "a link leads" : `${ids.length} links lead`} out of the project (${ids.slice(0, 5).join(", ")}): some agents leave such skills out`,
      'Set mode = "copy" for them: `eden-skills set ID --mode copy`, then `eden-skills apply`.',
    ),
  );
}
