import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { hostileRepository } from "../corpus/hostile-repositories.js";
import { HOLDOUT } from "../corpus/hostile-holdout.js";
import { TUNED } from "../corpus/hostile-tuned.js";
import { startOnTerminal } from "../helpers/pseudo-terminal.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const PROGRAM = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** The long form installs all of them, each in every surrounding. */
const IS_LONG = process.env["EDEN_FAULTS"] === "all";
const SKILLS = [...TUNED, ...HOLDOUT].slice(0, IS_LONG ? Infinity : 65);

const BUILD_SERVERS: Record<string, string>[] = [
  {},
  { GITHUB_ACTIONS: "true", CI: "true" },
  { TF_BUILD: "True" },
  { TEAMCITY_VERSION: "2024.1" },
];

// oxlint-disable-next-line no-control-regex -- what must not be there
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u{e0000}-\u{e007f}]/u;
/** On a terminal the program itself writes colours, moves the cursor and clears lines, and nothing else. */
// oxlint-disable-next-line no-control-regex -- what it may write
const OWN_SEQUENCES = /\u001b\[(?:[0-9;]*[mABCDEFGHJK]|\?(?:25|7|2026)[hl])|\r/gu;
const COMMANDS =
  /^\s*::(?!(?:error|warning|notice) (?:file=skills\.toml,(?:line=\d+,)?)?title=[A-Z_]+::)|##(?:\[|vso\[|teamcity\[)/mu;

it(`${SKILLS.length} hostile repositories, installed one by one, change nothing outside their skills, run nothing, and print nothing that is obeyed [R-THREAT-56] [R-THREAT-42] [R-THREAT-43] [R-THREAT-66]`, async () => {
  const sandbox = use.sandbox();
  const canary = join(sandbox.root, "canary");
  const repositories = await Promise.all(
    SKILLS.map((skill, number) => hostileRepository(join(sandbox.root, "served"), skill, number, canary)),
  );
  aHome(sandbox, canary);
  sandbox.writeManifest('version = 1\nscope = "global"\n');
  const before = snapshot(sandbox);
  const problems: string[] = [];
  const judge = (what: string, text: string) => {
    for (const pattern of [OBEYED, COMMANDS]) {
      const found = pattern.exec(text);
      if (found !== null) problems.push(`${what} prints ${JSON.stringify(text.slice(found.index, found.index + 80))}`);
    }
  };
  const expected: string[] = [];
  for (const [number, { id, attack, url, isRefused }] of repositories.entries()) {
    const what = `${id} with ${attack}`;
    if (!isRefused) expected.push(id);
    const args = ["install", url, "--all", "--target", "claude-code", "--retries", "0"];
    for (const env of IS_LONG ? BUILD_SERVERS : [BUILD_SERVERS[number % BUILD_SERVERS.length]]) {
      const { code, stdout, stderr } = await sandbox.run(args, { env: env ?? {} });
      if ((code === 0) === isRefused) problems.push(`${what} ends with ${code}: ${(stdout + stderr).slice(0, 300)}`);
      judge(what, `${stdout}\n${stderr}`);
    }
    if (IS_LONG || number % 16 === 1) judge(`${what} on a terminal`, await onTerminal(sandbox, [...args, "--yes"]));
  }
  for (const args of [["list"], ["audit"], ["doctor"], ["show", expected[1] ?? ""]])
    judge(args.join(" "), await onTerminal(sandbox, args));
  expect(problems).toEqual([]);
  expect(readdirSync(join(sandbox.home, ".claude/skills")).toSorted()).toEqual(expected.toSorted());
  expect(snapshot(sandbox)).toEqual(before);
  expect(readdirSync(sandbox.root)).not.toContain("canary");
}, 900_000);

/** What a user has at home, with git set up so that a checkout would run programs. */
function aHome({ home, project }: Sandbox, canary: string): void {
  for (const path of [".ssh", ".claude", ".config"]) mkdirSync(join(home, path));
  writeFileSync(join(home, ".ssh/authorized_keys"), "mine\n");
  writeFileSync(join(home, ".ssh/id_ed25519"), "mine\n");
  writeFileSync(join(home, ".bashrc"), "mine\n");
  writeFileSync(join(home, ".claude/settings.json"), "{}\n");
  writeFileSync(join(project, "mine.txt"), "mine\n");
  const programs = ["evil", "lfs"].map(
    (name) => `[filter "${name}"]\nsmudge = touch ${canary}\nprocess = touch ${canary}\n`,
  );
  writeFileSync(join(home, ".gitconfig"), `${programs.join("")}[protocol "ext"]\nallow = always\n`);
}

/** Every file of home and project with its content, without the storage, the skills, manifest and lockfile. */
function snapshot({ root, home, project, storage, manifestPath, lockfilePath }: Sandbox): Record<string, string> {
  const own = new Set([storage, join(home, ".claude/skills"), manifestPath, lockfilePath]);
  const seen: Record<string, string> = {};
  const walk = (directory: string): void => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      const stats = lstatSync(path);
      if (own.has(path)) continue;
      const mode = stats.mode.toString(8);
      if (stats.isDirectory()) walk(path);
      else seen[relative(root, path)] = `${mode} ${stats.isFile() ? readFileSync(path, "latin1") : readlinkSync(path)}`;
    }
  };
  for (const directory of [home, project]) walk(directory);
  return seen;
}

/** What the program writes to a terminal, without its own sequences. */
async function onTerminal(sandbox: Sandbox, args: readonly string[]): Promise<string> {
  const terminal = startOnTerminal([process.execPath, PROGRAM, ...args], {
    columns: 100,
    rows: 30,
    cwd: sandbox.project,
    env: sandbox.environment(),
  });
  const { shown } = await terminal.finished;
  return shown
    .map(({ data }) => data)
    .join("")
    .replaceAll(OWN_SEQUENCES, "");
}
