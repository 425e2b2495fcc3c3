import type { InferredOptionTypes } from "yargs";
import type { SkillChanges } from "../../manifest/edit/skill-changes.js";
import { flag, list, Refusal, text, value } from "./values.js";

/** `--target`, as it is named on every command line. */
export function targets(describe: string) {
  return { ...list(describe), alias: ["a", "agent"] } as const;
}

const SPECS =
  "agents such as claude-code cursor codex, custom:PATH, docker:NAME[:AGENT], podman:NAME[:AGENT], ssh:HOST[:AGENT]";

/** Where skills are to go. */
export const TARGET_OPTION = { target: targets(`Where to: ${SPECS}; default: the agents found here`) } as const;

/** What a manifest says of a skill. */
export const SKILL_OPTIONS = {
  id: text("The skill's id, which names its directory"),
  repo: text("https, ssh, git@host:path, owner/repo on GitHub, or a local path"),
  ref: text("Branch, tag or full commit"),
  subpath: text("The skill's directory inside the repository"),
  mode: text("symlink or copy"),
  priority: value("Higher is synced sooner; a whole number", (given) => {
    if (/^[+-]?\d{1,7}$/u.test(given)) return Number(given);
    return new Refusal(`${JSON.stringify(given)} is not a whole number`, "INVALID_TYPE");
  }),
  enabled: flag("--enabled=false keeps the entry; the next apply removes its links"),
} as const;

type Given = InferredOptionTypes<typeof SKILL_OPTIONS>;

/** What was typed of a skill. What it means is for the manifest's own reader to judge. */
export function changesGiven({
  id,
  repo,
  ref,
  subpath,
  mode,
  priority,
  enabled,
}: Given): Omit<SkillChanges, "targets"> {
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
