import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

function withRegistrySkill() {
  const sandbox = use.sandbox();
  sandbox.writeManifest(`version = 1
[registries.official]
url = "https://example.invalid/registry.git"

[[skills]]
name = "pdf-forms" # by its name
version = "^2.0" # the range
targets = [{ agent = "claude-code" }]

[[skills]]
id = "notes"
source.repo = "acme/notes"
targets = [{ agent = "claude-code" }]
`);
  return { sandbox, text: () => readFileSync(sandbox.manifestPath, "utf8") };
}

describe("set ID --version RANGE [R-EDIT-07]", () => {
  it.each([
    ["pdf-forms", "--version", "~2.1"],
    ["--version=~2.1", "pdf-forms"],
    ["--version", "~2.1", "pdf-forms", "--priority", "3"],
  ])("sets the range of a registry's skill: set %s %s", async (...args) => {
    const { sandbox, text } = withRegistrySkill();
    const result = await sandbox.run(["set", ...args]);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(text()).toContain('version = "~2.1" # the range');
  });

  it.each([
    [["notes", "--version", "^2"], "USAGE", "comes from no registry"],
    [["pdf-forms", "--version", "latest thing"], "INVALID_SEMVER", ""],
    [["pdf-forms", "--version"], "USAGE", "needs a value"],
    [["nothing", "--version", "^2"], "UNKNOWN_SKILL", ""],
  ])("set %j is %s, exit 2, and changes nothing", async (args, code, message) => {
    const { sandbox, text } = withRegistrySkill();
    const before = text();
    const result = await sandbox.run(["set", ...args, "--json"]);
    expect([result.code, result.json().error.code]).toEqual([2, code]);
    expect(result.json().error.message).toContain(message);
    expect(text()).toBe(before);
  });

  it("leaves -V to the version of the program, and --version to every other command", async () => {
    const { sandbox } = withRegistrySkill();
    for (const args of [
      ["set", "-V"],
      ["set", "pdf-forms", "-V"],
      ["add", "--version"],
      ["--version", "list"],
    ]) {
      const result = await sandbox.run(args);
      expect([args, result.code, result.stdout]).toEqual([args, 0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/u)]);
    }
  });
});
