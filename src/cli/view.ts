import type { RunEvent } from "../apply/events.js";
import type { Session } from "./session.js";

/** Shows a run while it goes on; it knows nothing but the events. */
export interface ProgressView {
  show(event: RunEvent): void;
  /** Shows what is left to show, and leaves the terminal as it was. */
  close(): Promise<void>;
  /** The terminal as it was, at once: the program is about to end. */
  abandon(): void;
}

/** The view for this session: none with --json or --quiet, a live one on a terminal, lines elsewhere. */
export async function openProgressView({ globals, host, err, errColours }: Session): Promise<ProgressView> {
  if (globals.json || globals.quiet) return { show() {}, close: async () => {}, abandon() {} };
  if (err.sink.isTTY === true && host.env["TERM"] !== "dumb") {
    const { LiveView } = await import("./live-view.js");
    return new LiveView(err, errColours, globals.verbose);
  }
  const { PlainView } = await import("./plain-view.js");
  return new PlainView((line) => err.line(line), errColours, globals.verbose);
}
