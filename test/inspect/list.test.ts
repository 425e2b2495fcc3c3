import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { palette } from "../../src/cli/terms/colour.js";
import { listSchema } from "../../src/cli/views/output-schemas.js";
import { listLines } from "../../src/cli/views/list-view.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function four() {
  const sandbox = use.sandbox();
  const versioned = "---\nname: a\ndescription: A.\nmetadata:\n  version: 2.10\n---\n";
  const files = { "a/SKILL.md": versioned, "b/SKILL.md": skillText("b"), "c/SKILL.md": skillText("c") };
  const repo = await createRepository(join(sandbox.root, "one.git"), { files });
  const skills = ["a", "b", "c"].map((id) => ({ id, repo: `file://${repo.dir}`, subpath: id, mode: "copy" as const }));
  const off = { id: "d", repo: `file://${repo.dir}`, subpath: "a", extra: "enabled = false" };
  sandbox.writeManifest(manifestOf([...skills, off]));
  return { sandbox, versioned, commit: await repo.revParse("HEAD"), copies: join(sandbox.home, ".claude/skills") };
}

describe("list", () => {
  it("gives version, size and state of each skill, and keeps its other fields [R-CLI-07]", async () => {
    const { sandbox, versioned, commit, copies } = await four();
    const before = (await sandbox.run(["list", "--json"])).json();
    expect(before.skills.map(({ state }: { state: string }) => state)).toEqual([
      "missing",
      "missing",
      "missing",
      "disabled",
    ]);
    await sandbox.run(["apply"]);
    writeFileSync(join(copies, "b/SKILL.md"), "edited");
    rmSync(join(copies, "c"), { recursive: true });
    const list = (await sandbox.run(["list", "--json"])).json();
    expect(listSchema.parse(list)).toEqual(list);
    expect(list.skills).toMatchObject([
      { id: "a", state: "installed", skill_version: "2.10", version: null, bytes: versioned.length, commit },
      { id: "b", state: "edited", skill_version: null },
      { id: "c", state: "missing" },
      { id: "d", state: "disabled", bytes: null },
    ]);
    const text = (await sandbox.run(["list"])).stdout;
    expect(text).toMatch(
      new RegExp(
        `^a +2\\.10 ${commit.slice(0, 7)} +installed +${versioned.length} B +file://\\S+ a +claude-code$`,
        "mu",
      ),
    );
    for (const narrow of [30, 40, 60])
      for (const line of listLines(list, narrow, palette(false))) expect([...line].length).toBeLessThanOrEqual(narrow);
  });

  it("works without a readable state [R-CLI-07]", async () => {
    const { sandbox } = await four();
    await sandbox.run(["apply"]);
    const state = join(sandbox.storage, "state");
    const { readdirSync } = await import("node:fs");
    for (const name of readdirSync(state)) writeFileSync(join(state, name), "damaged");
    const list = await sandbox.run(["list", "--json"]);
    expect([list.code, list.json().skills[0]]).toMatchObject([0, { id: "a", state: null }]);
  });
});
