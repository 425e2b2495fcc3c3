// A tour of eden-skills that needs no network and leaves nothing behind: git repositories created from fixtures/skills, served
// over HTTP on this machine, installed into three agents of an empty home directory, twice.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cgi } from "./smart-http.mjs";

const project = fileURLToPath(new URL("..", import.meta.url));
const program = join(project, "dist", "main.cjs");
const agents = ["claude-code", "cursor", "codex"];
const repositories = {
  "acme/git-craft": ["commit-messages", "changelog-keeper", "release-checklist"],
  "acme/operations": ["log-triage", "schema-migrations", "shell-safety"],
  "studio/writing": ["localized-text", "diagram-style"],
  "studio/data": ["csv-inspector"],
};

const root = realpathSync(mkdtempSync(join(tmpdir(), "eden-demo-")));
const home = join(root, "home");
const served = join(root, "served");
const environment = {
  PATH: process.env.PATH,
  HOME: home,
  TMPDIR: root,
  LANG: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  ...(process.env.NO_COLOR === undefined ? {} : { NO_COLOR: process.env.NO_COLOR }),
};

let server;
let child;
let interrupted;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    interrupted = signal;
    child?.kill(signal);
  });
}

try {
  await tour();
} catch (error) {
  console.error(`\n${interrupted ? "Interrupted." : `The demo failed: ${error.message}`}`);
  process.exitCode = 1;
} finally {
  server?.closeAllConnections();
  server?.close();
  rmSync(root, { recursive: true, force: true });
  if (interrupted) process.exitCode = interrupted === "SIGINT" ? 130 : 143;
}

async function tour() {
  if (!existsSync(program)) throw new Error("dist/main.cjs is missing; build it first: npm run build");
  mkdirSync(home);

  say("1. Somebody publishes skills: a few git repositories");
  for (const [name, skills] of Object.entries(repositories)) {
    publish(name, skills);
    console.log(`   ${name}.git  ${skills.join(", ")}`);
  }
  const url = await serve();

  say(
    `2. A team writes skills.toml once: ${Object.values(repositories).flat().length} skills, ${agents.length} agents`,
  );
  writeFileSync(join(home, "skills.toml"), manifest(url));
  console.log(indented(manifest(url).split("\n").slice(0, 14).join("\n")), "\n   …");

  say("3. On a new machine: eden-skills apply");
  const first = await apply("first");

  say("4. What the agents now find in the home directory");
  listing(home);
  const [agentDirectory] = agentDirectories(home);
  console.log("\n   one of the skills, as an agent reads it:");
  if (agentDirectory) files(join(agentDirectory, "commit-messages"), "   ");

  say("5. Once more: eden-skills apply");
  const second = await apply("second");

  say("Summary");
  summary("first run ", first);
  summary("second run", second);
  const changed = second.summary.install.create + second.summary.install.update;
  if (changed > 0) throw new Error(`the second run changed ${changed} targets; it should have found nothing to do`);
  console.log("\n   Everything was removed again. The same with your own repositories: skills.toml.example\n");
}

function publish(name, skills) {
  const work = join(root, "work", name);
  for (const skill of skills) {
    cpSync(join(project, "fixtures", "skills", skill), join(work, "skills", skill), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const identity = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"];
  git("init", "--quiet", "--initial-branch=main", work);
  git("-C", work, "add", "--all");
  git("-C", work, ...identity, "commit", "--quiet", "--message", `Skills of ${name}`);
  git("clone", "--quiet", "--bare", work, join(served, `${name}.git`));
  git("-C", join(served, `${name}.git`), "config", "uploadpack.allowFilter", "true");
}

function git(...args) {
  execFileSync("git", args, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
}

async function serve() {
  server = createServer((request, response) => {
    cgi(request, response, served).catch(() => response.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

function manifest(url) {
  const lines = ["version = 1", 'scope = "global"', ""];
  for (const [name, skills] of Object.entries(repositories)) {
    for (const skill of skills) {
      lines.push("[[skills]]", `id = "${skill}"`);
      lines.push("[skills.source]", `repo = "${url}/${name}.git"`, `subpath = "skills/${skill}"`);
      for (const agent of agents) lines.push("[[skills.targets]]", `agent = "${agent}"`);
      lines.push("");
    }
  }
  return lines.join("\n");
}

/** Runs the program, shows its output, and returns its report. */
async function apply(name) {
  const report = join(root, `${name}.json`);
  if (interrupted) throw new Error("interrupted");
  child = spawn(process.execPath, [program, "apply", "--report", report], {
    cwd: home,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => process.stdout.write(text.replace(/^(?=.)/gmu, "   ")));
  }
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal));
  });
  child = undefined;
  if (code !== 0) throw new Error(`eden-skills apply ended with ${code}`);
  return JSON.parse(readFileSync(report, "utf8"));
}

function summary(name, report) {
  const { skills, repositories: count, sync, install } = report.summary;
  console.log(`   ${name}  ${String(report.elapsed_ms).padStart(5)} ms  ${skills} skills of ${count} repositories:`);
  console.log(`               sync     ${counts(sync)}`);
  console.log(`               install  ${counts(install)}`);
}

function counts(numbers) {
  const some = Object.entries(numbers).filter(([, value]) => value > 0);
  return some.length === 0 ? "nothing to do" : some.map(([key, value]) => `${key} ${value}`).join(", ");
}

/** The directories that contain skills, except those of the store. */
function agentDirectories(dir) {
  const names = readdirSync(dir).filter((name) => name !== ".eden-skills");
  if (names.some((name) => existsSync(join(dir, name, "SKILL.md")))) return [dir];
  return names.flatMap((name) => (lstatSync(join(dir, name)).isDirectory() ? agentDirectories(join(dir, name)) : []));
}

/** Shows the first directory in full; one with the same links is only counted. */
function listing(dir) {
  let shown;
  for (const directory of agentDirectories(dir)) {
    const names = readdirSync(directory).toSorted();
    const lines = names.map((name) => `     ${name}${arrow(join(directory, name))}`).join("\n");
    const same = lines === shown;
    console.log(`   ${directory.replace(home, "~")}/${same ? `  the same ${names.length}` : `\n${lines}`}`);
    shown ??= lines;
  }
}

function files(dir, indent) {
  for (const name of readdirSync(dir).toSorted()) {
    const path = join(dir, name);
    const stat = lstatSync(path);
    console.log(`${indent}  ${name}${stat.isDirectory() ? "/" : ""}${arrow(path)}`);
    if (stat.isDirectory()) files(path, `${indent}  `);
  }
}

function arrow(path) {
  if (!lstatSync(path).isSymbolicLink()) return "";
  const shortened = readlinkSync(path)
    .replace(home, "~")
    .replace(/[0-9a-f]{36,}/u, (id) => `${id.slice(0, 8)}…`);
  return `  →  ${shortened}`;
}

function say(text) {
  console.log(`\n${text}\n`);
}

function indented(text) {
  return text.replaceAll(/^(?=.)/gmu, "   ");
}
