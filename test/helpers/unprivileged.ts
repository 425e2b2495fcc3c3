import { execFileSync } from "node:child_process";
import type { Sandbox } from "./sandbox.js";

/**
 * Options for runs in a sandbox as a user whom modes of files stop. For root that is another user, to whom the sandbox then belongs; for
 * everyone else it is the user of the tests.
 */
export function unprivileged({ root }: Sandbox): { wrap?: string[] } {
  if (process.getuid?.() !== 0) return {};
  execFileSync("chown", ["-hR", "65534:65534", root]);
  return { wrap: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] };
}
