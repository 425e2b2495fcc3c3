import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "../helpers/collection.js";
import { processesNaming } from "../helpers/running-processes.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { gitTree, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Rounds of applies at once; `npm run test:long` sets the full number. */
const ROUNDS = Number(process.env["EDEN_ROUNDS"] ?? 8);
/** Applies at once; `EDEN_APPLIES=100 EDEN_ROUNDS=20` is the load of a busy build server. */
const APPLIES = Number(process.env["EDEN_APPLIES"] ?? 2);
const MOST_MS = 30_000 * APPLIES;
const use = useSandbox();

describe(`${APPLIES} applies of one manifest on one store at once`, () => {
  it(
    `end well ${ROUNDS} times: no error, no half target, the lockfile intact [R-REACTOR-15] [R-SYSTEM-02]`,
    async () => {
      const sandbox = use.sandbox();
      const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 4, skills: 12 });
      const remote = await use.remote(sandbox);
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url, agents: ["claude-code", "cursor"] }));
      expect((await sandbox.run(["apply"])).code).toBe(0);
      const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
      const expected = await Promise.all(
        collection.skills.map(async ({ id, repository, commit, subpath }) => {
          const { dir = "" } = collection.repositories.get(repository) ?? {};
          return [id, await gitTree(dir, commit, subpath)] as const;
        }),
      );
      for (let round = 0; round < ROUNDS; round++) {
        // Cold, warm store with targets gone, and nothing to do, in turn; linked and copied.
        const mode = round % 2 === 0 ? "symlink" : "copy";
        sandbox.writeManifest(
          manifestFor(collection, { baseUrl: remote.url, agents: ["claude-code", "cursor"], mode }),
        );
        if (round % 3 === 0) await removeTree(sandbox.storage);
        if (round % 3 !== 2) for (const agent of [".claude", ".agents"]) await removeTree(join(sandbox.home, agent));
        const results = await Promise.all(
          Array.from({ length: APPLIES }, async () => await sandbox.run(["apply", "--json"], { timeoutMs: MOST_MS })),
        );
        for (const result of results) expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(0);
        for (const [id, tree] of expected)
          for (const agent of [".claude", ".agents"])
            expect(await readTree(join(sandbox.home, agent, "skills", id))).toEqual(tree);
        expect(
          readFileSync(sandbox.lockfilePath, "utf8").replaceAll(`install_mode = "${mode}"`, 'install_mode = "symlink"'),
        ).toBe(lockfile);
        expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
        expect(readdirSync(join(sandbox.storage, "locks"))).toEqual([]);
      }
    },
    10 * MOST_MS,
  );
});

describe("an interrupt", () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`${signal}: what was done is reported, nothing is left running or lying about, exit ${code} [R-CLI-05] [R-FAULT-05] [R-FAULT-07]`, async () => {
      const sandbox = use.sandbox();
      for (const name of ["one", "slow"])
        await createRepository(join(sandbox.root, "served", `${name}.git`), { files: { "SKILL.md": skillText(name) } });
      const remote = await use.remote(sandbox);
      remote.fail("slow.git", { kind: "stall" });
      sandbox.writeManifest(
        manifestOf([
          { id: "one", repo: `${remote.url}/one.git` },
          { id: "slow", repo: `${remote.url}/slow.git` },
        ]),
      );
      const program = sandbox.spawn(["apply", "--json"], { timeoutMs: 20_000 });
      // The one is in the store with its marker, and its mirror's lock is released; the other hangs with its lock held.
      const store = join(sandbox.storage, "store");
      const locks = join(sandbox.storage, "locks");
      const isMidway = () =>
        remote.traffic.log.some(({ repository }) => repository === "slow.git") &&
        existsSync(store) &&
        readdirSync(store).some((name) => name.endsWith(".json")) &&
        readdirSync(locks).length === 1;
      await expect.poll(isMidway, { timeout: 20_000 }).toBe(true);
      program.kill(signal);
      const result = await program.finished;
      expect(result.code, result.stderr).toBe(code);
      const report = result.json();
      expect(report).toMatchObject({ outcome: "cancelled", exit_code: code });
      expect(report.skills.map((skill: any) => skill.status)).toEqual(["cancelled", "cancelled"]);
      expect(report.skills[0].sync.status).toBe("cloned");
      expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
      expect(readdirSync(join(sandbox.storage, "locks"))).toEqual([]);
      expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
      expect(processesNaming(sandbox.storage)).toEqual([]);
    });
  }
});
