import type { InferredOptionTypes } from "yargs";
import { COLOUR_CHOICES } from "../terms/colour.js";
import { choice, flag, text } from "./values.js";

const group = "Options of every command:";

/** How progress is shown; `plain` is for logs and screen readers. */
export const PROGRESS_CHOICES = ["auto", "live", "plain", "none"] as const;

/** The options that every command takes. */
export const GLOBAL_OPTIONS = {
  config: { ...text("The manifest: a path"), group },
  global: {
    ...flag("The manifest of this user: ~/.eden-skills/skills.toml"),
    alias: "g",
    conflicts: "config",
    group,
  },
  json: { ...flag("One JSON document on standard output"), group },
  "log-format": {
    ...choice("logfmt: what --json prints, as lines of key=value", ["text", "logfmt"] as const),
    group,
  },
  strict: { ...flag("Unknown keys of the manifest are errors; findings exit 3"), group },
  offline: { ...flag("No network: only what is on this machine"), group },
  isolated: {
    ...flag("git without the system's configuration and most variables; or EDEN_SKILLS_ISOLATED=1"),
    group,
  },
  quiet: { ...flag("Nothing but errors"), alias: "q", conflicts: "verbose", group },
  verbose: { ...flag("Also attempts, git processes and adjustments"), alias: "v", group },
  progress: { ...choice("Progress on standard error: live on a terminal, lines, or none", PROGRESS_CHOICES), group },
  color: { ...choice("Colours in the output; stronger than NO_COLOR and FORCE_COLOR", COLOUR_CHOICES), group },
  yes: { ...flag("Never ask; install then takes all skills unless some are named"), alias: "y", group },
  help: { ...flag("Print this help"), alias: "h", group },
} as const;

/** Every command takes it, but for one that has a `--version` of its own. */
export const VERSION_OPTION = { ...flag("Print the version"), group } as const;

/** What was asked of all commands. */
export type Globals = InferredOptionTypes<typeof GLOBAL_OPTIONS>;
