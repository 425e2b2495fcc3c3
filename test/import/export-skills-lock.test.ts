import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
/** As the `skills` command computes it, for files in the order of its comparison. */
const hashOf = (...files: [string, string][]) =>
  createHash("sha256")
    .update(files.map(([path, text]) => path + text).join(""))
    .digest("hex");

async function setUp() {
  const sandbox = use.sandbox();
  const files = {
    "skills/one/SKILL.md": skillText("one"),
    "skills/one/a.md": "A\n",
    "skills/one/B.md": "B\n",
    "skills/two/SKILL.md": skillText("two"),
  };
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  await repository.tag("v1");
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  mkdirSync(join(sandbox.project, "own/near"), { recursive: true });
  writeFileSync(join(sandbox.project, "own/near/SKILL.md"), skillText("near"));
  sandbox.writeManifest(
    manifestOf([
      { id: "one", repo, ref: "v1", subpath: "skills/one" },
      { id: "two", repo, subpath: "skills/two", mode: "copy" },
      { id: "near", repo: "./own", subpath: "near" },
    ]),
  );
  expect((await sandbox.run(["apply", "--json"])).code).toBe(0);
  return { sandbox, repo };
}

it("exports the lockfile for the skills command, and import reads the same skills from it [R-IMPORT-14]", async () => {
  const { sandbox, repo } = await setUp();
  const printed = await sandbox.run(["lock", "export"]);
  expect([printed.code, printed.stderr]).toEqual([
    0,
    "not in it: resolved_commit of one, two\nnot in it: targets of near, one, two\nnot in it: install_mode of two\n",
  ]);
  const one = hashOf(["a.md", "A\n"], ["B.md", "B\n"], ["SKILL.md", skillText("one")]);
  const lock = {
    version: 1,
    skills: {
      near: {
        source: "./own",
        sourceType: "local",
        skillPath: "near/SKILL.md",
        computedHash: hashOf(["SKILL.md", skillText("near")]),
      },
      one: {
        source: repo,
        sourceUrl: repo,
        ref: "v1",
        sourceType: "git",
        skillPath: "skills/one/SKILL.md",
        computedHash: one,
      },
      two: {
        source: repo,
        sourceUrl: repo,
        sourceType: "git",
        skillPath: "skills/two/SKILL.md",
        computedHash: hashOf(["SKILL.md", skillText("two")]),
      },
    },
  };
  expect(JSON.parse(printed.stdout)).toEqual(lock);
  const file = join(sandbox.project, "there/skills-lock.json");
  mkdirSync(join(sandbox.project, "there"));
  const written = (await sandbox.run(["lock", "export", "--output", file, "--json"])).json();
  expect(written).toMatchObject({ command: "lock export", output: file, file: sandbox.lockfilePath, skipped: [] });
  expect(JSON.parse(readFileSync(file, "utf8")).skills.near.source).toBe("../own");
  const refused = await sandbox.run(["lock", "export", "--output", file, "--json"]);
  expect([refused.code, refused.json().error.code]).toEqual([2, "MANIFEST_EXISTS"]);
  expect((await sandbox.run(["lock", "export", "--output", file, "--force"])).code).toBe(0);

  const listed = async () =>
    (await sandbox.run(["list", "--json"]))
      .json()
      .skills.map(({ id, source }: any) => ({ id, ...source, repo: source.repo.replace("./there/../", "./") }))
      .toSorted((a: any, b: any) => (a.id < b.id ? -1 : 1));
  const before = await listed();
  rmSync(sandbox.manifestPath);
  const imported = await sandbox.run(["import", file, "--project", "--target", "claude-code", "--json"]);
  expect(imported.json()).toMatchObject({ imported: ["near", "one", "two"], skipped: [] });
  expect(await listed()).toEqual(before);
});

it("names the skills that it cannot export, and needs a lockfile [R-IMPORT-14]", async () => {
  const { sandbox } = await setUp();
  const { tree } = /id = "two"[^]*?tree = "(?<tree>[0-9a-f]+)"/u.exec(
    readFileSync(sandbox.lockfilePath, "utf8"),
  )!.groups!;
  rmSync(join(sandbox.storage, "store", `${tree}.json`));
  const { code, stdout, stderr } = await sandbox.run(["lock", "export"]);
  expect([code, Object.keys(JSON.parse(stdout).skills)]).toEqual([1, ["near", "one"]]);
  expect(stderr).toContain("skipped two: its content is not in the store");
  rmSync(sandbox.lockfilePath);
  const none = await sandbox.run(["lock", "export", "--json"]);
  expect([none.code, none.json().error.code]).toEqual([3, "LOCK_OUT_OF_DATE"]);
});
