import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeCollection, manifestFor } from "../../helpers/collection.js";
import type { HttpRemoteOptions } from "../../helpers/http-remote.js";
import { startOnTerminal, type OnTerminal, type TerminalResult } from "../../helpers/pseudo-terminal.js";
import { useSandbox } from "../../helpers/with-sandbox.js";

const PROGRAM = fileURLToPath(new URL("../../../dist/main.cjs", import.meta.url));
const use = useSandbox();
const hasPython = spawnSync("python3", ["-c", "import pty"]).status === 0;
if (!hasPython) console.warn("no python3: the tests on a pseudo terminal DO NOT RUN");

const CURSOR = "\u001b[?25";

/** A manifest with so many repositories, of which the second is missing and the third asks to wait. */
async function setUp(repositories: number, server: Partial<HttpRemoteOptions> = {}) {
  const sandbox = use.sandbox();
  const collection = await makeCollection({ root: join(sandbox.root, "served"), repositories, skills: repositories });
  const remote = await use.remote(sandbox, { latencyMs: 50, ...server });
  const [, missing = "", busy = ""] = collection.repositories.keys();
  remote.fail(missing, { kind: "status", status: 404 });
  remote.fail(busy, { kind: "status", status: 503, retryAfterSeconds: 1 }, { times: 1 });
  sandbox.writeManifest(manifestFor(collection, { baseUrl: remote.url }));
  const start = (args: readonly string[], columns: number, rows: number, env: Record<string, string> = {}) =>
    startOnTerminal([process.execPath, PROGRAM, ...args], {
      columns,
      rows,
      cwd: sandbox.project,
      env: sandbox.environment(env),
    });
  return { sandbox, remote, start };
}

/** What must be true of each run on a terminal. */
function expectClean({ shown, text, isCursorVisible }: TerminalResult): void {
  expect(isCursorVisible).toBe(true);
  const output = shown.map(({ data }) => data).join("");
  // Nothing of the area is left, neither on the screen nor above it.
  expect(text.filter((line) => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] |asking for refs|queued/u.test(line))).toEqual([]);
  // What stays is there once: no frame has pushed a row out of the screen.
  const missing = text.filter((line) => line.startsWith("✖ "));
  expect(new Set(missing).size).toBe(missing.length);
  // Every frame is whole, and hides the cursor only once.
  expect(output.split("\u001b[?2026h").length).toBe(output.split("\u001b[?2026l").length);
  expect(output.split(`${CURSOR}l`).length).toBe(output.split(`${CURSOR}h`).length);
}

/** The rows of the area on each screen that was shown. */
function areas({ shown }: Pick<OnTerminal, "shown">): string[][] {
  return shown.flatMap(({ screen }) => {
    const top = screen.findIndex((row) => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /u.test(row));
    return top === -1 ? [] : [screen.slice(top).filter((row) => row !== "")];
  });
}

describe.skipIf(!hasPython)("the live view on a terminal", () => {
  for (const [columns, rows] of [
    [80, 24],
    [140, 40],
    [80, 10],
    [80, 5],
    [20, 24],
  ] as const)
    it(`fits ${columns}x${rows}, names failures once and leaves nothing behind [R-PROGRESS-01] [R-PROGRESS-03] [R-PROGRESS-04]`, async () => {
      const { start } = await setUp(24);
      const result = await start(["apply"], columns, rows).finished;
      expect(result.code).toBe(1);
      expectClean(result);
      const frames = areas(result);
      expect(frames.length).toBeGreaterThan(3);
      expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(rows);
      expect(frames.flat().join("\n")).toMatch(/of 24/u);
      const text = result.text.join(" ");
      expect(text.match(/✖ team-02/gu)).toHaveLength(1);
      if (columns > 20 && rows > 5)
        expect(frames.flat().join("\n")).toMatch(/retry 1 of \d (?:in 1 s|waits its turn): server answered 503/u);
    }, 60_000);

  it("draws at most twelve frames a second, one after another [R-PROGRESS-05]", async () => {
    const { start } = await setUp(24, { latencyMs: 150 });
    const result = await start(["apply"], 80, 24).finished;
    expectClean(result);
    let output = "";
    for (const { at, data } of result.shown) {
      output += data;
      // One read may have several frames, or a piece of one; what is read late has been written before.
      const frames = output.split("\u001b[?2026l").length - 1;
      expect(frames).toBeLessThanOrEqual(1 + (at / 1000) * 12);
    }
    // Each frame ends before the next one begins.
    const marks = [...output.matchAll(/\u001b\[\?2026([hl])/gu)].map(([, mark]) => mark).join("");
    expect(marks).toMatch(/^(?:hl){4,}$/u);
  }, 60_000);

  it("shows something before a server answers, and counts the seconds of one that never does [R-PROGRESS-02]", async () => {
    const { start, remote } = await setUp(2);
    remote.fail("*", { kind: "stall" });
    const run = start(["apply", "--timeout", "4s", "--retries", "0"], 80, 24);
    await run.waitFor(/Reading the manifest/u);
    await run.waitFor(/asking for refs · 2 s/u);
    const before = run.shown.length;
    await run.waitFor(/asking for refs · 3 s/u);
    // One frame a second: nothing else has changed.
    expect(run.shown.length - before).toBeLessThanOrEqual(2);
    expectClean(await run.finished);
  }, 60_000);

  it("draws the first frame before the program is loaded, and takes it away before an error [R-PROGRESS-02]", async () => {
    const { start } = await setUp(3);
    const wrong = await start(["apply", "--retries", "x"], 80, 24).finished;
    expect(wrong.code).toBe(2);
    expect(wrong.shown[0]?.data).toContain("Reading the manifest");
    expectClean(wrong);
    expect(wrong.text[0]).toMatch(/^error\[USAGE\] --retries/u);
    for (const args of [
      ["apply", "--quiet"],
      ["apply", "-gq"],
      ["update", "--dry-run", "--json"],
      ["list"],
      ["apply", "-h"],
    ]) {
      const { shown } = await start(args, 80, 24).finished;
      expect(shown[0]?.data ?? "", args.join(" ")).not.toContain("Reading the manifest");
    }
    const piped = await start(["warm"], 80, 24, { CI: "1" }).finished;
    expect(piped.shown[0]?.data).not.toContain("Reading");
  }, 60_000);

  it("says after Ctrl-C that it stops, and leaves a terminal that works [R-PROGRESS-08]", async () => {
    const { start, remote } = await setUp(24);
    remote.fail("*", { kind: "stall" });
    const run = start(["apply"], 80, 24);
    await run.waitFor(/of 24 repositories/u);
    run.type("\u0003");
    const result = await run.finished;
    expect(result.code).toBe(130);
    expectClean(result);
    expect(result.shown.map(({ data }) => data).join("")).toMatch(
      /Stopping, \d+ being cancelled; Ctrl-C again to stop now/u,
    );
  }, 60_000);

  it("gives the cursor back after a second Ctrl-C [R-PROGRESS-01]", async () => {
    const { start, remote } = await setUp(6);
    remote.fail("*", { kind: "stall" });
    const run = start(["apply"], 80, 24);
    await run.waitFor(/of 6 repositories/u);
    run.type("\u0003");
    run.type("\u0003");
    const result = await run.finished;
    expect(result.code).toBe(130);
    expectClean(result);
  }, 60_000);

  it.each(["SIGTERM", "SIGHUP"] as const)(
    "gives the cursor back after %s [R-PROGRESS-01]",
    async (signal) => {
      const { start, remote } = await setUp(6);
      remote.fail("*", { kind: "stall" });
      const run = start(["apply"], 80, 24);
      await run.waitFor(/of 6 repositories/u);
      run.signal(signal);
      const result = await run.finished;
      expect(result.code).toBe(signal === "SIGTERM" ? 143 : 129);
      expectClean(result);
    },
    60_000,
  );

  it("gives the cursor back after an exception that nothing catches [R-PROGRESS-01]", async () => {
    const { sandbox } = await setUp(6, { latencyMs: 3000 });
    const fault = 'setTimeout(() => { throw new TypeError("a fault"); }, 1500);';
    const { finished } = startOnTerminal(
      [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(fault)}`, PROGRAM, "apply"],
      { columns: 80, rows: 24, cwd: sandbox.project, env: sandbox.environment() },
    );
    const result = await finished;
    expect(result.code).not.toBe(0);
    expectClean(result);
    expect(result.text.join("\n")).toContain("TypeError: a fault");
  }, 60_000);

  it("follows the size of the terminal [R-PROGRESS-11]", async () => {
    const { start } = await setUp(24, { latencyMs: 300 });
    const run = start(["apply"], 100, 30);
    await run.waitFor(/of 24 repositories/u);
    const sizes = [
      [40, 8],
      [120, 30],
      [60, 6],
    ] as const;
    for (const [columns, rows] of sizes) {
      run.resize(columns, rows);
      const count = run.shown.length;
      await expect.poll(() => run.shown.length, { timeout: 10_000 }).toBeGreaterThan(count + 4);
      const area = areas({ shown: run.shown.slice(-1) }).at(-1) ?? [];
      expect(area.length).toBeLessThan(rows);
    }
    expectClean(await run.finished);
  }, 60_000);

  it("is lines in CI, on a terminal that cannot draw, and where it is asked for [R-PROGRESS-07] [R-PROGRESS-09]", async () => {
    const { start } = await setUp(3);
    const runs: [string[], Record<string, string>][] = [
      [[], { CI: "true" }],
      [[], { TERM: "dumb" }],
      [["--progress", "plain"], {}],
    ];
    for (const [args, env] of runs) {
      const result = await start(["warm", ...args], 80, 24, env).finished;
      const output = result.shown.map(({ data }) => data).join("");
      expect(output).not.toContain("\u001b[?");
      expect(output).toMatch(/^(?:syncing: 3 repositories|3 of 3)/mu);
      expect(output).not.toMatch(/download/iu);
    }
    for (const args of [["--progress", "none"], ["--quiet"], ["--json"]]) {
      const result = await start(["warm", ...args], 80, 24).finished;
      expect(result.shown.map(({ data }) => data).join("")).not.toMatch(/\u001b\[\?|syncing|Syncing/u);
    }
    const forced = await start(["warm", "--progress", "live"], 80, 24, { CI: "true" }).finished;
    expectClean(forced);
    expect(forced.shown[0]?.data).toContain("Reading the manifest");
  }, 60_000);

  it("leaves a clean terminal while the program is suspended, and goes on after it [R-PROGRESS-13]", async () => {
    const { sandbox } = await setUp(6, { latencyMs: 1500 });
    const script = `set -m; "$0" "$1" apply --concurrency 1; echo suspended; sleep 1; fg >/dev/null; echo "code $?"`;
    const run = startOnTerminal(["bash", "-c", script, process.execPath, PROGRAM], {
      columns: 80,
      rows: 24,
      cwd: sandbox.project,
      env: sandbox.environment(),
    });
    await run.waitFor(/of 6 repositories/u);
    run.type("\u001a");
    await run.waitFor(/^suspended/u);
    const output = run.shown.map(({ data }) => data).join("");
    expect(output.lastIndexOf(`${CURSOR}h`)).toBeGreaterThan(output.lastIndexOf(`${CURSOR}l`));
    expect(areas({ shown: run.shown.slice(-1) })).toEqual([]);
    await run.waitFor(/of 6 repositories/u);
    const result = await run.finished;
    expect(result.text.at(-1)).toBe("code 1");
    expectClean(result);
  }, 60_000);

  it("is not drawn between events on the same terminal [R-CI-04]", async () => {
    const { start } = await setUp(3);
    const { shown } = await start(["warm", "--events", "-"], 200, 24).finished;
    const output = shown.map(({ data }) => data).join("");
    expect(output).not.toContain(CURSOR);
    const [, ...rest] = output.split("\r\n").toReversed();
    expect(rest.findIndex((line) => line.startsWith('{"event":"result"'))).toBeGreaterThan(-1);
  }, 60_000);

  it("uses no colours with NO_COLOR [R-CLI-13]", async () => {
    const { start } = await setUp(3);
    const result = await start(["apply"], 80, 24, { NO_COLOR: "1" }).finished;
    expectClean(result);
    expect(result.shown.map(({ data }) => data).join("")).not.toMatch(/\u001b\[\d+m/u);
  }, 60_000);

  it("shows lookups: install, outdated, update, doctor, clean [R-PROGRESS-12]", async () => {
    const { sandbox, remote, start } = await setUp(3);
    remote.heal();
    const output = async (...args: string[]) => {
      const result = await start(args, 80, 24).finished;
      expectClean(result);
      return result.shown.map(({ data }) => data).join("");
    };
    remote.latencyMs = 400;
    expect(await output("install", remote.urlOf("team-01/skills.git"), "--list")).toContain(
      "Looking at team-01/skills",
    );
    expect(await output("apply")).toMatch(/Syncing/u);
    expect(await output("outdated")).toMatch(/of 3 repositories/u);
    expect(await output("update")).toMatch(/of 3 repositories/u);
    expect(await output("doctor")).toContain("Looking at targets, store and skills");
    expect(await output("clean", "--dry-run")).toContain("Looking for what no manifest needs");
    expect(sandbox.root).not.toBe("");
  }, 90_000);
});
