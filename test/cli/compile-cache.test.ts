import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const built = fileURLToPath(new URL("../../dist", import.meta.url));

/** A package that has not run yet. */
function installed(): { sandbox: Sandbox; cache: string; packs: () => string[] } {
  const dist = join(use.sandbox().root, "dist");
  cpSync(built, dist, { recursive: true, filter: (path) => !path.includes(".compile-cache") });
  const cache = join(dist, ".compile-cache");
  const packs = () => {
    const names = existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: "utf8" }) : [];
    return names.filter((name) => name.includes(".pack"));
  };
  return { sandbox: use.sandbox({ program: join(dist, "main.cjs") }), cache, packs };
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

it("each command has one file of code, and what is no command has none [R-CLI-21]", async () => {
  const { sandbox, packs } = installed();
  expect((await sandbox.run(["aply"])).code).toBe(2);
  expect(packs()).toEqual([]);
  sandbox.writeManifest("version = 1\n");
  for (const command of ["list", "plan", "list"]) expect((await sandbox.run([command])).code).toBe(0);
  expect(packs().map((name) => basename(name))).toEqual(["list.pack", "plan.pack"]);
});

it("a damaged cache, and one that V8 refuses, are written again [R-CLI-21]", async () => {
  const { sandbox, cache, packs } = installed();
  await sandbox.run(["--help"]);
  const { stdout } = await sandbox.run(["--help"]);
  const [name = ""] = packs();
  const path = join(cache, name);
  const good = readFileSync(path);
  const refused = Buffer.from(good);
  // V8's code begins with a number and its version; the text of the chunks is in front of it.
  const [, text, code] = JSON.parse(good.toString("utf8", 0, good.indexOf("\n"))) as [string[], number, number];
  expect(code).toBeGreaterThan(text / 2);
  refused.fill(0, good.indexOf("\n") + 1 + text, good.indexOf("\n") + 1 + text + 16);
  const damages = [
    () => truncateSync(path, 100),
    () => writeFileSync(path, "no cache"),
    () => writeFileSync(path, refused),
  ];
  for (const damage of damages) {
    damage();
    for (let run = 0; run < 2; run++)
      expect(await sandbox.run(["--help"])).toMatchObject({ code: 0, stdout, stderr: "" });
    expect(readFileSync(path).length).toBeGreaterThan(good.length / 2);
    expect(readFileSync(path).equals(refused)).toBe(false);
  }
});

it("a package that cannot be written to works without a cache [R-CLI-21]", async () => {
  const { sandbox, cache } = installed();
  writeFileSync(cache, "a file in its place");
  for (let run = 0; run < 2; run++) expect(await sandbox.run(["--help"])).toMatchObject({ code: 0, stderr: "" });
  rmSync(cache);
});

it("code that another run needs as well is added to the cache [R-CLI-21]", async () => {
  const { sandbox, cache, packs } = installed();
  sandbox.writeManifest("version = 1\n");
  const namesAndCode = (): [string[], number] => {
    const bytes = readFileSync(join(cache, packs()[0] ?? ""));
    const [names, , code] = JSON.parse(bytes.toString("utf8", 0, bytes.indexOf("\n"))) as [string[], number, number];
    return [names, code];
  };
  const list = async () => expect((await sandbox.run(["list"])).code).toBe(0);
  await list();
  const [first, none] = namesAndCode();
  expect(none).toBe(0);
  await list();
  expect(namesAndCode()[1]).toBeGreaterThan(0);
  sandbox.writeManifest("version = 1\nnothing = 2\n");
  await list();
  const [more] = namesAndCode();
  expect(more.slice(0, first.length)).toEqual(first);
  expect(more.length).toBeGreaterThan(first.length);
  await list();
  await list();
  expect(namesAndCode()[1]).toBeGreaterThan(0);
});

it("what ended processes left of it is removed when code is written again [R-CLI-21]", async () => {
  const { sandbox, cache, packs } = installed();
  expect((await sandbox.run(["--help"])).code).toBe(0);
  const [first = ""] = packs();
  const ended = spawnSync("true").pid;
  for (const pid of [ended, process.pid]) writeFileSync(join(cache, dirname(first), `list.pack.${pid}`), "half");
  sandbox.writeManifest("version = 1\n");
  expect((await sandbox.run(["list"])).code).toBe(0);
  expect(packs().map((name) => basename(name))).toEqual(["list.pack", `list.pack.${process.pid}`, basename(first)]);
});

it("code that a run writes after it has changed how V8 collects is accepted by the next one [R-CLI-21]", async () => {
  const { sandbox, cache, packs } = installed();
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `file://${sandbox.root}/served/r.git` }]));
  const written: number[] = [];
  for (let run = 0; run < 3; run++) {
    for (const path of [sandbox.storage, join(sandbox.home, ".claude"), sandbox.lockfilePath]) await removeTree(path);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    written.push(statSync(join(cache, packs()[0] ?? "")).ino);
  }
  expect(written[2]).toBe(written[1]);
});
