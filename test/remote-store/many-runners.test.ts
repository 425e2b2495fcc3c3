import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { makeFleet, pushAll } from "../helpers/fleet.js";
import { registryAvailable, startRegistry } from "../helpers/oci-registry.js";
import { startRegistryProxy } from "../helpers/registry-proxy.js";
import { startRunners } from "../helpers/runners.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { gitTree, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** `npm run test:long` has 100. */
const RUNNERS = Number(process.env["EDEN_RUNNERS"] ?? 6);

describe.runIf(registryAvailable())(`${RUNNERS} runners of a fleet, each with an empty store`, () => {
  it(
    "ask the git server nothing, and succeed when the registry stops half-way [R-FLEET-12]",
    { timeout: 20_000 + RUNNERS * 4_000 },
    async () => {
      const registry = await startRegistry();
      const proxy = await startRegistryProxy(registry.host);
      const fleet = await makeFleet(use, { repositories: 5, remote: `oci://${proxy.host}/many/runners` });
      const { sandbox: project, git, repositories } = fleet;
      await pushAll(fleet);
      const trees = new Map(
        await Promise.all(
          fleet.ids.map(async (id, index) => {
            const { dir = "" } = repositories[Math.floor(index / 2)] ?? {};
            return [id, await gitTree(dir, "HEAD", `skills/${id}`)] as const;
          }),
        ),
      );
      const fromStore: number[] = [];
      const ended = async (runner: Sandbox, result: RunResult) => {
        expect(result.code, result.stdout).toBe(0);
        const all = result.json().skills.filter(({ sync }: any) => sync.from_remote_store === true);
        fromStore.push(all.length);
        for (const [id, tree] of trees) expect(await readTree(join(runner.home, ".claude/skills", id))).toEqual(tree);
      };
      const fleetOf = { project, count: RUNNERS, atOnce: 8, args: ["apply", "--frozen", "--json"] };
      await startRunners({ ...fleetOf, ended });
      expect(fromStore).toEqual(Array(RUNNERS).fill(10));
      expect(git.traffic.count()).toBe(0);
      // One request for each skill: the whole entry is in its manifest.
      expect(proxy.log.filter((line) => line.startsWith("GET")).length).toBeGreaterThanOrEqual(RUNNERS * 10);

      fromStore.length = 0;
      let answered = 0;
      const half = RUNNERS * 5;
      let stopped = null as Promise<void> | null;
      proxy.intercept = () => {
        if (++answered > half) stopped ??= registry.close();
        return false;
      };
      await startRunners({ ...fleetOf, ended });
      const sum = fromStore.reduce((one, other) => one + other, 0);
      expect(sum).toBeGreaterThan(0);
      expect(sum).toBeLessThan(RUNNERS * 10);
      expect(git.traffic.count()).toBeGreaterThan(0);
      expect(stopped).not.toBeNull();
      await stopped;
      await proxy.close();
    },
  );
});
