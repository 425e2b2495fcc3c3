import type { SkillChanges } from "../../manifest/edit/edit-skills.js";
import { type Arguments, usageError } from "./arguments.js";
import type { Options } from "./option.js";

/** How targets are named on a command line. */
export const TARGET_OPTION = {
  target: {
    kind: "list",
    describe:
      "Where to: agents such as claude-code cursor codex, custom:PATH, docker:NAME[:AGENT], ssh:HOST[:AGENT]; default: the agents found here",
  },
} as const satisfies Options;

/** What a manifest says of a skill. */
export const SKILL_OPTIONS = {
  id: { kind: "text", describe: "The skill's id, which names its directory" },
  repo: { kind: "text", describe: "https, ssh, git@host:path, owner/repo on GitHub, or a local path" },
  ref: { kind: "text", describe: "Branch, tag or full commit" },
  subpath: { kind: "text", describe: "The skill's directory inside the repository" },
  mode: { kind: "text", describe: "symlink or copy" },
  priority: { kind: "text", describe: "Higher is synced sooner; a whole number", judge: priorityOf },
  enabled: { kind: "flag", describe: "--enabled=false keeps the entry; the next apply removes its links" },
  ...TARGET_OPTION,
} as const satisfies Options;

/** What was typed of a skill. What it means is for the manifest's own reader to judge. @throws EdenError `USAGE`. */
export function changesGiven(given: Arguments): Omit<SkillChanges, "targets"> {
  const [id, repo, ref, subpath, mode] = (["id", "repo", "ref", "subpath", "mode"] as const).map((name) =>
    given.text(name),
  );
  const priority = priorityOf(given);
  const enabled = given.choice("enabled");
  return {
    ...(id !== undefined && { id }),
    ...(repo !== undefined && { repo }),
    ...(ref !== undefined && { ref }),
    ...(subpath !== undefined && { subpath }),
    ...(mode !== undefined && { mode }),
    ...(priority !== undefined && { priority }),
    ...(enabled !== undefined && { enabled }),
  };
}

function priorityOf(given: Arguments): number | undefined {
  const priority = given.text("priority");
  if (priority === undefined || /^[+-]?\d{1,7}$/u.test(priority))
    return priority === undefined ? undefined : Number(priority);
  throw usageError("--priority", `${JSON.stringify(priority)} is not a whole number`, "INVALID_TYPE");
}
