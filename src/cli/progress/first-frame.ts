import { writeToTerminal } from "../../system/standard-error.js";
import { canDraw } from "./can-draw.js";

const ESC = "\u001b[";

/** Takes the first frame away, if nothing else has yet; changes nothing on an empty line. */
export const NO_FRAME = `\r${ESC}J`;

/** The commands whose view begins with reading the manifest. */
const COMMANDS = new Set(["apply", "sync", "install", "i", "update", "upgrade", "outdated", "warm"]);

/** Options with which they have no view, or perhaps none. */
const WITHOUT_VIEW = /^-[a-z]*[qhnV]|^--(?:quiet|json|progress|help|version|dry-run|events)/u;

/**
 * Draws the first frame of the live view before the program is loaded, which takes most of the time
 * until then. The view draws over it.
 * @returns true if the frame is on the screen.
 */
export async function drawFirstFrame(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const [command = ""] = argv;
  if (!COMMANDS.has(command) || argv.some((word) => WITHOUT_VIEW.test(word)) || !canDraw(env)) return false;
  return await writeToTerminal(`${ESC}?7l⠋ Reading the manifest…\r${ESC}?7h`);
}
