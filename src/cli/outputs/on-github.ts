import type { Session } from "../session/session.js";

/** True on a runner of GitHub Actions. */
export function isOnGitHub({ host }: Pick<Session, "host">): boolean {
  return host.env["GITHUB_ACTIONS"] === "true";
}
