import { describe, expect, it } from "vitest";
import type { Diagnostic, Report, TargetReport } from "../../../src/run/report.js";
import { palette } from "../../../src/cli/terms/colour.js";
import { resultLines, type Detail } from "../../../src/cli/views/result-view.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

const plain = palette(false);

describe("the result of a run as text", () => {
  it("is two lines when there was nothing to do", () => {
    expect(resultLines(sampleReport(), plain, "normal")).toEqual([
      "source sync: cloned=0 updated=0 skipped=1 failed=0",
      "ok: 1 skill, 1 repository; create=0 update=0 noop=1 conflict=0 remove=0 failed=0; concurrency 10 → 8 (1 change: descriptors) [1.2s]",
    ]);
  });

  it("names each target that changed, failed or is in conflict, and no other [R-CLI-11]", () => {
    const targets = [
      target({ path: "/a", action: "create", reasons: ["nothing is there"] }),
      target({ path: "/b", action: "noop" }),
      target({ path: "/c", action: "remove", reasons: ["gone from the manifest"] }),
      target({ path: "/d", action: "conflict", status: "conflict", reasons: ["modified locally"] }),
      target({ path: "/e", action: "update", status: "failed" }),
      target({ path: "/f", action: "create", status: "cancelled" }),
      target({ path: "/g", action: "conflict", status: "cancelled", reasons: ["interrupted"] }),
    ];
    const report = sampleReport({ exit_code: 1, outcome: "failed", skills: [sampleSkill({ targets })] });
    report.summary.install.conflict = 1;
    expect(resultLines(report, plain, "normal").slice(1, -1)).toEqual([
      "+ create   /a (nothing is there)",
      "- remove   /c (gone from the manifest)",
      "! conflict /d (modified locally)",
      "x failed   /e (to update)",
      "  hint: --force replaces conflicting entries; backups are kept.",
    ]);
  });

  it("shows a failure with its stage, its repository without the password, and the next step", () => {
    const skill = sampleSkill({
      source: { repo: "https://me:secret@example.com/x.git", ref: null, subpath: "." },
      diagnostics: [diagnostic({ message: "two\nlines \u001b[31m", hint: null })],
    });
    expect(resultLines(sampleReport({ skills: [skill] }), plain, "normal").slice(1, -1)).toEqual([
      "skill=web-design stage=fetch repo=https://***@example.com/x.git code=FETCH_TIMEOUT: two | lines \\x1b[31m",
      "  hint: Allow more time with --timeout, or with `timeout` in [reactor].",
    ]);
  });

  it("says in one line which skills were cancelled, and why a budget ended the run", () => {
    const cancelled = Array.from({ length: 12 }, (_, index) =>
      sampleSkill({ id: `s${index}`, status: "cancelled", diagnostics: [diagnostic({ code: "CANCELLED" })] }),
    );
    const breach = { budget: "deadline", limit: 10, observed: 11, at_ms: 11 } as const;
    const report = sampleReport({ outcome: "breached", exit_code: 1, breach, skills: cancelled });
    expect(resultLines(report, plain, "normal").slice(1)).toEqual([
      "cancelled: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more",
      "breached (deadline): 1 skill, 1 repository; create=0 update=0 noop=1 conflict=0 remove=0 failed=0; concurrency 10 → 8 (1 change: descriptors) [1.2s]",
    ]);
  });

  it("is nothing with --quiet when all went well, and only the trouble when not [R-CLI-12]", () => {
    expect(resultLines(sampleReport(), plain, "quiet")).toEqual([]);
    const targets = [target({ path: "/a", action: "create" }), target({ path: "/b", status: "failed" })];
    const report = sampleReport({ exit_code: 1, outcome: "failed", skills: [sampleSkill({ targets })] });
    expect(resultLines(report, plain, "quiet")).toEqual([
      "x failed   /b (to create)",
      "failed: 1 skill, 1 repository; create=0 update=0 noop=1 conflict=0 remove=0 failed=0; concurrency 10 → 8 (1 change: descriptors) [1.2s]",
    ]);
  });

  it("adds git processes and adjustments with --verbose", () => {
    expect(resultLines(sampleReport(), plain, "verbose").slice(1, -1)).toEqual([
      "git processes: 3; received: 99 bytes; in flight: at most 2; retried: 0; requeued: 1",
      "concurrency: requested 10 (default), peak 10, final 8",
      "adjusted at 5 ms: 10 → 8 (descriptors: EMFILE)",
    ]);
  });

  it("counts the changes of a limit that the progress left out, which --verbose lists", () => {
    const more = (changes: number, detail: Detail = "normal") =>
      resultLines(withChanges(changes), plain, detail).filter((line) => line.startsWith("… and"));
    expect(more(5)).toEqual([]);
    expect(more(6)).toEqual(["… and 1 more change of concurrency; --verbose lists all"]);
    expect(more(12)).toEqual(["… and 7 more changes of concurrency; --verbose lists all"]);
    expect([more(12, "quiet"), more(12, "verbose")]).toEqual([[], []]);
  });

  it("says nothing of a limit that stayed, and of auto where it went", () => {
    const { concurrency } = withChanges(0);
    const last = (changes: Partial<Report["concurrency"]>) =>
      resultLines(sampleReport({ concurrency: { ...concurrency, ...changes } }), plain, "normal").at(-1);
    expect(last({ requested: "auto", final: 10 })).toMatch(/failed=0 \[1\.2s\]$/u);
    const { adjustments } = withChanges(2).concurrency;
    expect(last({ requested: "auto", final: 34, adjustments })).toContain("concurrency auto → 34 (2 changes: ");
  });
});

function withChanges(count: number): Report {
  const adjustments = Array.from({ length: count }, (_, index) => {
    return { at_ms: index, from: 20 - index, to: 19 - index, governor: "descriptors", reason: "EMFILE" } as const;
  });
  const report = sampleReport();
  return { ...report, concurrency: { ...report.concurrency, adjustments } };
}

function target(changes: Partial<TargetReport>): TargetReport {
  const usual = { agent: "cursor", agents: ["cursor"], path: "/t", reasons: [], started_ms: 1, ended_ms: 2 };
  return { ...usual, action: "create", status: "done", ...changes };
}

function diagnostic(changes: Partial<Diagnostic>): Diagnostic {
  return { code: "FETCH_TIMEOUT", severity: "error", stage: "fetch", message: "no", hint: "Do.", ...changes };
}
