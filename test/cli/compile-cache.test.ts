import { cpSync, existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const built = fileURLToPath(new URL("../../dist", import.meta.url));

/** A package that has not run yet. */
function installed(): { sandbox: Sandbox; cache: string; chunks: () => string[] } {
  const dist = join(use.sandbox().root, "dist");
  cpSync(built, dist, { recursive: true, filter: (path) => !path.includes(".compile-cache") });
  const cache = join(dist, ".compile-cache");
  const chunks = () => readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((name) => /chunk-/u.test(name));
  return { sandbox: use.sandbox({ program: join(dist, "main.cjs") }), cache, chunks };
}

it("compiled code is kept in the package's own directory, and nowhere else [R-CLI-21]", async () => {
  const { sandbox, cache } = installed();
  expect((await sandbox.run(["--version"])).code).toBe(0);
  expect(existsSync(cache)).toBe(false);
  expect((await sandbox.run(["--help"])).code).toBe(0);
  expect((await sandbox.run(["--help"])).code).toBe(0);
  expect(existsSync(cache)).toBe(true);
  for (const path of [sandbox.home, sandbox.tmp, sandbox.project]) expect(readdirSync(path)).toEqual([]);
});

it("a cache that V8 refuses is written again [R-CLI-21]", async () => {
  const { sandbox, cache, chunks } = installed();
  const { stdout } = await sandbox.run(["--help"]);
  expect(chunks().length).toBeGreaterThan(1);
  expect(chunks().every((name) => name.endsWith(".cjs"))).toBe(true);
  for (const [index, name] of chunks().entries()) {
    if (index % 2 === 0) truncateSync(join(cache, name), 100);
    else writeFileSync(join(cache, name), "no cache");
  }
  for (let run = 0; run < 2; run++)
    expect(await sandbox.run(["--help"])).toMatchObject({ code: 0, stdout, stderr: "" });
});

it("a package that cannot be written to works without a cache [R-CLI-21]", async () => {
  const { sandbox, cache } = installed();
  writeFileSync(cache, "a file in its place");
  for (let run = 0; run < 2; run++) expect(await sandbox.run(["--help"])).toMatchObject({ code: 0, stderr: "" });
  rmSync(cache);
});
