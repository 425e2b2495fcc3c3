import { findManifest } from "../../manifest/document/find-manifest.js";
import { lstatIfExists } from "../../system/read-files.js";
import { askedLine, type Asked } from "../views/frame-lines.js";
import type { Session } from "./session.js";

/**
 * The first line of the result of a command that makes no report: what was asked, and of which
 * manifest.
 * @param concerned what it is about, such as `3 skills`; null if there is nothing.
 */
export function askedText(
  asked: Omit<Asked, "manifest">,
  concerned: string | null,
  { globals, host }: Pick<Session, "globals" | "host">,
): string {
  const { env, cwd, home } = host;
  const found = findManifest({ config: globals.config, env, cwd, home }, (path) => lstatIfExists(path) !== null);
  return askedLine({ ...asked, manifest: found?.path ?? "" }, concerned, host);
}
