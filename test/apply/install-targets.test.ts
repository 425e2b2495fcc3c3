import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A skill that is installed for claude-code. */
async function installed(): Promise<{ sandbox: Sandbox; text(): string }> {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.project, "notes"));
  writeFileSync(join(sandbox.project, "notes/SKILL.md"), skillText("notes"));
  sandbox.writeManifest('version = 1\nscope = "global"\n');
  expect((await sandbox.run(["install", "./notes", "--target", "claude-code"])).code).toBe(0);
  return { sandbox, text: () => readFileSync(sandbox.manifestPath, "utf8") };
}

describe("install SOURCE --target SPEC of a skill that is there [R-SOURCE-19]", () => {
  it.each(["docker:box", "docker:box:cursor", "ssh:host", "ssh:host:claude-code"])(
    "%s is ADAPTER_HEALTH_FAIL, exit 1, and leaves the manifest as it was",
    async (spec) => {
      const { sandbox, text } = await installed();
      const before = text();
      const bin = join(sandbox.root, "bin");
      mkdirSync(bin);
      for (const name of ["docker", "ssh"])
        writeFileSync(join(bin, name), "#!/bin/sh\necho no connection >&2\nexit 1\n", { mode: 0o755 });
      const env = { PATH: `${bin}:${process.env["PATH"]}` };
      const { code, json } = await sandbox.run(["install", "./notes", "--target", spec, "--json"], { env });
      expect([code, json().skills[0].status]).toEqual([1, "failed"]);
      expect(json().skills[0].diagnostics).toMatchObject([{ code: "ADAPTER_HEALTH_FAIL" }]);
      expect([json().installed, text()]).toEqual([[], before]);
    },
  );

  it("adds an agent, a path, and the same again only once, and touches no other target", async () => {
    const { sandbox, text } = await installed();
    for (const specs of [["cursor"], ["custom:./own"], ["custom:own", "claude-code"], ["custom:~/more"]]) {
      const { code, stderr } = await sandbox.run(["install", "./notes", "--target", ...specs]);
      expect([specs, code, stderr]).toEqual([specs, 0, expect.any(String)]);
    }
    expect(text()).toContain('\ntargets = ["claude-code", "cursor", "custom:./own", "custom:~/more"]\n');
    for (const path of [join(sandbox.project, "own/notes"), join(sandbox.home, "more/notes")])
      expect(existsSync(path)).toBe(true);
  });
});
