import type { Session } from "./session.js";
import { warningLines } from "./problem-view.js";

/**
 * Shows what is odd in a manifest that is valid, with its place. A manifest that is not valid throws here, before anything begins.
 * With --json the report holds the warnings, and this does nothing.
 */
export async function showManifestWarnings({ globals, host, err, errColours }: Session): Promise<void> {
  if (globals.json || globals.quiet) return;
  const { loadManifest } = await import("../apply/load-manifest.js");
  const { warnings } = await loadManifest({
    host,
    strict: globals.strict,
    ...(globals.config !== undefined && { config: globals.config }),
  });
  for (const line of warningLines(warnings, errColours)) err.line(line);
}
