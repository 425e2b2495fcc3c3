import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import type { ConcurrencyChoice } from "./events.js";

/** The default concurrency. */
const DEFAULT = 10;

/** The default concurrency of a warm run; the manifest's number is for runs that users wait for. */
const WARM_DEFAULT = 8;

/**
 * The requested concurrency and its origin: flag › `EDEN_SKILLS_CONCURRENCY` › manifest › 10. For a
 * warm run: flag › environment › 8.
 * @throws EdenError `INVALID_CONCURRENCY` that names the origin.
 */
export function chooseConcurrency(
  flag: number | "auto" | undefined,
  env: Host["env"],
  manifest: Pick<Manifest, "reactor">,
  command: string,
): ConcurrencyChoice {
  const variable = env["EDEN_SKILLS_CONCURRENCY"];
  if (flag !== undefined) return { requested: valid(flag, "--concurrency"), origin: "flag" };
  if (variable !== undefined && variable !== "")
    return { requested: valid(variable, "EDEN_SKILLS_CONCURRENCY"), origin: "environment" };
  if (command === "warm") return { requested: WARM_DEFAULT, origin: "default" };
  if (manifest.reactor.concurrency !== null) return { requested: manifest.reactor.concurrency, origin: "manifest" };
  return { requested: DEFAULT, origin: "default" };
}

/** The limit a run begins with; "auto" starts in the middle and moves from there. */
export function initialLimit({ requested }: Pick<ConcurrencyChoice, "requested">): number {
  return requested === "auto" ? DEFAULT : requested;
}

/** The highest limit that a governor may request. */
export function ceilingOf({ requested }: Pick<ConcurrencyChoice, "requested">): number {
  return requested === "auto" ? 100 : requested;
}

function valid(value: number | string, origin: string): number | "auto" {
  if (value === "auto") return value;
  const number = typeof value === "number" ? value : /^\d{1,3}$/u.test(value) ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number;
  throw new EdenError(
    "INVALID_CONCURRENCY",
    `${origin}: expected a whole number from 1 to 100, or auto, found ${JSON.stringify(value)}`,
  );
}
