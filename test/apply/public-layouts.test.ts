import { mkdirSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { PUBLIC_LAYOUTS } from "../helpers/public-layouts.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it("of twelve collections, laid out as public ones are, every SKILL.md is installed or said to be left out [R-SOURCE-02] [R-SOURCE-18]", async () => {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const ids: string[] = [];
  for (const [index, { name, files, left, elsewhere = [] }] of PUBLIC_LAYOUTS.entries()) {
    const { dir } = await createRepository(join(sandbox.root, `served/layout-${index}.git`), { files });
    const result = await sandbox.run(["install", dir, "--all", "--json"]);
    expect(result.code, `${name}\n${result.stdout}`).toBe(0);
    const { installed, skipped } = result.json();
    const directories = Object.keys(files)
      .filter((path) => posix.basename(path) === "SKILL.md")
      .map((path) => posix.dirname(path));
    const paths: string[] = skipped.map(({ path }: { path: string }) => path);
    expect(paths.toSorted(), name).toEqual([...left, ...elsewhere].toSorted());
    expect(installed, name).toHaveLength(directories.length - directories.filter((one) => paths.includes(one)).length);
    ids.push(...installed);
  }
  expect(readdirSync(join(sandbox.home, ".claude/skills")).toSorted()).toEqual(ids.toSorted());
  expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
});
