import type { InferredOptionTypes } from "yargs";
import type { RunOptions } from "../../run/options.js";
import type { Session } from "../session/session.js";
import { count, duration, flag, list, Refusal, text, value } from "./values.js";
import { quote } from "../../manifest/format/findings.js";

/** The ids that a command is limited to. */
export const IDS = {
  type: "string",
  array: true,
  describe: "Only these skills",
  coerce: (ids: string[]): string[] => {
    if (ids.includes("")) throw new Error("a skill id must not be empty");
    return [...new Set(ids)];
  },
} as const;

/** `--group`. */
export const GROUP_OPTION = { group: list("Only the skills of these groups") } as const;

/** Options that change the plan. */
export const PLAN_OPTIONS = {
  frozen: flag("Install exactly what the lockfile records; exit 3 if it is missing or out of date"),
  force: { ...flag("Replace conflicting entries; a backup is kept"), alias: "f" },
} as const;

/** Options for the root of an image. */
export const ROOT_OPTIONS = {
  root: text("Place all targets below this directory, as if it were /: an image that is built"),
  "root-user": { ...text("Whose home ~ is below --root: a user, or a path in it (default: root)"), implies: "root" },
} as const;

/** Options for the sync. */
export const REACTOR_OPTIONS = {
  concurrency: concurrency("Repositories in flight: 1 to 100, or auto (default: 10)"),
  timeout: duration("One attempt at one repository, such as 30s (default: 120s)"),
  deadline: duration("Budget for the whole sync, such as 10m; 0 for none"),
  retries: count("How often a transient failure is tried again (default: 2)", 100),
  "max-failures": count("Budget: cancel the rest after more failed repositories than this", 1_000_000_000),
  "no-adaptive": flag("Only a shortage of descriptors may lower the concurrency"),
  atomic: flag("Install nothing unless every source synced"),
} as const;

/** `--dry-run`. */
export function dryRun(describe: string) {
  return { ...flag(describe), alias: "n" } as const;
}

/** A number of repositories in flight. */
export function concurrency(describe: string) {
  return value(describe, (given): number | "auto" | Refusal => {
    if (given === "auto") return given;
    if (/^\d{1,3}$/u.test(given) && Number(given) >= 1 && Number(given) <= 100) return Number(given);
    return new Refusal(`${quote(given)}: expected 1 to 100 or "auto"`, "INVALID_CONCURRENCY");
  });
}

/** The subset that a command declares. */
type Given = Partial<
  InferredOptionTypes<typeof PLAN_OPTIONS & typeof REACTOR_OPTIONS & typeof GROUP_OPTION & typeof ROOT_OPTIONS>
> & {
  ids?: string[] | undefined;
};

/** Converts parsed options to RunOptions. */
export function runOptions({ globals, host, warnings }: Session, given: Given = {}): RunOptions {
  const {
    ids = [],
    group: groups = [],
    concurrency: limit,
    timeout,
    deadline,
    retries,
    "max-failures": maxFailures,
    root,
    "root-user": rootUser,
  } = given;
  return {
    host,
    strict: globals.strict === true,
    warn: warnings.add,
    offline: globals.offline === true,
    frozen: given.frozen === true,
    force: given.force === true,
    atomic: given.atomic === true,
    ...(globals.config !== undefined && { manifest: globals.config }),
    ...(ids.length > 0 && { ids }),
    ...(groups.length > 0 && { groups }),
    ...(root !== undefined && { root }),
    ...(rootUser !== undefined && { rootUser }),
    ...(given["no-adaptive"] === true && { adaptive: false }),
    ...(limit !== undefined && { concurrency: limit }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(deadline !== undefined && { deadlineMs: deadline }),
    ...(retries !== undefined && { retries }),
    ...(maxFailures !== undefined && { maxFailures }),
  };
}
