import type { RunResult } from "../helpers/cli-process.js";
import type { SoakMachine } from "./machine.js";
import type { ProcessWatch } from "./process-watch.js";

/** What a soak has done so far. */
export interface Tally {
  /** Runs by command. */
  runs: Map<string, number>;
  /** Ends by exit code or signal, with the code of the error. */
  ends: Map<string, number>;
  killed: number;
  violations: string[];
}

/** Commands and how often each is taken. */
const COMMANDS: readonly [weight: number, name: string][] = [
  [6, "apply"],
  [5, "update"],
  [2, "clean"],
  [2, "warm"],
  [2, "rollback"],
  [2, "remove"],
  [3, "install"],
  [1, "repair"],
  [1, "list"],
  [1, "doctor"],
];

const SIGNALS = ["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"] as const;

/** Codes of failures that other runs at the same time explain: each is one clear answer. */
const EXPECTED = new Set(["MANIFEST_CHANGED", "UNKNOWN_SKILL", "UNKNOWN_RECORD", "CANCELLED", "OFFLINE_MISS"]);

/** Starts one random command in a random project, kills a third of them, and judges how it ended. */
export async function runSomething(
  machine: SoakMachine,
  { random, watch, tally }: { random: () => number; watch: ProcessWatch; tally: Tally },
): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const name = pick(COMMANDS.flatMap(([weight, command]) => Array<string>(weight).fill(command)));
  const repository = pick(machine.repositories);
  const skill = `${repository}-${pick(["one", "two", "three"])}`;
  const cwd = pick(machine.projects);
  const line = [name, ...argumentsOf(name, skill, machine.urlOf(repository)), "--json"];
  count(tally.runs, name);
  const program = machine.sandbox.spawn(line, { cwd, timeoutMs: 240_000 });
  watch.add(program);
  const signal = random() < 0.33 ? pick(SIGNALS) : null;
  if (signal !== null) {
    tally.killed += 1;
    const timer = setTimeout(() => program.kill(signal), random() ** 2 * 3_000);
    program.child.once("close", () => clearTimeout(timer));
  }
  const result = await program.finished.catch((error: unknown) => String(error));
  if (typeof result === "string") tally.violations.push(`${line.join(" ")}: ${result}`);
  else judge(`${line.join(" ")} in ${cwd}`, result, signal, tally);
}

function argumentsOf(name: string, skill: string, url: string): string[] {
  if (name === "remove") return [skill];
  if (name === "install") return [url, "--skill", skill, "--target", "claude-code"];
  return [];
}

const BY_SIGNAL: Record<string, number> = { SIGTERM: 143, SIGINT: 130 };

function judge(line: string, result: RunResult, signal: NodeJS.Signals | null, tally: Tally): void {
  const { code, stdout, stderr } = result;
  const failures = failuresIn(stdout);
  const codes = failures.map((failure) => failure.split(":")[0] ?? "");
  count(tally.ends, [code ?? result.signal, ...new Set(codes)].join(" "));
  if (result.signal !== null && result.signal === signal) return;
  const text = failures.length > 0 ? `${failures.join("\n")}\n${stderr}` : stdout + stderr;
  if (/\n {4}at |INTERNAL/u.test(text)) tally.violations.push(`${line}: a fault of the program: ${text}`);
  else if (code === 0 || (signal !== null && code === BY_SIGNAL[signal])) return;
  else if (codes.length === 0 || codes.some((one) => !EXPECTED.has(one)))
    tally.violations.push(`${line} ended with ${code ?? result.signal}: ${text}`);
}

/** Errors anywhere in a JSON document, as `CODE: message`. */
function failuresIn(stdout: string): string[] {
  const errors: string[] = [];
  const keep = (_: string, value: any): unknown => {
    if (typeof value?.code === "string" && typeof value.message === "string" && value.severity !== "warning")
      errors.push(`${value.code}: ${value.message}`);
    return value;
  };
  try {
    JSON.parse(stdout, keep);
  } catch {
    // It was killed, or it is a fault of the program, which the text shows.
  }
  return [...new Set(errors)];
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
