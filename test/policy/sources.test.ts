import { existsSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { policyCheckSchema } from "../../src/cli/views/output-schemas.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Two repositories, each with one skill of its name. */
async function twoRepositories() {
  const sandbox = use.sandbox();
  const [good, evil] = await Promise.all(
    ["good", "evil"].map(async (name) => {
      const repo = await createRepository(join(sandbox.root, `${name}.git`), {
        files: { "SKILL.md": skillText(name) },
      });
      return { dir: repo.dir, url: `file://${repo.dir}` };
    }),
  );
  if (good === undefined || evil === undefined) throw new Error("two repositories");
  const skills = [
    { id: "good", repo: good.url },
    { id: "evil", repo: evil.url },
  ];
  const write = (policy: string) => sandbox.writeManifest(manifestOf(skills, `scope = "global"\n${policy}`));
  return { sandbox, good, evil, write, claude: join(sandbox.home, ".claude/skills") };
}

function writeFile(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const machineFile = (sandbox: Sandbox) => join(sandbox.home, ".eden-skills/policy.toml");

/** The diagnostic of one skill in a report. */
function deniedIn(report: any, id: string) {
  const skill = report.skills.find((one: { id: string }) => one.id === id);
  return { status: skill.status, ...skill.diagnostics[0] };
}

const nameOf = (dir: string) => `file:${dir.replace(/\.git$/u, "")}`;

describe("sources", () => {
  it("denies a repository before it is fetched, and installs the others; the message names rule, file and line [R-POLICY-01] [R-POLICY-05]", async () => {
    const { sandbox, evil, write, claude } = await twoRepositories();
    write(`[policy.sources]\ndeny = ["${nameOf(evil.dir)}"]`);
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(1);
    const denied = deniedIn(result.json(), "evil");
    expect(denied).toMatchObject({ status: "failed", code: "POLICY_DENIED", stage: "policy" });
    expect(denied.message).toContain("rule sources");
    expect(denied.message).toContain(`${sandbox.manifestPath}:4)`);
    expect([existsSync(join(claude, "good")), existsSync(join(claude, "evil"))]).toEqual([true, false]);
    expect(
      JSON.stringify(await import("node:fs").then((fs) => fs.readdirSync(join(sandbox.storage, "mirrors")))),
    ).not.toContain("evil");
  });

  it("allows only what each file allows: the manifest, its team file, the machine [R-POLICY-02]", async () => {
    const { sandbox, good, evil, write } = await twoRepositories();
    const team = writeFile(
      join(sandbox.root, "team/policy.toml"),
      `version = 1\n[sources]\nallow = ["file:${sandbox.root}"]\n`,
    );
    write(`[policy]\nextends = "../team/policy.toml"\n[policy.sources]\nallow = ["**", "file:"]`);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFile(team, `version = 1\n[sources]\nallow = ["${nameOf(good.dir)}"]\n`);
    const byTeam = await sandbox.run(["apply", "--json"]);
    expect([byTeam.code, deniedIn(byTeam.json(), "evil").message]).toEqual([1, expect.stringContaining(`${team}:3)`)]);
    const machine = writeFile(machineFile(sandbox), `version = 1\n\n[sources]\ndeny = ["${nameOf(good.dir)}"]\n`);
    const byMachine = await sandbox.run(["apply", "--json"]);
    expect(deniedIn(byMachine.json(), "good").message).toContain(`${machine}:4)`);
    expect(deniedIn(byMachine.json(), "evil").code).toBe("POLICY_DENIED");
    expect(evil.url).not.toBe(good.url);
  });

  it("leaves an installed skill that is denied now, and reports it in plan and doctor [R-POLICY-06]", async () => {
    const { sandbox, evil, write, claude } = await twoRepositories();
    write("");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFile(machineFile(sandbox), `version = 1\n[sources]\ndeny = ["${nameOf(evil.dir)}"]\n`);
    const again = await sandbox.run(["apply", "--json"]);
    expect([again.code, deniedIn(again.json(), "evil").code]).toEqual([1, "POLICY_DENIED"]);
    expect(lstatSync(join(claude, "evil")).isSymbolicLink()).toBe(true);
    const plan = (await sandbox.run(["plan", "--json"])).json();
    expect(plan.find((row: { skill_id: string }) => row.skill_id === "evil")).toMatchObject({
      action: "noop",
      reasons: [expect.stringContaining("POLICY_DENIED")],
    });
    const doctor = (await sandbox.run(["doctor", "--json"])).json();
    expect(doctor.findings).toContainEqual(expect.objectContaining({ code: "POLICY_DENIED", skill_id: "evil" }));
    expect((await sandbox.run(["remove", "evil"])).code).toBe(0);
    expect(existsSync(join(claude, "evil"))).toBe(false);
  });

  it("denies with every command that installs or fetches [R-POLICY-07]", async () => {
    const { sandbox, evil, good, write } = await twoRepositories();
    write("");
    await sandbox.run(["apply"]);
    writeFile(machineFile(sandbox), `version = 1\n[sources]\nallow = ["${nameOf(good.dir)}"]\n`);
    for (const command of [["apply", "--frozen"], ["update"], ["warm"], ["repair"]]) {
      const result = await sandbox.run([...command, "--json"]);
      expect(deniedIn(result.json(), "evil"), command.join(" ")).toMatchObject({ code: "POLICY_DENIED" });
    }
    const install = await sandbox.run(["install", evil.url, "--yes", "--json", "--target", "cursor"]);
    expect([install.code, install.json().error.code]).toEqual([1, "POLICY_DENIED"]);
    const outdated = (await sandbox.run(["outdated", "--json"])).json();
    expect(outdated.skills.find((one: { id: string }) => one.id === "evil")).toMatchObject({
      status: "unreachable",
      message: expect.stringContaining("rule sources"),
    });
    const fresh = sandbox.writeManifest(
      `version = 1\n[[collections]]\nrepo = "${evil.url}"\ntargets = ["claude-code"]\n`,
      "other/skills.toml",
    );
    const collection = await sandbox.run(["apply", "--json", "--config", fresh]);
    expect(collection.code).toBe(1);
    expect(collection.json().diagnostics).toContainEqual(expect.objectContaining({ code: "POLICY_DENIED" }));
  });

  it("is invalid as a whole when a rule is mistyped, in each file [R-POLICY-03]", async () => {
    const { sandbox, write } = await twoRepositories();
    write('[policy.sources]\ndenny = ["github.com"]');
    const manifest = await sandbox.run(["apply", "--json"]);
    expect([manifest.code, manifest.json().error.code]).toEqual([2, "UNKNOWN_KEY"]);
    write('[policy]\nextends = "nowhere.toml"');
    const missing = await sandbox.run(["apply", "--json"]);
    expect([missing.code, missing.json().error.code]).toEqual([2, "INVALID_POLICY"]);
    write("");
    const file = writeFile(
      machineFile(sandbox),
      'version = 1\n[sources]\nallow = ["https://github.com/acme"]\nnone = 1\n',
    );
    const machine = await sandbox.run(["apply", "--json"]);
    const messages = machine.json().error.problems.map(({ message }: { message: string }) => message);
    expect([machine.code, machine.json().error.code]).toEqual([2, "INVALID_POLICY"]);
    expect(messages).toContainEqual(expect.stringContaining(`${file}:3: sources.allow[0]`));
    expect(messages).toContainEqual(expect.stringContaining(`${file}:4: sources.none`));
  });

  it("notices a new or changed policy file although nothing else has changed [R-POLICY-08]", async () => {
    const { sandbox, evil, write } = await twoRepositories();
    write("");
    for (let run = 0; run < 3; run++) expect((await sandbox.run(["apply"])).code).toBe(0);
    writeFile(machineFile(sandbox), `version = 1\n[sources]\ndeny = ["${nameOf(evil.dir)}"]\n`);
    expect((await sandbox.run(["apply"])).code).toBe(1);
  });

  it("does not restore a denied skill by a rollback [R-POLICY-07]", async () => {
    const { sandbox, evil, good, write, claude } = await twoRepositories();
    write("");
    await sandbox.run(["apply"]);
    await sandbox.run(["remove", "evil"]);
    writeFile(machineFile(sandbox), `version = 1\n[sources]\nallow = ["${nameOf(good.dir)}"]\n`);
    const result = await sandbox.run(["rollback", "--json"]);
    expect([result.code, result.json().error.code]).toEqual([1, "POLICY_DENIED"]);
    expect([existsSync(join(claude, "evil")), evil.dir.length > 0]).toEqual([false, true]);
  });
});

describe("waivers", () => {
  const waiver = (expires: string) =>
    `[[waivers]]\nskill = "evil"\nrule = "sources"\nreason = "reviewed by Ann"\nexpires = "${expires}"\n`;

  it("waive a rule of their own file, and one of another file only if that allows it [R-POLICY-04]", async () => {
    const { sandbox, evil, write, claude } = await twoRepositories();
    const rules = `version = 1\n[sources]\ndeny = ["${nameOf(evil.dir)}"]\n`;
    const file = writeFile(machineFile(sandbox), rules);
    write(waiver("2999-01-01").replace("waivers", "policy.waivers"));
    expect((await sandbox.run(["apply"])).code).toBe(1);
    writeFile(file, rules.replace("version = 1", 'version = 1\nwaivable = ["sources"]'));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(existsSync(join(claude, "evil"))).toBe(true);
    const check = (await sandbox.run(["policy", "check", "evil", "--json"])).json();
    expect(check.skills[0].rules[0]).toMatchObject({ status: "waived", waiver: { reason: "reviewed by Ann" } });
    writeFile(file, rules);
    write(waiver("2999-01-01").replace("waivers", "policy.waivers"));
    const loosened = deniedIn((await sandbox.run(["apply", "--json"])).json(), "evil").message;
    expect(loosened).toContain(`(rule sources, ${file}:3)`);
    expect(loosened).toContain(
      `the waiver in ${sandbox.manifestPath}:3 does not count: \`waivable\` there has no "sources"`,
    );
    write("");
    writeFile(file, rules + waiver("2999-01-01"));
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("are an error when they have expired, and invalid without a reason [R-POLICY-04]", async () => {
    const { sandbox, evil, write } = await twoRepositories();
    const rules = `version = 1\n[sources]\ndeny = ["${nameOf(evil.dir)}"]\n`;
    const file = writeFile(machineFile(sandbox), rules + waiver("2020-01-01"));
    write("");
    for (const command of ["apply", "plan", "policy check"]) {
      const result = await sandbox.run([...command.split(" "), "--json"]);
      expect([result.code, result.json().error.code], command).toEqual([2, "WAIVER_EXPIRED"]);
      expect(result.json().error.message).toContain(`${file}:8`);
    }
    const whole = rules + waiver("2999-01-01");
    for (const [text, field] of [
      [whole.replace("reviewed by Ann", " "), "waivers[0].reason"],
      [whole.replace(/reason.*\n/u, ""), "waivers[0].reason"],
      [whole.replace(/expires.*\n/u, ""), "waivers[0].expires"],
      [whole.replace("2999-01-01", "2999-02-30"), "waivers[0].expires"],
    ] as const) {
      writeFile(file, text);
      const { error } = (await sandbox.run(["apply", "--json"])).json();
      expect([error.code, error.message], text).toEqual(["INVALID_POLICY", expect.stringContaining(field)]);
    }
  });
});

describe("policy check", () => {
  it("explains each skill: the rules that allow and deny it, with file and line [R-POLICY-09]", async () => {
    const { sandbox, good, evil, write } = await twoRepositories();
    write(`[policy.sources]\nallow = ["${nameOf(good.dir)}"]`);
    const result = await sandbox.run(["policy", "check", "--json"]);
    const report = result.json();
    expect(policyCheckSchema.parse(report)).toEqual(report);
    expect(result.code).toBe(3);
    expect(report.summary).toEqual({ skills: 2, allowed: 1, denied: 1, waived: 0, undecided: 0 });
    expect(report.skills[1]).toMatchObject({
      id: "evil",
      status: "denied",
      rules: [{ rule: "sources", status: "denied", origin: "manifest", file: sandbox.manifestPath, line: 4 }],
    });
    const text = await sandbox.run(["policy", "check"]);
    expect(text.stdout).toContain(`no entry of \`allow\` matches ${nameOf(evil.dir)}`);
    expect((await sandbox.run(["policy", "check", "good"])).code).toBe(0);
    write("");
    expect((await sandbox.run(["policy", "check"])).stdout).toContain("there is no policy");
    expect((await sandbox.run(["schema", "policy"])).json()).toMatchObject({ title: "eden-skills policy" });
  });
});
