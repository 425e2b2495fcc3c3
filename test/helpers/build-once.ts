import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Vitest global setup: the tests under test/cli run the built program, so it must match the sources. */
export function setup(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = existsSync(`${root}/dist/types/index.d.ts`) ? ["--no-types"] : [];
  execFileSync(process.execPath, [`${root}/scripts/build.mjs`, ...args], { cwd: root, stdio: "inherit" });
}
