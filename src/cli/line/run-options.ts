import type { RunOptions } from "../../run/options.js";
import { type Arguments, usageError } from "./arguments.js";
import type { Options } from "./option.js";
import type { Session } from "../session/session.js";

/** The options that decide what a run would do, and so belong to a plan as well. */
export const PLAN_OPTIONS = {
  frozen: { kind: "flag", describe: "Exactly what the lockfile records; exit 3 when it is missing or out of date" },
  force: { kind: "flag", describe: "Replace what stands in the way, keeping a backup" },
} as const satisfies Options;

const retriesOf = (given: Arguments) => given.count("retries", 100);
const maxFailuresOf = (given: Arguments) => given.count("max-failures", 1_000_000_000);

/** The options that decide how a run goes. */
export const REACTOR_OPTIONS = {
  concurrency: {
    kind: "text",
    describe: "Repositories in flight: 1 to 100, or auto (default: 10)",
    judge: (given) => given.concurrency("concurrency"),
  },
  timeout: {
    kind: "text",
    describe: "One attempt at one repository, such as 30s (default: 120s)",
    judge: (given) => given.duration("timeout"),
  },
  deadline: {
    kind: "text",
    describe: "Budget for the whole sync, such as 10m; 0 for none",
    judge: (given) => given.duration("deadline"),
  },
  retries: { kind: "text", describe: "How often a transient failure is tried again (default: 2)", judge: retriesOf },
  "max-failures": {
    kind: "text",
    describe: "Budget: cancel the rest after more failed repositories than this",
    judge: maxFailuresOf,
  },
  "no-adaptive": { kind: "flag", describe: "Only a lack of descriptors may lower the concurrency" },
  atomic: { kind: "flag", describe: "Install nothing unless every source synced" },
} as const satisfies Options;

/** What was typed, as the engine takes it. @throws EdenError for values that mean nothing. */
export function planOptions(given: Arguments, { globals, host, warnings }: Session): RunOptions {
  return {
    host,
    strict: globals.strict,
    warn: warnings.add,
    offline: globals.offline,
    frozen: given.flag("frozen"),
    force: given.flag("force"),
    ...(globals.config !== undefined && { config: globals.config }),
    ...(given.words.length > 0 && { ids: idsOf(given.words) }),
  };
}

/** The same with how the run is to go. */
export function runOptions(given: Arguments, session: Session): RunOptions {
  const concurrency = given.concurrency("concurrency");
  const timeoutMs = given.duration("timeout");
  const deadlineMs = given.duration("deadline");
  const retries = retriesOf(given);
  const maxFailures = maxFailuresOf(given);
  return {
    ...planOptions(given, session),
    atomic: given.flag("atomic"),
    ...(given.flag("no-adaptive") && { adaptive: false }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(retries !== undefined && { retries }),
    ...(maxFailures !== undefined && { maxFailures }),
  };
}

function idsOf(words: readonly string[]): string[] {
  if (words.includes("")) throw usageError("", "an empty word is no skill id");
  return [...new Set(words)];
}
