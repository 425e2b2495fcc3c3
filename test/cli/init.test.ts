import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it("init writes a manifest with a scope, to the place that was asked for [R-CLI-08]", async () => {
  const sandbox = use.sandbox();
  const places = [
    { args: ["init"], path: sandbox.manifestPath, scope: "project" },
    { args: ["init", "--global"], path: join(sandbox.home, ".eden-skills/skills.toml"), scope: "global" },
    {
      args: ["init", "--config", "team/skills.toml"],
      path: join(sandbox.project, "team/skills.toml"),
      scope: "project",
    },
  ];
  for (const { args, path, scope } of places) {
    const { code, json } = await sandbox.run([...args, "--json"]);
    expect(code).toBe(0);
    expect(json().manifest).toBe(path);
    expect(readFileSync(path, "utf8")).toContain(`scope = "${scope}"`);
  }
});

it("init keeps a manifest that is there, and with --force a copy of it [R-CLI-08]", async () => {
  const sandbox = use.sandbox();
  writeFileSync(sandbox.manifestPath, "version = 1 # mine\n");
  const refused = await sandbox.run(["init", "--json"]);
  expect(refused.code).toBe(2);
  expect(refused.json().error.code).toBe("MANIFEST_EXISTS");
  expect(readFileSync(sandbox.manifestPath, "utf8")).toContain("mine");
  expect(existsSync(`${sandbox.manifestPath}.backup`)).toBe(false);
  expect((await sandbox.run(["init", "--force"])).code).toBe(0);
  expect(readFileSync(`${sandbox.manifestPath}.backup`, "utf8")).toContain("mine");
});
