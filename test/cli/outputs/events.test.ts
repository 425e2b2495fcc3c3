import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import type { Sandbox } from "../../helpers/sandbox.js";
import { useSandbox } from "../../helpers/with-sandbox.js";

const use = useSandbox();

async function twoSkills(sandbox: Sandbox): Promise<void> {
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  const repo = (name: string) => `file://${sandbox.root}/served/${name}.git`;
  sandbox.writeManifest(
    manifestOf([
      { id: "one", repo: repo("one") },
      { id: "two", repo: repo("two") },
    ]),
  );
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

it("each event is a line of JSON, in order, valid for `schema events`, the outcome last [R-CI-04]", async () => {
  const sandbox = use.sandbox();
  await twoSkills(sandbox);
  const done = await sandbox.run(["apply", "--events", "run.ndjson", "--json"]);
  expect(done.code, done.stderr).toBe(1);
  const report = done.json();
  const lines = linesOf(readFileSync(join(sandbox.project, "run.ndjson"), "utf8"));
  expect(lines[0]).toMatchObject({ schema_version: 1, event: expect.any(String), at_ms: expect.any(Number) });
  expect(lines.slice(1).filter((line) => "schema_version" in line)).toEqual([]);
  expect(lines.at(-1)).toEqual({
    event: "result",
    at_ms: expect.any(Number),
    outcome: "failed",
    exit_code: 1,
    error: null,
  });
  const synced = lines.filter(({ event }) => event === "skill_synced");
  expect(synced.map(({ skill, status, error }) => [skill, status, error?.code ?? null]).toSorted()).toEqual([
    ["one", "cloned", null],
    ["two", "failed", "FETCH_NOT_FOUND"],
  ]);
  expect(lines.filter(({ event }) => event === "git_process")).toHaveLength(report.metrics.git_processes);
  expect(lines.map(({ at_ms }) => at_ms)).toEqual(lines.map(({ at_ms }) => at_ms).toSorted((a, b) => a - b));
  const schema = (await sandbox.run(["schema", "events"])).json();
  const valid = new Ajv({ strict: false, validateSchema: false }).compile(schema);
  for (const line of lines) expect(valid(line), JSON.stringify([line, valid.errors?.[0]])).toBe(true);
});

it("with - standard output has the events alone, and the result goes to standard error [R-CI-04]", async () => {
  const sandbox = use.sandbox();
  await twoSkills(sandbox);
  const { code, stdout, stderr } = await sandbox.run(["apply", "--events", "-"]);
  expect(code).toBe(1);
  expect(linesOf(stdout).at(-1)).toMatchObject({ event: "result", outcome: "failed" });
  expect(stderr).toContain("FETCH_NOT_FOUND");
  const both = await sandbox.run(["apply", "--events", "-", "--json"]);
  expect([both.code, both.json().error.problems[0].path]).toEqual([2, "--events"]);
});

it("a run that cannot begin ends its events with the error; a file that cannot be written is refused [R-CI-04]", async () => {
  const sandbox = use.sandbox();
  sandbox.writeManifest("version = 2\n");
  const bad = await sandbox.run(["apply", "--events", "-"]);
  expect([bad.code, linesOf(bad.stdout)]).toEqual([
    2,
    [expect.objectContaining({ schema_version: 1, event: "result", exit_code: 2, error: expect.anything() })],
  ]);
  const nowhere = await sandbox.run(["apply", "--events", "nowhere/x"]);
  expect([nowhere.code, nowhere.stdout, existsSync(join(sandbox.project, "nowhere"))]).toEqual([1, "", false]);
});

it("a reader that goes away does not disturb the run [R-CI-04]", async () => {
  const sandbox = use.sandbox();
  await twoSkills(sandbox);
  const pipe = join(sandbox.root, "pipe");
  execFileSync("mkfifo", [pipe]);
  const running = sandbox.spawn(["apply", "--events", pipe]);
  // Opening waits for the writer; then the reader leaves at once.
  const reader = await new Promise<number>((resolve) => setImmediate(() => resolve(openSync(pipe, "r"))));
  closeSync(reader);
  const { code, stdout } = await running.finished;
  expect(code).toBe(1);
  expect(stdout).toContain("FETCH_NOT_FOUND");
  expect(stdout).not.toContain("could not be written");
});

it("--timings shows parts that add up, repositories and targets [R-CI-05]", async () => {
  const sandbox = use.sandbox();
  await twoSkills(sandbox);
  const { stdout } = await sandbox.run(["apply", "--timings", "--report", "run.json"]);
  const { elapsed_ms, repositories } = JSON.parse(readFileSync(join(sandbox.project, "run.json"), "utf8"));
  const part = (name: string) => Number(new RegExp(`^${name} +([0-9.]+)s`, "mu").exec(stdout)?.[1]);
  const parts = ["before the run", "look", "sync", "plan", "install", "record"].map(part);
  expect(parts.every((seconds) => seconds >= 0)).toBe(true);
  expect(Math.abs(part("whole") - parts.reduce((sum, one) => sum + one, 0))).toBeLessThan(0.05);
  expect(part("whole")).toBeGreaterThanOrEqual(Math.floor(elapsed_ms / 10) / 100);
  expect(repositories).toHaveLength(2);
  for (const name of ["one", "two"]) {
    const row = new RegExp(`^served/${name}((?: +[0-9.]+s){4}) +\\d`, "mu").exec(stdout)?.[1] ?? "";
    const [total = NaN, queue = NaN, fetch = NaN, write = NaN] = row.trim().split(/ +/u).map(parseFloat);
    expect(Math.abs(total - queue - fetch - write), row).toBeLessThan(0.03);
  }
  expect(stdout).toMatch(/^.*\.claude\/skills\/one +[0-9.]+s +create$/mu);
  const document = await sandbox.run(["apply", "--timings", "--json"]);
  expect([document.json().outcome, document.stderr]).toEqual(["failed", expect.stringMatching(/^whole/mu)]);
});
