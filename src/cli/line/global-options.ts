import type { Arguments } from "./arguments.js";
import { usageError } from "./arguments.js";
import { COLOUR_CHOICES, isColourChoice, type ColourChoice } from "../terms/colour.js";
import type { Options } from "./option.js";

/** The options that every command takes. */
export const GLOBAL_OPTIONS = {
  config: { kind: "text", describe: "The manifest: a path" },
  json: { kind: "flag", describe: "One JSON document on standard output" },
  strict: { kind: "flag", describe: "Unknown keys of the manifest are errors; what was found exits 3" },
  offline: { kind: "flag", describe: "No network: only what is here already" },
  isolated: {
    kind: "flag",
    describe: "git without the system's configuration and most variables; or EDEN_SKILLS_ISOLATED=1",
  },
  quiet: { kind: "flag", describe: "Nothing but errors" },
  verbose: { kind: "flag", describe: "Also attempts, git processes and adjustments" },
  color: { kind: "text", describe: "auto, always or never; stronger than NO_COLOR and FORCE_COLOR" },
  yes: { kind: "flag", describe: "Never ask; install then takes all where nothing else is said" },
  version: { kind: "flag", describe: "Print the version", short: "V" },
  help: { kind: "flag", describe: "Print this help", short: "h" },
} as const satisfies Options;

/** What was asked of all commands. */
export interface Globals {
  config: string | undefined;
  json: boolean;
  strict: boolean;
  offline: boolean;
  isolated: boolean;
  quiet: boolean;
  verbose: boolean;
  yes: boolean;
  color: ColourChoice;
}

/** @throws EdenError `USAGE` for values that mean nothing, or that contradict each other. */
export function readGlobals(given: Arguments): Globals {
  const color = given.text("color") ?? "auto";
  if (!isColourChoice(color)) throw usageError("--color", `expected ${COLOUR_CHOICES.join(", ")}`);
  if (given.flag("quiet") && given.flag("verbose")) {
    throw usageError("--quiet", "it contradicts --verbose: give one of the two");
  }
  return {
    config: given.text("config"),
    json: given.flag("json"),
    strict: given.flag("strict"),
    offline: given.flag("offline"),
    isolated: given.flag("isolated"),
    quiet: given.flag("quiet"),
    verbose: given.flag("verbose"),
    yes: given.flag("yes"),
    color,
  };
}
