import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionAt, actionRunner } from "../helpers/action-runner.js";
import { git } from "../helpers/git-command.js";
import { skillText } from "../helpers/manifest-of.js";
import { useProposals, type ProposalSetup } from "../helpers/proposal-world.js";

const setUp = useProposals(afterAll);
const HEAD = "eden-skills/update";

/** A machine of another member of the team: a home, and a clone of the team's repository. */
interface Member {
  home: string;
  clone: string;
  git(...args: string[]): Promise<unknown>;
  run(...args: string[]): ReturnType<ProposalSetup["sandbox"]["run"]>;
}

/** Each test is one step, and builds on those before it. */
describe("an update in a team", () => {
  let team: ProposalSetup;
  let mate: Member;
  let before: unknown;

  beforeAll(async () => {
    team = await setUp();
  });

  async function member(name: string): Promise<Member> {
    const { sandbox, origin } = team;
    const [home, clone] = [join(sandbox.root, name), join(sandbox.root, `${name}-clone`)];
    mkdirSync(home);
    await git(["clone", "--quiet", origin.dir, clone], { cwd: sandbox.root });
    return {
      home,
      clone,
      git: async (...args) => await git(args, { cwd: clone }),
      run: async (...args) => await sandbox.run(args, { cwd: clone, env: { HOME: home } }),
    };
  }

  /** What a build server does with a branch: `setup`, then `verify`. */
  async function verify(branch: string, machine: string) {
    const server = await member(machine);
    await server.git("checkout", "--quiet", branch);
    const place = { ...team.sandbox, project: server.clone };
    const [setup, action] = [actionAt("actions/setup/action.yml"), actionAt("actions/verify/action.yml")];
    await actionRunner(place, setup, { HOME: server.home })(setup.runs.steps[1]);
    const run = actionRunner(place, action, { HOME: server.home });
    const ended = [];
    for (const step of action.runs.steps.filter((one) => one.run !== undefined)) {
      const { exitCode, stdout, stderr } = await run(step);
      ended.push({ step: step.name, code: exitCode, text: stdout + stderr });
    }
    return ended;
  }

  /** What a machine has: its targets, and what manages them. */
  function machineOf({ home, clone }: Member) {
    const targets = join(home, ".claude/skills");
    return {
      targets: readdirSync(targets).map((id) => [id, readlinkSync(join(targets, id))]),
      files: readdirSync(join(targets, "one")),
      manifest: readFileSync(join(clone, "skills.toml"), "utf8"),
      lock: readFileSync(join(clone, "skills.lock"), "utf8"),
    };
  }

  it("begins with a policy that its file tightens [R-PR-17]", async () => {
    const { sandbox, origin, inProject } = team;
    const policy = 'version = 1\nwaivable = ["findings"]\ndeny_findings = ["EXECUTABLE"]\n';
    writeFileSync(join(sandbox.project, "team-policy.toml"), policy);
    appendFileSync(sandbox.manifestPath, '\n[policy]\nextends = "team-policy.toml"\n');
    expect((await sandbox.run(["policy", "check"])).code).toBe(0);
    // Which pins the file of the team.
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await inProject("add", "team-policy.toml", "skills.toml", "skills.lock");
    await inProject("commit", "--quiet", "-m", "Scripts need a waiver");
    await inProject("push", "--quiet", origin.dir, "main");
    mate = await member("mate");
    expect((await mate.run("apply", "--frozen")).code).toBe(0);
    before = machineOf(mate);
  });

  it("has an update that adds a script and a host, which no machine takes over by itself [R-PR-17]", async () => {
    const { sandbox, one } = team;
    await one.commit({
      files: {
        "SKILL.md": skillText("one", "Run `npx -y prettier`, then run.sh."),
        "run.sh": { content: "#!/bin/sh\ncurl -fsS https://metrics.example/report\n", executable: true },
      },
    });
    const lock = readFileSync(sandbox.lockfilePath, "utf8");
    const updated = await sandbox.run(["update"]);
    expect([updated.code, updated.stdout + updated.stderr]).toEqual([0, expect.stringContaining("POLICY_DENIED")]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lock);
    const preview = (await sandbox.run(["update", "--dry-run", "--json"])).json().skills[0];
    expect(preview).toMatchObject({
      status: "outdated",
      denied: expect.stringMatching(/\(rule findings, team-policy\.toml:3\)$/u),
      capabilities: { added: ["command: npx", "host: metrics.example", "script: run.sh (sh)"], removed: [] },
    });
  });

  it("arrives as a pull request that says what is new, and that the policy denies it [R-PR-03] [R-PR-17]", async () => {
    const { sandbox, forge, env } = team;
    const proposed = await sandbox.run(["propose", "--json", "--sarif", "new.sarif"], { env });
    expect(proposed.code, proposed.stderr).toBe(0);
    expect(proposed.json()).toMatchObject({
      sarif: join(sandbox.project, "new.sarif"),
      proposals: [{ action: "opened", pins: [{ id: "one", findings: [{ rule: "REMOTE_INSTRUCTIONS" }, {}, {}] }] }],
    });
    const [pull] = forge.held;
    const places = [
      "- **gains** `command: npx`\n- **gains** `host: metrics.example`\n- **gains** `script: run.sh (sh)`\n",
      "- **new finding, medium:** `REMOTE_INSTRUCTIONS SKILL.md:",
      "- **denied by policy**: `audit finds EXECUTABLE (info) in run.sh: an executable file (rule findings, team-policy.toml:3)`",
      "\n+curl -fsS https://metrics.example/report\n",
    ].map((text) => [text, pull?.body.indexOf(text) ?? -1] as const);
    for (const [text, place] of places) expect(place, `${text} in ${pull?.body}`).toBeGreaterThan(0);
    expect(places.map(([, place]) => place)).toEqual(places.map(([, place]) => place).toSorted((a, b) => a - b));
    const sarif = JSON.parse(readFileSync(join(sandbox.project, "new.sarif"), "utf8"));
    expect(sarif.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual([
      "REMOTE_INSTRUCTIONS",
      "EXECUTABLE",
      "HOSTS",
    ]);
  });

  it("is denied by the checks of the pull request, with rule, file and line [R-PR-15] [R-PR-17]", async () => {
    const [policy, install] = await verify(HEAD, "server");
    expect(policy).toMatchObject({ step: "Check the policy", code: 3 });
    expect(policy?.text).toMatch(/one.*\n.*findings.*team-policy\.toml:3/u);
    expect(install).toMatchObject({ step: "Install what is locked", code: 1 });
    expect(install?.text).toMatch(/POLICY_DENIED[\s\S]*\(rule findings, \S*team-policy\.toml:3\)/u);
    expect(existsSync(join(team.sandbox.root, "server/.claude/skills/one"))).toBe(false);
  });

  it("is waived with a reason and a date, and then passes; its branch is left to the team [R-PR-07] [R-PR-17]", async () => {
    const { sandbox, env } = team;
    const reviewer = await member("reviewer");
    await reviewer.git("checkout", "--quiet", HEAD);
    const waiver =
      '\n[[policy.waivers]]\nskill = "one"\nrule = "findings"\nreason = "read run.sh"\nexpires = "2999-12-31"\n';
    appendFileSync(join(reviewer.clone, "skills.toml"), waiver);
    await reviewer.git("commit", "--quiet", "--all", "-m", "one may have a script");
    await reviewer.git("push", "--quiet", "origin", HEAD);
    const steps = await verify(HEAD, "server-again");
    expect(
      steps.map(({ code }) => code),
      steps.map(({ text }) => text).join("\n"),
    ).toEqual([0, 0, 0]);
    expect((await sandbox.run(["propose"], { env })).code).toBe(3);
  });

  it("is merged, and a frozen apply installs it [R-PR-17]", async () => {
    const { forge } = team;
    const merger = await member("merger");
    await merger.git("merge", "--quiet", "--no-ff", "--no-edit", `origin/${HEAD}`);
    await merger.git("push", "--quiet", "origin", "main");
    for (const pull of forge.held) pull.state = "merged";
    await mate.git("pull", "--quiet", "--ff-only");
    const applied = await mate.run("apply", "--frozen");
    expect(applied.code, applied.stderr).toBe(0);
    expect(machineOf(mate)).toMatchObject({ files: ["SKILL.md", "run.sh"] });
  });

  it("is rolled back: the machine is as before [R-PR-17]", async () => {
    const rolled = await mate.run("rollback");
    expect(rolled.code, rolled.stderr).toBe(0);
    expect(machineOf(mate)).toEqual(before);
    expect((await mate.run("plan", "--check")).code).toBe(0);
    expect((await mate.run("apply", "--frozen", "--offline")).code).toBe(0);
  });
});
