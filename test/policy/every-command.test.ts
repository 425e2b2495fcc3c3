import { cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../helpers/git-command.js";
import { createRepository } from "../helpers/git-repository.js";
import { startForge, type ForgeServer } from "../helpers/forge-server.js";
import type { HttpRemote } from "../helpers/http-remote.js";
import { skillText } from "../helpers/manifest-of.js";
import { createRegistry } from "../helpers/registry.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox(afterAll);

const MANIFEST = (url: string, good: string) => `version = 1
[defaults]
targets = ["claude-code"]
[registries.official]
url = "${url}/official.git"
[[skills]]
id = "good"
source = "${good}"
[[skills]]
id = "evil"
source = "${url}/evil/one.git//evil"
[[skills]]
id = "renamed"
source = "${url}/evil/one.git//named"
[skills.alias]
name = "renamed"
[[skills]]
id = "ops"
groups = ["ops"]
source = "${url}/evil/one.git//ops"
[[skills]]
name = "pdf-forms"
version = "^1.0"
[[collections]]
repo = "${url}/evil/many.git"
`;

/** The denied skills: a plain one, that of a collection, of a group, of a registry, and an alias. */
const ALL = ["evil", "many", "ops", "pdf-forms", "renamed"];
/** Those of a machine that removed the alias before the policy came. */
const KEPT = ALL.filter((id) => id !== "renamed");

let sandbox: Sandbox;
let remote: HttpRemote;
let forge: ForgeServer;
let bundle: string;
/** Two machines with all skills installed before the policy came; one works on a clone of `evil`. */
let machines: Record<"installed" | "developing", Machine>;

type Machine = ReturnType<typeof machineOf>;

/** A machine with a copy of the project. */
function machineOf(name: string, files: readonly string[]) {
  const [home, project] = [join(sandbox.root, name, "home"), join(sandbox.root, name, "project")];
  for (const dir of [join(home, ".eden-skills"), project]) mkdirSync(dir, { recursive: true });
  for (const file of files) cpSync(join(sandbox.project, file), join(project, file));
  const policy = join(home, ".eden-skills/policy.toml");
  const deny = () => {
    writeFileSync(policy, `version = 1\n[sources]\ndeny = ["127.0.0.1:${new URL(remote.url).port}/evil"]\n`);
  };
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const result = await sandbox.run([...args, "--json"], { cwd: project, env: { HOME: home, ...env } });
    return { code: result.code, report: result.json(), stderr: result.stderr };
  };
  const targets = [project, home].map((dir) => join(dir, ".claude/skills"));
  const target = (id: string) => targets.map((dir) => join(dir, id)).find((path) => existsSync(path)) ?? null;
  const installed = () => ALL.filter((id) => target(id) !== null);
  return { project, where: `(rule sources, ${policy}:3)`, deny, run, target, installed };
}

beforeAll(async () => {
  sandbox = use.sandbox();
  remote = await use.remote(sandbox);
  const served = async (path: string, files: Record<string, string>) =>
    await createRepository(join(sandbox.root, "served", path), { files });
  const texts = (...names: string[]) => Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const one = await served("evil/one.git", texts("evil", "named", "ops"));
  const many = await served("evil/many.git", texts("many"));
  const pdf = await served("evil/pdf.git", { "SKILL.md": skillText("pdf-forms") });
  await pdf.tag("v1.0.0");
  const versions = [{ version: "1.0.0", ref: "v1.0.0" }];
  await createRegistry(join(sandbox.root, "served/official.git"), {
    name: "Official",
    skills: [{ name: "pdf-forms", description: "Fills forms", repo: `${remote.url}/evil/pdf.git`, versions }],
  });
  const good = join(sandbox.root, "good");
  mkdirSync(good);
  writeFileSync(join(good, "SKILL.md"), skillText("good"));
  sandbox.writeManifest(MANIFEST(remote.url, good));
  const foreign = { evil: { source: `${remote.url}/evil/one.git`, sourceType: "git" } };
  writeFileSync(join(sandbox.project, "skills-lock.json"), JSON.stringify({ version: 1, skills: foreign }));
  const installed = machineOf("installed", ["skills.toml"]);
  expect((await installed.run(["apply"])).code).toBe(0);
  bundle = join(sandbox.root, "skills.tgz");
  expect((await installed.run(["warm", "--bundle", bundle])).code).toBe(0);
  cpSync(join(installed.project, "skills.lock"), sandbox.lockfilePath);
  const developing = machineOf("developing", ["skills.toml", "skills.lock"]);
  expect((await developing.run(["dev", "evil"])).code).toBe(0);
  await one.commit({ files: { "evil/SKILL.md": skillText("evil", "Newer.") } });
  await many.commit({ files: texts("more") });
  expect((await installed.run(["remove", "renamed"])).code).toBe(0);
  await git(["init", "--quiet", "--initial-branch=main"], { cwd: installed.project });
  await git(["add", "skills.toml", "skills.lock"], { cwd: installed.project });
  await git(["commit", "--quiet", "-m", "Skills"], { cwd: installed.project });
  const origin = await served("acme/project.git", {});
  await git(["push", "--quiet", origin.dir, "+main"], { cwd: installed.project });
  await git(["remote", "add", "origin", `${remote.url}/acme/project.git`], { cwd: installed.project });
  forge = await startForge("token", async () => await Promise.resolve(""));
  machines = { installed, developing };
}, 60_000);

afterAll(async () => await forge.close());

/** The skills whose entries in a document name the denying line; `-` for entries about no skill. */
function deniedIn(value: unknown, where: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (!JSON.stringify(value).includes(where)) return [];
  const { id, skill_id: skill, code, message } = value as Record<string, unknown>;
  const named = id ?? skill;
  if (typeof named === "string") return [named];
  if (code === "POLICY_DENIED" && typeof message === "string") return ["-"];
  return Object.values(value).flatMap((one) => deniedIn(one, where));
}

/** Each diagnostic of a document with the code of a denial. */
function messagesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { code, message } = value as Record<string, unknown>;
  const own = code === "POLICY_DENIED" && typeof message === "string" ? [message] : [];
  return [...own, ...Object.values(value).flatMap(messagesIn)];
}

interface Row {
  /** URL, BUNDLE and OUT are replaced. */
  command: string;
  /** Default: a machine that has the lockfile, and has never installed anything. */
  on?: "unlocked" | keyof typeof machines;
  env?: Record<string, string>;
  code: number;
  denied: readonly string[];
}

const error = { code: 1, denied: ["-"] };

const ROWS: Row[] = [
  { command: "apply", code: 1, denied: ALL },
  { command: "apply", on: "unlocked", code: 1, denied: ["-", "evil", "ops", "pdf-forms", "renamed"] },
  { command: "apply --frozen", code: 1, denied: ALL },
  { command: "apply --atomic", code: 1, denied: ALL },
  { command: "apply --isolated", code: 1, denied: ALL },
  { command: "apply --from-bundle BUNDLE", code: 1, denied: ALL },
  { command: "apply", env: { EDEN_SKILLS_GROUPS: "" }, code: 1, denied: ALL.filter((id) => id !== "ops") },
  { command: "plan", code: 0, denied: ALL },
  { command: "plan --check", on: "unlocked", code: 3, denied: ["evil", "ops", "renamed"] },
  // R-WARM-04: best effort, as long as one skill was fetched.
  { command: "warm", code: 0, denied: ALL },
  { command: "warm ops", env: { EDEN_SKILLS_GROUPS: "" }, code: 1, denied: ["ops"] },
  { command: "warm --bundle OUT", code: 1, denied: ALL },
  { command: "update", on: "unlocked", code: 1, denied: ["-", "evil", "ops", "pdf-forms", "renamed"] },
  { command: "outdated", on: "unlocked", code: 1, denied: ["COLLECTION", "evil", "ops", "pdf-forms", "renamed"] },
  { command: "repair", code: 1, denied: ALL },
  { command: "dev evil", ...error },
  { command: "install URL/evil/one.git --all", ...error },
  { command: "install URL/evil/one.git --list --isolated", ...error },
  { command: "show URL/evil/one.git", ...error },
  { command: "show evil", ...error },
  { command: "import skills-lock.json", code: 1, denied: ["evil"] },
  { command: "apply", on: "installed", code: 1, denied: KEPT },
  { command: "plan", on: "installed", code: 0, denied: KEPT },
  { command: "warm --bundle OUT", on: "installed", code: 1, denied: KEPT },
  { command: "update", on: "installed", code: 1, denied: ["-", ...KEPT] },
  { command: "update --dry-run", on: "installed", code: 1, denied: KEPT },
  { command: "outdated", on: "installed", code: 1, denied: KEPT },
  { command: "diff", on: "installed", code: 1, denied: KEPT },
  { command: "diff --upstream", on: "installed", code: 1, denied: KEPT },
  { command: "audit --diff", on: "installed", code: 1, denied: KEPT },
  { command: "propose --dry-run", on: "installed", code: 1, denied: KEPT },
  { command: "repair", on: "installed", code: 1, denied: KEPT },
  { command: "rollback", on: "installed", ...error },
  { command: "dev ops", on: "installed", ...error },
  { command: "apply", on: "developing", code: 1, denied: ALL },
  { command: "dev evil", on: "developing", ...error },
];

const titled = ROWS.map((row, index) => ({ ...row, index, title: `${row.command}, ${row.on ?? "locked"}` }));

describe("a denied source", () => {
  it.each(titled)("is refused without a request: $title [R-POLICY-05] [R-POLICY-06] [R-POLICY-07]", async (row) => {
    const { command, on = "locked", env = {}, index } = row;
    const files = ["skills.toml", "skills-lock.json", ...(on === "unlocked" ? [] : ["skills.lock"])];
    const machine = on === "installed" || on === "developing" ? machines[on] : machineOf(`row-${index}`, files);
    machine.deny();
    const before = machine.installed();
    remote.traffic.reset();
    const out = join(machine.project, "out.tgz");
    const words = command.replace("URL", remote.url).replace("BUNDLE", bundle).replace("OUT", out).split(" ");
    const api = { GITHUB_TOKEN: "token", GITHUB_API_URL: forge.url, GITHUB_REPOSITORY: "acme/project" };
    const { code, report } = await machine.run(words, { ...env, ...(command.startsWith("propose") && api) });
    const denied = row.denied.map((id) => id.replace("COLLECTION", `${remote.url}/evil/many.git`));
    expect({ code, denied: [...new Set(deniedIn(report, machine.where))].toSorted() }).toEqual({
      code: row.code,
      denied: denied.toSorted(),
    });
    for (const message of messagesIn(report)) expect(message).toContain(machine.where);
    expect(remote.traffic.log.filter(({ repository }) => repository.startsWith("evil"))).toEqual([]);
    expect([machine.installed(), existsSync(out)]).toEqual([before, false]);
  });

  it("leaves a clone that is already linked [R-POLICY-06]", () => {
    const { target, project } = machines.developing;
    expect(realpathSync(target("evil") ?? "")).toBe(join(project, "evil-dev/evil"));
  });

  it("is named in the warning of plan about a collection that is not locked [R-POLICY-05] [R-COLLECTION-11]", async () => {
    const machine = machineOf("planning", ["skills.toml"]);
    machine.deny();
    const { stderr } = await machine.run(["plan"]);
    expect(stderr).toMatch(/COLLECTION_UNRESOLVED.*POLICY_DENIED/u);
    expect(stderr).toContain("(rule sources, ~/.eden-skills/policy.toml:3)");
    expect(stderr).not.toContain("apply looks them up");
  });
});

describe("a team's file that cannot be fetched", () => {
  const commands = [
    "apply",
    "apply --isolated",
    "update",
    "warm",
    "repair",
    "outdated",
    "diff --upstream",
    "install SOURCE --all",
    "show SOURCE",
    "dev good",
  ];

  function projectOf(name: string, url: string) {
    const machine = machineOf(name, []);
    const manifest = `version = 1
[policy]
extends = "${url}/team.git//policy.toml"
[[skills]]
id = "good"
source = "${join(sandbox.root, "good")}"
targets = ["claude-code"]
`;
    writeFileSync(join(machine.project, "skills.toml"), manifest);
    remote.traffic.reset();
    return machine;
  }

  it("denies everything, with an error, where the connection is refused [R-POLICY-20]", async () => {
    const machine = projectOf("refused", "http://127.0.0.1:1");
    for (const command of commands) {
      const words = command.replace("SOURCE", `${remote.url}/evil/one.git`).split(" ");
      const { code, report } = await machine.run([...words, "--retries", "0"]);
      expect([code, report.error?.code], command).toEqual([1, "FETCH_NETWORK"]);
      expect(report.error.message).toMatch(/^the team's policy http:.*connection refused/u);
    }
    const plan = await machine.run(["plan"]);
    expect(plan.report).toMatchObject([
      { action: "conflict", reasons: expect.arrayContaining([expect.stringContaining("POLICY_DENIED")]) },
    ]);
    expect([remote.traffic.count(), machine.target("good")]).toEqual([0, null]);
  });

  it("denies everything, with an error, where the server never answers: timeout and deadline [R-POLICY-20]", async () => {
    remote.fail("team.git", { kind: "stall" });
    const machine = projectOf("silent", remote.url);
    for (const [command, expected, words] of [
      ["apply --timeout 300ms --retries 0", "FETCH_TIMEOUT", "not done within"],
      ["apply --deadline 300ms", "CANCELLED", "the deadline budget was exceeded"],
      ["warm --deadline 300ms", "CANCELLED", "the deadline budget was exceeded"],
    ] as const) {
      const { code, report } = await machine.run(command.split(" "));
      expect([code, report.error?.code], command).toEqual([1, expected]);
      expect(report.error.message).toContain(`the team's policy ${remote.url}/team.git//policy.toml: ${words}`);
    }
    expect(machine.target("good")).toBe(null);
  });
});
