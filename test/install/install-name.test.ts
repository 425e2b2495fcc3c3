import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { registryWorld } from "../helpers/registry-world.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp() {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const remote = await use.remote(sandbox);
  const versions = ["1.0.0", "1.1.0", "2.0.0"];
  const world = await registryWorld(sandbox, remote, versions);
  await world.registry.publish({ name: "Official", skills: [world.entry(versions)] });
  world.manifest("^1.0");
  // Only the registries are wanted of it.
  const head = readFileSync(sandbox.manifestPath, "utf8").split("[[skills]]")[0] ?? "";
  sandbox.writeManifest(head);
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  return { sandbox, json, head };
}

describe("install NAME", () => {
  it("takes the newest version, and what is compatible with it later [R-SOURCE-12]", async () => {
    const { sandbox, json, head } = await setUp();
    const listed = await json("install", "pdf-forms", "--list");
    expect(listed.skills).toMatchObject([{ name: "pdf-forms", path: "skills/pdf" }]);
    const report = await json("install", "pdf-forms");
    expect(report).toMatchObject({ exit_code: 0, installed: ["pdf-forms"] });
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(
      `${head}[[skills]]\nname = "pdf-forms"\nversion = "^2.0.0"\ntargets = ["claude-code"]\n`,
    );
    expect(existsSync(join(sandbox.home, ".claude/skills/pdf-forms/SKILL.md"))).toBe(true);
    expect((await json("list")).skills[0].version).toBe("2.0.0");
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });

  it("takes a range, a registry and another id, and moves the range of what is there [R-SOURCE-12]", async () => {
    const { sandbox, json } = await setUp();
    expect(await json("install", "pdf-forms@^1.0", "--registry", "official")).toMatchObject({ exit_code: 0 });
    expect((await json("list")).skills[0].version).toBe("1.1.0");
    expect(await json("install", "pdf-forms@~1.0.0")).toMatchObject({ exit_code: 0 });
    expect((await json("list")).skills[0].version).toBe("1.0.0");
    expect(await json("install", "pdf-forms@2.0.0", "--id", "forms")).toMatchObject({ installed: ["forms"] });
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain(
      'id = "forms"\nname = "pdf-forms"\nversion = "2.0.0"\n',
    );
  });

  it("says what is wrong, and changes nothing [R-SOURCE-12]", async () => {
    const { sandbox, json } = await setUp();
    const before = readFileSync(sandbox.manifestPath, "utf8");
    for (const [args, code, exit] of [
      [["pdf-form"], "FETCH_NOT_FOUND", 1],
      [["pdf-forms@^9.0"], "REF_NOT_FOUND", 1],
      [["pdf-forms@latest"], "INVALID_SEMVER", 2],
      [["pdf-forms", "--registry", "offical"], "UNKNOWN_REGISTRY", 2],
      [["pdf-forms", "--ref", "main"], "USAGE", 2],
      [["./x", "--registry", "official"], "USAGE", 2],
    ] as const) {
      expect(await json("install", ...args), args.join(" ")).toMatchObject({ error: { code }, exit_code: exit });
    }
    expect(readFileSync(sandbox.manifestPath, "utf8")).toBe(before);
    sandbox.writeManifest("version = 1\n");
    const none = await sandbox.run(["install", "pdf-forms"]);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/MISSING_REGISTRIES.*\n.*\.\/pdf-forms.*owner\/repo/u),
    ]);
  });
});
