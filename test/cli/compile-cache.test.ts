import { cpSync, existsSync, readdirSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const canKeep = "enableCompileCache" in module;
if (!canKeep) console.warn(`node ${process.version} keeps no compiled code: only half of the test runs`);

it("compiled code is kept in the package's own directory, and nowhere else [R-CLI-21]", async () => {
  const dist = join(use.sandbox().root, "dist");
  const built = fileURLToPath(new URL("../../dist", import.meta.url));
  cpSync(built, dist, { recursive: true, filter: (path) => !path.includes(".compile-cache") });
  const sandbox = use.sandbox({ program: join(dist, "main.cjs") });
  expect((await sandbox.run(["--version"])).code).toBe(0);
  expect(existsSync(join(dist, ".compile-cache"))).toBe(false);
  expect((await sandbox.run(["--help"])).code).toBe(0);
  expect((await sandbox.run(["--help"])).code).toBe(0);
  expect(existsSync(join(dist, ".compile-cache"))).toBe(canKeep);
  for (const path of [sandbox.home, sandbox.tmp, sandbox.project]) expect(readdirSync(path)).toEqual([]);
});
