import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A skill that is installed, and the path of the state that says so. */
async function installed(): Promise<{ sandbox: Sandbox; state: string }> {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.project, "notes"));
  writeFileSync(join(sandbox.project, "notes/SKILL.md"), skillText("notes"));
  sandbox.writeManifest(manifestOf([{ id: "notes", repo: "./notes" }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const directory = join(sandbox.storage, "state");
  const name = readdirSync(directory).find((one) => one.endsWith(".json"));
  return { sandbox, state: join(directory, name ?? "") };
}

const DAMAGES: [string, (path: string) => void][] = [
  ["cut off", (path) => writeFileSync(path, readFileSync(path, "utf8").slice(0, 40))],
  ["empty", (path) => writeFileSync(path, "")],
  ["of another shape", (path) => writeFileSync(path, '{"version":1,"manifest":3}')],
  [
    "a directory",
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
];

describe("a state file that is damaged [R-DOCTOR-07] [R-REPAIR-04]", () => {
  it.each(DAMAGES)("%s: a finding of doctor, repaired by repair", async (_what, damage) => {
    const { sandbox, state } = await installed();
    damage(state);
    const doctor = await sandbox.run(["doctor", "--json"]);
    expect(doctor.code).toBe(0);
    const found = doctor.json().findings.filter(({ code }: { code: string }) => code === "STATE_UNREADABLE");
    expect(found).toMatchObject([{ severity: "error", message: `${state} is damaged`, skill_id: null }]);
    expect(found[0].remediation).toContain("`eden-skills repair`");

    const repair = await sandbox.run(["repair", "--json"]);
    expect([repair.code, repair.json().summary.install.noop]).toEqual([0, 1]);
    const [told] = repair.json().diagnostics;
    expect(told).toMatchObject({ code: "STATE_UNREADABLE", severity: "warning" });
    expect(existsSync(told.message.replace(/^.* it is kept at /u, ""))).toBe(true);
    const after = (await sandbox.run(["doctor", "--json"])).json().findings;
    expect(after.filter(({ severity }: { severity: string }) => severity === "error")).toEqual([]);
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("is STATE_UNREADABLE, exit 1, where it is read, and nothing elsewhere [R-FAULT-45]", async () => {
    const { sandbox, state } = await installed();
    writeFileSync(state, "{");
    for (const args of [["apply"], ["plan"], ["update"], ["clean"], ["remove", "notes"]]) {
      const { code, json } = await sandbox.run([...args, "--json"]);
      expect([args, code, json().error.code]).toEqual([args, 1, "STATE_UNREADABLE"]);
      expect(json().error.hint).toContain("`eden-skills repair`");
    }
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain('id = "notes"');
    for (const args of [["list"], ["outdated"], ["audit"], ["config", "export"], ["history"]])
      expect([args, (await sandbox.run(args)).code]).toEqual([args, 0]);
    expect(readFileSync(state, "utf8")).toBe("{");
  });

  it("of a newer version is left where it is [R-FAULT-45]", async () => {
    const { sandbox, state } = await installed();
    writeFileSync(state, '{"version":2,"targets":[]}');
    const [finding] = (await sandbox.run(["doctor", "--json"])).json().findings;
    expect(finding).toMatchObject({ code: "STATE_UNREADABLE", remediation: "Update eden-skills." });
    const repair = await sandbox.run(["repair", "--json"]);
    expect([repair.code, repair.json().error.code]).toEqual([1, "STATE_UNREADABLE"]);
    expect(existsSync(state)).toBe(true);
  });
});
