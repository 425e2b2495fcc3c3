import { isPinHeld } from "../../run/events.js";
import type { Diagnostic, Report, SkillReport } from "../../run/report.js";
import { sanitize } from "../../errors.js";
import { someOf } from "../terms/some-of.js";
import type { Block } from "./block.js";
import { agentNames } from "./changed-lines.js";

/** What is left to do after a run: a block for each cause, failures before conflicts. */
export function blocksOf(report: Report, isVerbose: boolean): Block[] {
  const ofRun = report.diagnostics.filter(isFailure);
  return [
    ...ofRun.map(runBlock),
    ...grouped(
      report.skills.flatMap((skill) => failuresOf(skill, ofRun[0]?.code ?? "INTERNAL")),
      isVerbose,
    ),
    ...grouped(
      report.skills.flatMap((skill) => conflictsOf(skill)),
      isVerbose,
    ),
  ];
}

/** One failure of one skill. */
interface Failure {
  skill: SkillReport;
  block: Omit<Block, "names" | "why">;
  /** In the words of the cause. */
  message: string;
  stage: string;
  /** The targets that it concerns, if it is not the whole skill. */
  paths: readonly string[];
}

/** Cancelled work is one block of its own. */
function isFailure({ severity, code }: Diagnostic): boolean {
  return severity === "error" && code !== "CANCELLED";
}

function runBlock({ code, stage, message, hint }: Diagnostic): Block {
  // What could not be looked up is no skill yet.
  const verb = stage === "resolve" ? "left out" : `${stage} failed`;
  return { sign: "x", names: [], verb, code, why: [message], hint };
}

/** @param cause the code for targets without an error of their own: the run has failed as a whole. */
function failuresOf(skill: SkillReport, cause: string): Failure[] {
  const failed = skill.targets.filter(({ status }) => status === "failed");
  const errors = skill.diagnostics.filter(isFailure);
  const isPartly = failed.length > 0 && failed.length < skill.targets.length;
  const verb = isPartly ? `failed for ${failed.flatMap(agentNames).join(", ")}` : "failed";
  const paths = failed.map(({ path }) => path);
  if (errors.length === 0 && failed.length > 0)
    return [
      {
        skill,
        block: { sign: "x", verb, code: cause, hint: null },
        message: reasonsOf(failed),
        stage: "install",
        paths,
      },
    ];
  return errors.map(({ code, stage, message, hint }) => {
    const isConflict = code === "TARGET_CONFLICT" && skill.status === "conflict";
    const block = isConflict ? ({ sign: "!", verb: "in conflict" } as const) : ({ sign: "x", verb } as const);
    return { skill, block: { ...block, code, hint }, message, stage, paths: stage === "install" ? paths : [] };
  });
}

function conflictsOf(skill: SkillReport): Failure[] {
  const held = skill.diagnostics.filter(isPinHeld).map(({ code, stage, message, hint }): Failure => {
    return { skill, block: { sign: "!", verb: "not updated", code, hint }, message, stage, paths: [] };
  });
  const explained = skill.diagnostics.some(({ code, severity }) => code === "TARGET_CONFLICT" && severity === "error");
  const targets = skill.targets.filter(({ status }) => status === "conflict");
  if (targets.length === 0 || explained) return held;
  const agents = targets.flatMap(agentNames).join(", ");
  return [
    ...held,
    {
      skill,
      block: { sign: "!", verb: `in conflict for ${agents}`, code: "TARGET_CONFLICT", hint: FORCE },
      message: reasonsOf(targets),
      stage: "install",
      paths: targets.map(({ path }) => path),
    },
  ];
}

const FORCE = "--force replaces what is there, and keeps a backup.";

function reasonsOf(targets: readonly { reasons: readonly string[] }[]): string {
  return [...new Set(targets.flatMap(({ reasons }) => reasons))].join("; ");
}

/** One block for the failures with the same cause, in the order of the first of each. */
function grouped(failures: readonly Failure[], isVerbose: boolean): Block[] {
  const groups = new Map<string, Failure[]>();
  for (const failure of failures) {
    const { block, stage } = failure;
    const key = JSON.stringify([block.code, block.verb, stage, causeOf(failure), hintOf(failure)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [failure]);
    else group.push(failure);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [blockOf(first, group, isVerbose)];
  });
}

function blockOf(first: Failure, group: readonly Failure[], isVerbose: boolean): Block {
  const names = [...new Set(group.map(({ skill }) => skill.id))];
  const repos = [...new Set(group.map(({ skill }) => sanitize(skill.source.repo)))];
  const [message, hint] =
    repos.length === 1 && names.length === 1 ? [first.message, first.block.hint] : [causeOf(first), hintOf(first)];
  const isElsewhere = repos.length > 1 || !message.includes(repos[0] ?? "");
  const paths = group.flatMap((one) => one.paths).filter((path) => !message.includes(path));
  return {
    ...first.block,
    hint,
    names,
    why: [
      message,
      isElsewhere && first.block.sign === "x" && first.stage !== "install"
        ? someOf(repos.filter((repo) => repo !== ""))
        : "",
      someOf(paths),
      isVerbose ? `stage: ${first.stage}; ${first.skill.sync.attempts} attempts` : "",
    ],
  };
}

function causeOf({ message, skill }: Failure): string {
  return withoutRepository(message, sanitize(skill.source.repo));
}

/** A message that is the same for all repositories. */
export function withoutRepository(message: string, repo: string): string {
  if (repo === "") return message;
  return message.replaceAll(`${repo}: `, "").replaceAll(repo, "the repository");
}

/** The next step without the name of the skill. */
function hintOf({ block: { hint }, skill }: Failure): string | null {
  return hint?.replaceAll(` ${skill.id}\``, " ID`") ?? null;
}
