import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codeQuality } from "../../../src/cli/outputs/code-quality.js";
import { junitXml } from "../../../src/cli/outputs/junit.js";
import { reportMarkdown } from "../../../src/cli/outputs/report-markdown.js";
import { formatOfName } from "../../../src/cli/outputs/report-text.js";
import type { Report, SkillReport, TargetReport } from "../../../src/run/report.js";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import { useSandbox } from "../../helpers/with-sandbox.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

const use = useSandbox();

const fault = {
  code: "FETCH_NOT_FOUND",
  severity: "error",
  stage: "fetch",
  message: "the server has no <acme/pdf>",
  hint: "Check the address.",
} as const;
const target = {
  agent: "cursor",
  agents: ["cursor"],
  path: "/home/me/.cursor/skills/notes",
  started_ms: 10,
  ended_ms: 40,
} as const;
const targetIn = (action: "create" | "conflict"): TargetReport => ({
  ...target,
  agents: ["cursor"],
  action,
  status: action === "conflict" ? "conflict" : "done",
  reasons: action === "conflict" ? ["a file is there"] : [],
});

function mixedReport(): Report {
  const skills: SkillReport[] = [
    sampleSkill({
      id: "notes",
      status: "installed",
      sync: { status: "cloned", started_ms: 0, ended_ms: 970, attempts: 1, completion_order: 1 },
      targets: [targetIn("create")],
    }),
    sampleSkill({ id: "pdf", status: "failed", diagnostics: [fault] }),
    sampleSkill({
      id: "web",
      status: "conflict",
      targets: [targetIn("conflict")],
    }),
    sampleSkill({ id: "late", status: "cancelled" }),
  ];
  return sampleReport({ skills, outcome: "failed", exit_code: 1, diagnostics: [{ ...fault, code: "DISK_FULL" }] });
}

const hostile = `a]]> "q" <b>|\`x\`|\u0000\u001b[31m\ud800\u202e\ufffe https://me:secret@example.com\n::error::x`;
const hostileReport = () =>
  sampleReport({
    manifest: hostile,
    skills: [
      sampleSkill({ id: hostile, status: "failed", diagnostics: [{ ...fault, message: hostile, hint: hostile }] }),
    ],
  });

it("JUnit has a suite for the run and a case for each skill, in the form of the common schemas [R-CI-01]", () => {
  expect(junitXml(mixedReport())).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite id="0" package="eden-skills" name="eden-skills apply" hostname="localhost" timestamp="2026-01-02T03:04:05" tests="5" failures="2" errors="1" skipped="1" time="1.234">
    <properties/>
    <testcase classname="eden-skills.apply" name="apply" time="0.000"><error type="DISK_FULL" message="the server has no &lt;acme/pdf&gt;">DISK_FULL: the server has no &lt;acme/pdf&gt;
  hint: Check the address.</error></testcase>
    <testcase classname="eden-skills.apply" name="notes" time="1.000"/>
    <testcase classname="eden-skills.apply" name="pdf" time="0.000"><failure type="FETCH_NOT_FOUND" message="the server has no &lt;acme/pdf&gt;">FETCH_NOT_FOUND: the server has no &lt;acme/pdf&gt;
  hint: Check the address.</failure></testcase>
    <testcase classname="eden-skills.apply" name="web" time="0.030"><failure type="TARGET_CONFLICT" message="/home/me/.cursor/skills/notes: a file is there">TARGET_CONFLICT: /home/me/.cursor/skills/notes: a file is there
  hint: --force replaces conflicting entries; backups are kept.</failure></testcase>
    <testcase classname="eden-skills.apply" name="late" time="0.000"><skipped/></testcase>
    <system-out/>
    <system-err/>
  </testsuite>
</testsuites>
`);
});

it("foreign text adds no markup, no control character and no password to any format [R-CI-01]", () => {
  const place = { file: "skills.toml", lineOf: () => 4 };
  const texts = [junitXml(hostileReport()), reportMarkdown(hostileReport()), codeQuality(hostileReport(), place)];
  for (const text of texts) {
    expect(text).not.toMatch(/secret|^::error/mu);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\ufffe]|[\ud800-\udfff]/u);
  }
  expect(texts[0]).not.toMatch(/<b>|\]\]>/u);
  expect(texts[1]).not.toMatch(/^[^`]*<b>/mu);
});

it("Markdown has the verdict, problems with their next step, changes and times, and is bounded [R-CI-01]", () => {
  const text = reportMarkdown(mixedReport());
  expect(text).toContain(
    "## eden-skills apply: failed\n\n1 of 4 skills installed, 1 failed, 1 in conflict, 1 not done; exit code 1\n",
  );
  expect(text).toContain(
    "| error | `pdf` | **FETCH_NOT_FOUND** `the server has no <acme/pdf>` | `Check the address.` |",
  );
  expect(text).toContain("| `notes` | create | `cursor` |");
  const many = Array.from({ length: 3000 }, (_, index) =>
    sampleSkill({ id: `s${index}`, status: "failed", diagnostics: [{ ...fault, message: "x".repeat(4000) }] }),
  );
  const long = reportMarkdown(sampleReport({ skills: many }));
  expect(long.length).toBeLessThan(64 * 1024);
  expect(long).toContain("… and 2950 more");
});

it("GitLab gets each problem at the line of its skill, with a fingerprint that stays [R-CI-01]", () => {
  const place = { file: "conf/skills.toml", lineOf: ({ id }: { id: string }) => (id === "pdf" ? 7 : null) };
  const issues = JSON.parse(codeQuality(mixedReport(), place));
  expect(issues).toHaveLength(3);
  expect(issues[1]).toEqual({
    description: "pdf: the server has no <acme/pdf> Check the address.",
    check_name: "FETCH_NOT_FOUND",
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/u),
    severity: "critical",
    location: { path: "conf/skills.toml", lines: { begin: 7 } },
  });
  expect(JSON.parse(codeQuality(mixedReport(), place))).toEqual(issues);
});

it("the name of a file says the format [R-CI-01]", () => {
  const names = ["run", "run.json", "a.HTML", "a.md", "a.xml", "gl-code-quality-report.json", "code-quality/x.json"];
  expect(names.map(formatOfName)).toEqual(["json", "json", "html", "markdown", "junit", "gitlab", "json"]);
});

it("a run writes several reports at once; --report-format wins over names [R-CI-01] [R-CLI-14]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  const repo = (name: string) => `file://${sandbox.root}/served/${name}.git`;
  sandbox.writeManifest(
    manifestOf([
      { id: "one", repo: repo("one") },
      { id: "two", repo: repo("two") },
    ]),
    "ci/skills.toml",
  );
  mkdirSync(join(sandbox.project, "out"));
  const names = ["out/run.xml", "out/run.md", "out/gl-code-quality-report.json", "out/run.json", "out/run.html"];
  const flags = names.flatMap((name) => ["--report", name]);
  const { code, stderr } = await sandbox.run(["apply", "--config", "ci/skills.toml", ...flags], {
    env: { CI_PROJECT_DIR: sandbox.project },
  });
  expect(code, stderr).toBe(1);
  const [xml, markdown, quality, json, html] = names.map((name) => readFileSync(join(sandbox.project, name), "utf8"));
  expect(xml).toMatch(/name="one" time="\d+\.\d{3}"\/>\n.*name="two" time="[^"]*"><failure type="FETCH_NOT_FOUND"/u);
  expect(markdown).toContain("## eden-skills apply: failed");
  expect(JSON.parse(quality ?? "")).toMatchObject([
    { check_name: "FETCH_NOT_FOUND", location: { path: "ci/skills.toml", lines: { begin: 11 } } },
  ]);
  expect(JSON.parse(json ?? "")).toMatchObject({ outcome: "failed" });
  expect(html).toMatch(/^<!doctype html>/u);
  const other = await sandbox.run([
    "repair",
    "--report",
    "x.txt",
    "--report-format",
    "junit",
    "--config",
    "ci/skills.toml",
  ]);
  expect([other.code, readFileSync(join(sandbox.project, "x.txt"), "utf8").slice(0, 5)]).toEqual([1, "<?xml"]);
  const lone = await sandbox.run(["apply", "--report-format", "junit"]);
  expect([lone.code, lone.stderr]).toEqual([2, expect.stringContaining("--report-format: needs --report FILE")]);
});
