import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import type { Sandbox } from "../../helpers/sandbox.js";
import { useSandbox } from "../../helpers/with-sandbox.js";

const use = useSandbox();

/** A manifest with an unknown key, installed; then a lockfile that cannot be read. */
async function withOddities(lockfile: string): Promise<Sandbox> {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "served/one.git"), {
    files: { "a/SKILL.md": skillText("a") },
  });
  mkdirSync(join(sandbox.home, ".claude"));
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${dir}`, subpath: "a" }], 'scope = "global"\ncolour = 1'));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  writeFileSync(sandbox.lockfilePath, lockfile);
  return sandbox;
}

const codes = (document: any) => document.diagnostics.map(({ code }: { code: string }) => code);

describe("what is odd about manifest and lockfile [R-CLI-24]", () => {
  it("a lockfile that cannot be used is told by every reader of it, and in every document", async () => {
    const sandbox = await withOddities("broken [");
    for (const args of [["list"], ["outdated"], ["audit"]]) {
      const { json, stderr } = await sandbox.run([...args, "--json"]);
      expect([args, codes(json())]).toEqual([args, ["UNKNOWN_KEY", "LOCK_OUT_OF_DATE"]]);
      expect(stderr).toContain(`warning[LOCK_OUT_OF_DATE]: ${sandbox.lockfilePath} cannot be used`);
    }
    expect((await sandbox.run(["outdated", "--quiet"])).stderr).not.toContain("warning");
    const plan = await sandbox.run(["plan", "--json"]);
    expect(plan.json()).toMatchObject([{ skill_id: "a" }]);
    expect(plan.stderr).toContain("warning[LOCK_OUT_OF_DATE]");
    const doctor = (await sandbox.run(["doctor", "--json"])).json();
    expect(doctor.findings).toContainEqual(expect.objectContaining({ code: "LOCK_OUT_OF_DATE", severity: "error" }));
    const warm = (await sandbox.run(["warm", "--json"])).json();
    expect(codes(warm)).toEqual(["UNKNOWN_KEY", "LOCK_OUT_OF_DATE"]);
    const preview = (await sandbox.run(["update", "--dry-run", "--json"])).json();
    expect(codes(preview)).toEqual(["UNKNOWN_KEY", "LOCK_OUT_OF_DATE"]);
    // It is kept beside the new one, which is told, too.
    const applied = codes((await sandbox.run(["apply", "--json"])).json());
    expect(applied.slice(0, 2)).toEqual(["UNKNOWN_KEY", "LOCK_OUT_OF_DATE"]);
    expect(codes((await sandbox.run(["list", "--json"])).json())).toEqual(["UNKNOWN_KEY"]);
  });

  it.each(["version = 9\n", "<<<<<<< ours\nversion = 1\n=======\nversion = 1\n>>>>>>> theirs\n", "\0"])(
    "so is %j",
    async (lockfile) => {
      const sandbox = use.sandbox();
      sandbox.writeManifest(manifestOf([]));
      writeFileSync(sandbox.lockfilePath, lockfile);
      expect(codes((await sandbox.run(["list", "--json"])).json())).toEqual(["LOCK_OUT_OF_DATE"]);
    },
  );

  it("an unknown key of the manifest is in the document of every command that reads it", async () => {
    const sandbox = await withOddities("version = 1\n");
    writeFileSync(join(sandbox.project, "agents.toml"), "version = 1\n");
    const from = join(sandbox.project, "other.toml");
    writeFileSync(from, manifestOf([]));
    for (const line of [
      "list",
      "outdated",
      "doctor",
      "audit",
      "history",
      "clean",
      "config export",
      `config import --from ${from}`,
      "import agents.toml --target claude-code",
      "set a --priority 3",
      "search x",
      "apply nothing",
    ]) {
      const document = (await sandbox.run([...line.split(" "), "--json"])).json();
      expect([line, codes(document).filter((code: string) => code === "UNKNOWN_KEY")]).toEqual([line, ["UNKNOWN_KEY"]]);
    }
  });
});
