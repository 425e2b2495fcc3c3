import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "../helpers/collection.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe("the limit of repositories in flight", () => {
  for (const limit of [1, 2, 5, 20]) {
    it(`is never exceeded at --concurrency ${limit}, counted at the server [R-REACTOR-01]`, async () => {
      const sandbox = use.sandbox();
      const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories: 24, skills: 24 });
      const remote = await use.remote(sandbox, { latencyMs: 30 });
      sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
      const result = await sandbox.run(["apply", "--json", "--concurrency", String(limit)]);
      expect(result.code, result.stderr).toBe(0);
      expect(remote.traffic.peakSessions()).toBeLessThanOrEqual(limit);
      // The limit is used, too: otherwise this test could not fail.
      expect(remote.traffic.peakSessions()).toBeGreaterThanOrEqual(Math.min(limit, 5));
      expect(result.json().metrics.peak_in_flight).toBe(limit);
      expect(result.json().concurrency).toMatchObject({ requested: limit, origin: "flag", peak: limit, final: limit });
    });
  }

  it("follows priority, then the manifest's order, strictly at 1 [R-REACTOR-02]", async () => {
    const sandbox = use.sandbox();
    const names = ["one", "two", "three", "four", "five"];
    for (const name of names)
      await createRepository(join(sandbox.root, "served", `${name}.git`), { files: { "SKILL.md": skillText(name) } });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf(
        names.map((id) => ({ id, repo: `${remote.url}/${id}.git`, ...(id === "four" && { extra: "priority = 5" }) })),
      ),
    );
    const result = await sandbox.run(["apply", "--json", "--concurrency", "1"]);
    expect(result.code, result.stderr).toBe(0);
    const asked = [...new Set(remote.traffic.log.map(({ repository }) => repository.replace(".git", "")))];
    expect(asked).toEqual(["four", "one", "two", "three", "five"]);
    const { skills } = result.json();
    expect(skills.map((skill: { id: string }) => skill.id)).toEqual(names);
    expect(skills.map((skill: { sync: { completion_order: number } }) => skill.sync.completion_order)).toEqual([
      2, 3, 4, 1, 5,
    ]);
  });

  it("is chosen by flag, then environment, then manifest, then 10 [R-REACTOR-13]", async () => {
    const sandbox = use.sandbox();
    const choose = async (head: string, args: string[], env: Record<string, string>) => {
      sandbox.writeManifest(manifestOf([], head));
      return (await sandbox.run(["apply", "--json", ...args], { env })).json().concurrency;
    };
    const manifest = "[reactor]\nconcurrency = 7";
    const variable = { EDEN_SKILLS_CONCURRENCY: "6" };
    expect(await choose(manifest, ["--concurrency", "5"], variable)).toMatchObject({ requested: 5, origin: "flag" });
    expect(await choose(manifest, [], variable)).toMatchObject({ requested: 6, origin: "environment" });
    expect(await choose(manifest, [], {})).toMatchObject({ requested: 7, origin: "manifest" });
    expect(await choose("", [], {})).toMatchObject({ requested: 10, origin: "default" });
  });

  for (const bad of ["0", "101", "-1", "1.5", "ten"]) {
    it(`refuses --concurrency ${JSON.stringify(bad)} with exit 2 [R-REACTOR-13]`, async () => {
      const sandbox = use.sandbox();
      sandbox.writeManifest(manifestOf([]));
      const result = await sandbox.run(["apply", "--json", `--concurrency=${bad}`]);
      expect(result.code).toBe(2);
      expect(result.json().error.code).toBe("INVALID_CONCURRENCY");
    });
  }
});

describe("the barrier", () => {
  it("lets no target appear while a sync is in flight, shown by watching the file system [R-REACTOR-12]", async () => {
    const sandbox = use.sandbox();
    const names = ["quick-1", "quick-2", "quick-3", "slow"];
    for (const name of names)
      await createRepository(join(sandbox.root, "served", `${name}.git`), { files: { "SKILL.md": skillText(name) } });
    const remote = await use.remote(sandbox, {
      delayFor: (repository, kind) => (repository === "slow.git" && kind === "fetch" ? 3000 : 0),
    });
    sandbox.writeManifest(manifestOf(names.map((id) => ({ id, repo: `${remote.url}/${id}.git` }))));
    const skills = join(sandbox.home, ".claude/skills");
    const slowFetches = () =>
      remote.traffic.log.filter(
        ({ repository, kind, ms }) => repository === "slow.git" && kind === "fetch" && ms !== undefined,
      ).length;
    const seen: { there: string[]; fetches: number }[] = [];
    const look = () => (existsSync(skills) ? readdirSync(skills) : []);
    const watch = setInterval(() => seen.push({ there: look(), fetches: slowFetches() }), 5);
    const result = await sandbox.run(["apply", "--json"]).finally(() => clearInterval(watch));
    expect(result.code, result.stderr).toBe(0);
    const { phases } = result.json();
    expect(phases.sync.ended_ms).toBeGreaterThanOrEqual(3000);
    expect(phases.install.started_ms).toBeGreaterThanOrEqual(phases.sync.ended_ms);
    expect(seen.length).toBeGreaterThan(300);
    expect(seen.filter(({ there, fetches }) => there.length > 0 && fetches < 1)).toEqual([]);
    expect(look().toSorted()).toEqual(names.toSorted());
  });
});
