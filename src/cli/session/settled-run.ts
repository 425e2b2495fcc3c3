import { findManifest, type FoundManifest } from "../../manifest/document/find-manifest.js";
import { isStillTrue, Receipts, type Receipt } from "../../store/receipt.js";
import type { Host } from "../../system/host.js";
import { lstatIfExists, placeOf, readTextIfExists } from "../../system/read-files.js";
import { join, resolve } from "node:path";
import { expandStorage } from "../../manifest/names/product-home.js";
import { palette, wantsColour, type Palette } from "../terms/colour.js";
import { askedLine, lastLine, wantedSkills } from "../views/frame-lines.js";

/**
 * The result of an `apply` that has nothing to do, read from the receipt of an earlier run before
 * anything large is loaded; null when the run must look for itself: another command, an option that
 * changes what a run does or prints, or anything that has changed. Never throws.
 *
 * @param startedAt ms on the clock of `performance`.
 */
export function settledResult(
  argv: readonly string[],
  surroundings: { program: string; host: Host; isTerminal: boolean; startedAt: number },
): string | null {
  const request = plainApply(argv);
  const { program, host, isTerminal, startedAt } = surroundings;
  // The summary of a job is written by the whole program.
  const { EDEN_SKILLS_CONCURRENCY: concurrency, GITHUB_STEP_SUMMARY: summary } = host.env;
  if (request === null || concurrency !== undefined || summary !== undefined) return null;
  try {
    const { env, home, cwd } = host;
    const found = findManifest({ config: request.config, env, cwd, home }, (path) => lstatIfExists(path) !== null);
    const receipt = found === null ? null : receiptFor(found, host);
    if (receipt === null || !isStillTrue(receipt, { program, home, env })) return null;
    return request.quiet ? "" : resultText(receipt, host, palette(wantsColour("auto", env, isTerminal)), startedAt);
  } catch {
    return null;
  }
}

/**
 * An `apply` of everything, with none but options that change nothing when there is nothing to do.
 */
function plainApply(argv: readonly string[]): { config: string | undefined; quiet: boolean } | null {
  if (argv[0] !== "apply" && argv[0] !== "sync") return null;
  let config: string | undefined;
  let quiet = false;
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--quiet" || word === "-q") quiet = true;
    else if (word.startsWith("--config=") && word.length > 9) config = word.slice(9);
    else if (word === "--config" && /^[^-]/u.test(argv[at + 1] ?? "")) config = argv[++at];
    else if (word === "--concurrency" && CONCURRENCY.test(argv[at + 1] ?? "")) at++;
    else if (!WITHOUT_EFFECT.has(word)) return null;
  }
  return { config, quiet };
}

const WITHOUT_EFFECT = new Set(["--offline", "--isolated", "--no-adaptive", "--yes", "-y"]);

const CONCURRENCY = /^(?:[1-9]\d?|100|auto)$/u;

/**
 * A wrong guess at the storage finds no receipt, or one for another manifest text, and so does no
 * harm.
 */
function receiptFor(found: FoundManifest, host: Host): Receipt | null {
  const path = placeOf(found.path);
  const text = readTextIfExists(path) ?? "";
  const root = /^\[storage\]\s*(?:\n#.*)*\nroot\s*=\s*"([^"\\]+)"/mu.exec(text)?.[1] ?? "~/.eden-skills/skills";
  return new Receipts(expandStorage(root, resolve(join(path, "..")), host)).read(path);
}

function resultText({ manifest, result }: Receipt, { home, cwd }: Host, colours: Palette, startedAt: number): string {
  const { installed, metadataOnly, sources } = result;
  const none = { failed: 0, conflicts: 0, cancelled: 0, held: 0, removed: 0, left: 0 };
  const tally = { ...none, wanted: installed + metadataOnly, sources, installed, metadataOnly };
  const ended = { command: "apply", outcome: "ok", elapsed_ms: performance.now() - startedAt, summary: {} } as const;
  return `${askedLine({ command: "apply", manifest }, wantedSkills(tally), { home, cwd })}\n${lastLine(ended, tally, colours)}\n`;
}
