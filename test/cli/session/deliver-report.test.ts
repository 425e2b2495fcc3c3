import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Report } from "../../../src/run/report.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { deliverReport } from "../../../src/cli/session/deliver-report.js";
import { Writer } from "../../../src/cli/session/write.js";
import { useSandbox } from "../../helpers/with-sandbox.js";
import { sampleReport } from "../sample-report.js";

const use = useSandbox();

async function deliver(
  report: Report,
  {
    reportFile,
    json = false,
    interruptCode = null,
  }: { reportFile: string; json?: boolean; interruptCode?: number | null },
): Promise<{ code: number; stdout: string }> {
  let stdout = "";
  const sink = {
    on: () => {},
    write: (text: string, done: () => void) => {
      stdout += text;
      done();
    },
  };
  const globals = {
    config: undefined,
    json,
    strict: false,
    offline: false,
    quiet: false,
    verbose: false,
    color: "auto",
  };
  const host = { env: {}, home: "/home/me", cwd: "/nowhere" };
  const session = { globals, host, out: new Writer(sink), outColours: palette(false) } as const;
  const code = await deliverReport(report, {
    session: session as never,
    asked: {},
    interruptCode,
    outputs: { files: [{ flag: "--report", path: reportFile, format: "json" }], events: null, timings: false },
    events: null,
  });
  return { code, stdout };
}

describe("a report that cannot be written after the run", () => {
  const reportFile = "/nowhere/at/all.json";

  it("makes the run a failed one, and JSON says so too [R-REPORT-05]", async () => {
    for (const told of [sampleReport(), sampleReport({ outcome: "conflict", exit_code: 3 })]) {
      const { code, stdout } = await deliver(told, { reportFile, json: true });
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        outcome: "failed",
        exit_code: 1,
        diagnostics: [{ code: "PERMISSION_DENIED", severity: "error", stage: "report" }],
      });
    }
  });

  it("is told in the text, which does not say ok", async () => {
    const { code, stdout } = await deliver(sampleReport(), { reportFile });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "x report failed  PERMISSION_DENIED\n  the report could not be written: there is no directory /nowhere/at\n  hint: ",
    );
    expect(stdout).toMatch(/, but the run failed; 1\.2 s\n$/u);
  });

  it("leaves a graver outcome as it is", async () => {
    const breached = sampleReport({ outcome: "breached", exit_code: 1 });
    const first = await deliver(breached, { reportFile, json: true });
    expect(JSON.parse(first.stdout)).toMatchObject({ outcome: "breached", exit_code: 1 });
    const second = await deliver(sampleReport(), { reportFile, json: true, interruptCode: 130 });
    expect([second.code, JSON.parse(second.stdout).outcome]).toEqual([130, "cancelled"]);
  });
});

it("a report file holds what standard output holds", async () => {
  const sandbox = use.sandbox();
  const reportFile = join(sandbox.project, "run.json");
  const { code, stdout } = await deliver(sampleReport(), { reportFile, json: true });
  expect([code, readFileSync(reportFile, "utf8")]).toEqual([0, stdout]);
});

describe("a place where no report can be written is refused before the run [R-CLI-14]", () => {
  const manifest = 'version = 1\n[[skills]]\nid = "draft"\nsource.repo = "./draft"\ntargets = [{ agent = "cursor" }]\n';

  it.each([
    ["no/such/run.json", /^there is no directory .*no\/such$/u],
    ["skills.toml/run.json", /^there is no directory .*skills\.toml$/u],
    ["draft", /draft is not a regular file$/u],
    ["/proc/run.json", /^nothing can be written in \/proc$/u],
  ])("%s", async (place, message) => {
    if (place.startsWith("/proc") && process.platform !== "linux") return;
    const sandbox = use.sandbox();
    sandbox.writeManifest(manifest);
    mkdirSync(join(sandbox.project, "draft"));
    writeFileSync(join(sandbox.project, "draft", "SKILL.md"), "---\nname: draft\ndescription: A draft.\n---\n");
    const json = await sandbox.run(["apply", "--json", "--report", place]);
    expect([json.code, json.stderr]).toEqual([1, ""]);
    expect(json.json()).toMatchObject({
      error: { code: "PERMISSION_DENIED", problems: [{ code: "PERMISSION_DENIED", path: "--report" }] },
      exit_code: 1,
    });
    expect(json.json().error.problems[0].message).toMatch(message);
    const text = await sandbox.run(["apply", "--report", place]);
    expect([text.code, text.stdout]).toEqual([1, ""]);
    expect(text.stderr).toMatch(/^error\[PERMISSION_DENIED\] --report: .*\n {2}hint: Name a file in a directory/u);
    expect(readdirSync(sandbox.home)).toEqual([]);
    expect(readdirSync(sandbox.project).toSorted()).toEqual(["draft", "skills.toml"]);
  });

  it("and one where it can is left without a trace of the look", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest("version = 1\nskills = []\n");
    const { code } = await sandbox.run(["apply", "--report", "run.json"]);
    expect(code).toBe(0);
    expect(readdirSync(sandbox.project).filter((name) => name.startsWith("."))).toEqual([]);
    expect(JSON.parse(readFileSync(join(sandbox.project, "run.json"), "utf8"))).toMatchObject({ outcome: "ok" });
  });
});
