import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { registryWorld } from "../helpers/registry-world.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { listed } from "../helpers/site-index.js";
import { NOTHING, useSite } from "../helpers/site-world.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const { setUp } = useSite();

function machinePolicy(sandbox: Sandbox, rules: string): void {
  mkdirSync(join(sandbox.home, ".eden-skills"), { recursive: true });
  writeFileSync(join(sandbox.home, ".eden-skills/policy.toml"), `version = 1\n${rules}\n`);
}

describe("indexes", () => {
  it("does not ask a denied registry, and does not use its stored index [R-POLICY-10]", async () => {
    const sandbox = use.sandbox();
    const remote = await use.remote(sandbox);
    const world = await registryWorld(sandbox, remote, ["1.0.0"]);
    world.manifest("^1.0");
    const name = `127.0.0.1:${new URL(remote.url).port}/official`;
    machinePolicy(sandbox, `[registries]\ndeny = ["${name}"]`);
    const cold = await sandbox.run(["apply", "--json"]);
    expect([cold.code, cold.json().skills[0].diagnostics[0].code]).toEqual([1, "POLICY_DENIED"]);
    expect((await sandbox.run(["registry", "update", "--json"])).code).toBe(1);
    expect(remote.traffic.log.length).toBe(0);
    machinePolicy(sandbox, `[registries]\nallow = ["${name}"]`);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    machinePolicy(sandbox, `[registries]\ndeny = ["${name}"]`);
    expect((await sandbox.run(["search", "pdf", "--json"])).code).toBe(1);
    const check = await sandbox.run(["policy", "check", "--json"]);
    expect([check.code, check.json().skills[0].rules[0]]).toMatchObject([3, { rule: "registries", status: "denied" }]);
  });

  it("does not ask a denied site, nor one that is no allowed source [R-POLICY-10]", async () => {
    const { sandbox, site, json, left } = await setUp(listed({ pdf: { "SKILL.md": skillText("pdf") } }));
    const host = new URL(site.url).host;
    for (const rules of [
      `[sites]\ndeny = ["${host}"]`,
      '[sites]\nallow = ["example.com"]',
      '[sources]\nallow = ["example.com"]',
    ]) {
      machinePolicy(sandbox, rules);
      expect(await json("install", site.url, "--skill", "pdf"), rules).toMatchObject({
        error: { code: "POLICY_DENIED" },
        exit_code: 1,
      });
    }
    expect([site.asked, left()]).toEqual([[], NOTHING]);
    machinePolicy(sandbox, `[sites]\nallow = ["${host}"]`);
    expect(await json("install", site.url, "--skill", "pdf")).toMatchObject({ exit_code: 0 });
  });
});
