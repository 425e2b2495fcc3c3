import { systemClock } from "../../system/clock.js";
import type { Session } from "../session/session.js";
import { canDraw } from "./can-draw.js";
import { NO_VIEW, type ProgressView } from "./view.js";

/**
 * The view for this session. By default none with --json or --quiet, a live one on a terminal that
 * can draw, and lines elsewhere and in CI; --progress decides otherwise, but without a terminal
 * there are only lines.
 * @param doing what the command begins with.
 */
export async function openProgressView(session: Session, doing: string): Promise<ProgressView> {
  const { err, errColours: colours, globals } = session;
  const kind = kindOf(session);
  if (kind === "none") return NO_VIEW;
  const common = { colours, clock: systemClock, verbose: globals.verbose === true };
  if (kind === "live") {
    const { LiveView } = await import("./live-view.js");
    return new LiveView({ ...common, err }, doing);
  }
  const { PlainView } = await import("./plain-view.js");
  return new PlainView({ ...common, line: (text) => err.lines([text]) });
}

function kindOf({ globals, host: { env }, err }: Session): "live" | "plain" | "none" {
  const { progress = "auto", quiet, json } = globals;
  if (quiet || progress === "none" || (json && progress === "auto")) return "none";
  if (progress === "plain" || err.sink.isTTY !== true) return "plain";
  return progress === "live" || canDraw(env) ? "live" : "plain";
}
