import { directoriesOf } from "../manifest/targets/agent-directories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { kindOf, lstatIfExists, realPath, statIfExists } from "../system/read-files.js";
import { isInstalled } from "../workspace/pins.js";
import { isBelow, projectAround } from "../workspace/project-links.js";
import { warningFinding, type Finding } from "./finding.js";

/**
 * Links from directories of a project that lead out of it: some agents do not follow them and
 * ignore the whole directory.
 */
export function checkEscapes(manifest: Manifest, home: string): Finding[] {
  // An image has copies.
  if (manifest.root !== undefined) return [];
  const inside = projectAround(manifest, home)?.physical ?? realPath(manifest.directory);
  const escaping = new Map<string, string[]>();
  for (const { id, targets } of manifest.skills.filter(isInstalled)) {
    for (const { path, root, inProject, environment } of targets) {
      if (!inProject || environment.kind !== "local") continue;
      const stats = lstatIfExists(path);
      if (stats === null || kindOf(stats) !== "link" || statIfExists(path) === null) continue;
      if (!isBelow(realPath(path), inside)) escaping.set(root, [...(escaping.get(root) ?? []), id]);
    }
  }
  return [...escaping].map(([root, ids]) => {
    const what = ids.length === 1 ? "a link leads" : `${ids.length} links lead`;
    return warningFinding(
      "LINK_ESCAPES_PROJECT",
      { target: root, skill: ids.length === 1 ? (ids[0] ?? null) : null },
      `${what} out of the project (${ids.slice(0, 5).join(", ")}): ${whoDrops(root, manifest)}`,
      'Set `mode = "copy"` in their entries or in [defaults], then run `eden-skills apply`.',
    );
  });
}

/** Independent of the agents in the manifest: other people work with the same project. */
function whoDrops(root: string, { directory, agents }: Manifest): string {
  const known = [...agents.values()].filter(
    (agent) =>
      agent.followsLinksOutOfProject === false &&
      directoriesOf(agent, "project", { agents, home: "~", manifestDirectory: directory, env: {} }).some(
        ({ path }) => path === root,
      ),
  );
  if (known.length === 0) return "some agents ignore such skills";
  return `${known.map(({ id }) => id).join(", ")} reads this directory, and ignores it because of that`;
}
