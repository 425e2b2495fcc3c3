// Makes the pictures of README from real runs: a terminal as SVG, and the HTML report as PNG where there is Chromium.
// Usage: npm run pictures
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import { chromium } from "playwright-core";
import { cgi } from "./smart-http.mjs";
import { svgOf } from "./terminal-svg.mjs";

const project = fileURLToPath(new URL("..", import.meta.url));
const program = join(project, "dist", "main.cjs");
const pictures = join(project, "docs", "pictures");
const repositories = {
  "acme/git-craft": ["commit-messages", "changelog-keeper", "release-checklist"],
  "acme/operations": ["log-triage", "schema-migrations", "shell-safety"],
  "studio/api": ["api-review"],
  "studio/data": ["csv-inspector"],
  "studio/writing": ["localized-text", "diagram-style"],
};

const root = realpathSync(mkdtempSync(join(tmpdir(), "eden-pictures-")));
const home = join(root, "home");
const env = { PATH: process.env.PATH, HOME: home, TMPDIR: root, LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" };
const size = { columns: 92, rows: 24 };
/** What the server answers to a repository first, instead of its content. */
const refusals = new Map([["studio/data", 503]]);

const certificate = join(project, "fixtures", "tls", "certificate.pem");
const tls = { cert: readFileSync(certificate), key: readFileSync(certificate.replace("certificate.pem", "key.pem")) };
const server = createServer(tls, (request, response) => void answer(request, response).catch(() => response.destroy()));
try {
  mkdirSync(home);
  for (const [name, skills] of Object.entries(repositories)) publish(name, skills);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${server.address().port}`;
  writeFileSync(
    join(home, ".gitconfig"),
    `[http]\n\tsslCAInfo = ${certificate}\n[url "${url}/"]\n\tinsteadOf = https://github.com/\n`,
  );
  writeFileSync(join(home, "skills.toml"), manifest());
  mkdirSync(pictures, { recursive: true });
  await pictureOfRuns();
  await pictureOfReport();
} finally {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
}

/** The live area in the middle of a first run, its result, and a second run. */
async function pictureOfRuns() {
  const first = await onTerminal(["apply"]);
  const second = await onTerminal(["apply"]);
  const busiest =
    first.frames
      .filter((rows) => text(rows).includes("Syncing"))
      .toSorted(byActive)
      .at(-1) ?? [];
  const command = [cellsOf("$ eden-skills apply")];
  const blank = [[]];
  const rows = [...command, ...busiest, ...blank, ...command, ...first.end, ...blank, ...command, ...second.end];
  writeFileSync(join(pictures, "run.svg"), svgOf(rows, { columns: size.columns, title: "eden-skills apply" }));
  console.log(text(rows));
}

/** Prefers frames that have finished repositories, active ones and a retry. */
function byActive(one, other) {
  const score = (rows) => {
    const has = (pattern) => (pattern.test(text(rows)) ? 1 : 0);
    return 4 * has(/[1-4] of 5/u) + 3 * has(/retry/u) + 2 * has(/KiB/u) + rows.length / 10;
  };
  return score(one) - score(other);
}

/** The page of a run with a failure. */
async function pictureOfReport() {
  const browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
  if (browser === undefined) return void console.warn("no Chromium: docs/pictures/report.png stays as it is");
  for (const name of [".eden-skills", ".claude", ".agents"]) rmSync(join(home, name), { recursive: true, force: true });
  refusals.set("studio/api", 404).set("studio/data", 503);
  rmSync(join(home, "skills.lock"), { force: true });
  writeFileSync(join(home, "skills.toml"), manifest());
  await onTerminal(["apply", "--report", "run.html"]);
  const isRoot = process.getuid?.() === 0;
  const chrome = await chromium.launch({ executablePath: browser, chromiumSandbox: !isRoot });
  const page = await chrome.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: "light" });
  await page.goto(`file://${join(home, "run.html")}`);
  await page.screenshot({ path: join(pictures, "report.png") });
  await chrome.close();
}

/** Runs the program on a pseudo terminal. Returns each screen, and everything at the end. */
async function onTerminal(args) {
  const { columns, rows } = size;
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const script = join(project, "test", "helpers", "pseudo-terminal.py");
  const child = spawn("python3", [script, columns, rows, process.execPath, program, ...args].map(String), {
    cwd: home,
    env: { ...env, TERM: "xterm-256color" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const frames = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { data } = JSON.parse(line);
    if (data === undefined) continue;
    await new Promise((resolve) => terminal.write(Buffer.from(data, "base64"), resolve));
    frames.push(rowsOf(terminal));
  }
  return { frames, end: rowsOf(terminal) };
}

/** The rows of a terminal as cells: character, colour, weight. */
function rowsOf(terminal) {
  const buffer = terminal.buffer.active;
  const rows = [];
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    const cells = [];
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line.getCell(x);
      cells.push({
        text: cell.getChars() || " ",
        colour: cell.isFgDefault() ? null : cell.getFgColor(),
        isBold: cell.isBold() !== 0,
        isDim: cell.isDim() !== 0,
      });
    }
    while (cells.at(-1)?.text === " ") cells.pop();
    rows.push(cells);
  }
  while (rows.at(-1)?.length === 0) rows.pop();
  while (rows[0]?.length === 0) rows.shift();
  return rows;
}

function cellsOf(line) {
  return [...line].map((character) => ({ text: character, colour: null, isBold: true, isDim: false }));
}

function text(rows) {
  return rows.map((cells) => cells.map((cell) => cell.text).join("")).join("\n");
}

async function answer(request, response) {
  const name = Object.keys(repositories).find((one) => request.url.startsWith(`/${one}`));
  await sleep(250 + 60 * Object.keys(repositories).indexOf(name));
  const status = refusals.get(name);
  if (status === undefined) return await cgi(request, response, join(root, "served"));
  if (status === 503) refusals.delete(name);
  response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}

function publish(name, skills) {
  const work = join(root, "work", name);
  for (const skill of skills)
    cpSync(join(project, "fixtures", "skills", skill), join(work, "skills", skill), {
      recursive: true,
      verbatimSymlinks: true,
    });
  const bare = join(root, "served", `${name}.git`);
  const identity = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"];
  git("init", "--quiet", "--initial-branch=main", work);
  git("-C", work, "add", "--all");
  git("-C", work, ...identity, "commit", "--quiet", "--message", `Skills of ${name}`);
  git("clone", "--quiet", "--bare", work, bare);
  git("-C", bare, "config", "uploadpack.allowFilter", "true");
}

function git(...args) {
  execFileSync("git", args, { env, stdio: ["ignore", "ignore", "inherit"] });
}

function manifest() {
  const skills = Object.entries(repositories).flatMap(([name, ids]) =>
    ids.map((id) => `[[skills]]\nid = "${id}"\nsource = "${name}/skills/${id}"\n`),
  );
  return `version = 1\n\n[defaults]\ntargets = ["claude-code", "cursor"]\n\n${skills.join("\n")}`;
}
