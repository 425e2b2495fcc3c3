import type { ProgressView } from "./view.js";
import type { Session } from "../session/session.js";

/**
 * The view for this session: none with --json or --quiet, a live one on a terminal, lines
 * elsewhere.
 */
export async function openProgressView({ globals, host, err, errColours }: Session): Promise<ProgressView> {
  if (globals.json || globals.quiet) return { show() {}, close: async () => {}, abandon() {} };
  if (err.sink.isTTY === true && host.env["TERM"] !== "dumb") {
    const { LiveView } = await import("./live-view.js");
    return new LiveView(err, errColours, globals.verbose === true);
  }
  const { PlainView } = await import("./plain-view.js");
  return new PlainView((line) => err.line(line), errColours, globals.verbose === true);
}
