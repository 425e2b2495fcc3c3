import { existsSync, readFileSync, readlinkSync, readdirSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { SEED, seeded } from "../helpers/seeded.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Kills in all; `npm run test:long` sets the full number. */
const KILLS = Number(process.env["EDEN_KILLS"] ?? 4);
const REPOSITORIES = 8;
const use = useSandbox();

/** Skills of many files, half of them linked and half copied, so that both phases last long enough to be hit. */
async function bigRepositories(sandbox: Sandbox, version: string): Promise<Repository[]> {
  const made: Repository[] = [];
  for (let n = 0; n < REPOSITORIES; n++) {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, file) => [`skill/part-${file}.md`, `${version} ${n} ${file}\n`.repeat(50)]),
    );
    made.push(
      await createRepository(join(sandbox.root, `served/r${n}-${version}.git`), {
        files: { ...files, "skill/SKILL.md": skillText(`s${n}`, version) },
      }),
    );
  }
  return made;
}

function specs(repositories: readonly Repository[]): SkillSpec[] {
  return repositories.map((repository, n) => ({
    id: `s${n}`,
    repo: `file://${repository.dir}`,
    subpath: "skill",
    mode: n % 2 === 0 ? "symlink" : "copy",
  }));
}

describe("kill -9 at any moment", () => {
  it(`${KILLS} times: every target is old, new or absent, never half, and the next apply succeeds with no manual step [R-INSTALL-09] [R-STORE-02] [R-FAULT-01] [R-FAULT-03] [R-FAULT-44]`, async () => {
    const sandbox = use.sandbox();
    const [old, next] = [await bigRepositories(sandbox, "old"), await bigRepositories(sandbox, "new")];
    const skills = join(sandbox.home, ".claude/skills");
    sandbox.writeManifest(manifestOf(specs(old)));
    const random = seeded("crash");
    const cold = await sandbox.spawn(["apply"]).finished;
    expect(cold.code).toBe(0);
    const contents = { old: await trees(skills), new: [] as unknown[] };
    sandbox.writeManifest(manifestOf(specs(next)));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    contents.new = await trees(skills);
    sandbox.writeManifest(manifestOf(specs(old)));
    const warm = await sandbox.spawn(["apply"]).finished;
    const start = await sandbox.spawn(["--version"]).finished;

    let tries = 0;
    for (let kill = 0; kill < KILLS; tries++) {
      expect(tries, "most kills must hit a running program").toBeLessThan(4 * KILLS);
      // Back and forth between the two versions, every other time from an empty store, so that Phase A has work too.
      const isCold = tries % 2 === 0;
      if (isCold) await removeTree(sandbox.storage);
      sandbox.writeManifest(manifestOf(specs(tries % 4 < 2 ? old : next)));
      const program = sandbox.spawn(["apply"]);
      const lasts = (isCold ? cold : warm).elapsedMs - start.elapsedMs;
      setTimeout(() => program.kill("SIGKILL"), start.elapsedMs + random() * lasts * 0.9);
      const ended = await program.finished;
      for (let n = 0; n < REPOSITORIES; n++) {
        const path = join(skills, `s${n}`);
        if (!existsSync(path)) continue;
        expect([contents.old[n], contents.new[n]], `s${n} after try ${tries} of seed ${SEED}`).toContainEqual(
          await readTree(path),
        );
      }
      const lockfile = existsSync(sandbox.lockfilePath) ? readFileSync(sandbox.lockfilePath, "utf8") : "";
      expect(lockfile === "" || lockfile.endsWith("]\n"), lockfile).toBe(true);

      const after = await sandbox.run(["apply", "--json"]);
      expect(after.code, `after try ${tries} of seed ${SEED}: ${after.stdout}`).toBe(0);
      expect(await trees(skills)).toEqual(tries % 4 < 2 ? contents.old : contents.new);
      expect(readdirSync(skills).filter((name) => !/^s\d$/u.test(name))).toEqual([]);
      expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
      for (const id of ["s0", "s2"]) {
        expect(lstatSync(join(skills, id)).isSymbolicLink()).toBe(true);
        expect(existsSync(readlinkSync(join(skills, id)))).toBe(true);
      }
      if (ended.signal === "SIGKILL") kill++;
    }
  }, 600_000);
});

async function trees(skills: string): Promise<unknown[]> {
  return await Promise.all(Array.from({ length: REPOSITORIES }, async (_, n) => await readTree(join(skills, `s${n}`))));
}
