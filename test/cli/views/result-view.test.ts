import { describe, expect, it } from "vitest";
import { palette } from "../../../src/cli/terms/colour.js";
import { resultLines, type Detail } from "../../../src/cli/views/result-view.js";
import type { Diagnostic, Report, SkillReport, TargetReport } from "../../../src/run/report.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

function linesOf(report: Report, detail: Detail = "normal"): string[] {
  return resultLines(report, { colours: palette(false), detail, home: "/home/me", cwd: "/p" });
}

/** The lines between the first and the last one. */
function middleOf(skills: SkillReport[], changes: Partial<Report> = {}): string[] {
  return linesOf(sampleReport({ skills, ...changes })).slice(1, -1);
}

describe("the result of a run as text", () => {
  it("says what was asked and what is true now, and nothing of what stayed [R-TEXT-01] [R-TEXT-02]", () => {
    const skills = ["a", "b"].map((id) => sampleSkill({ id, targets: [target({ action: "noop" })] }));
    expect(linesOf(sampleReport({ skills }))).toEqual([
      "apply: 2 skills from 1 source",
      "2 of 2 skills installed; 1.2 s",
    ]);
    expect(linesOf(sampleReport({ manifest: "/home/me/team/skills.toml" }))).toEqual([
      "apply in ~/team/skills.toml",
      "no skills to install; 1.2 s",
    ]);
  });

  it("has one line for each skill that changed, with its agents [R-TEXT-03] [R-TEXT-04]", () => {
    const both = [target({ agents: ["claude-code"] }), target({ agents: ["cursor"], path: "/b" })];
    const skills = [
      sampleSkill({ id: "web-design", status: "installed", targets: both }),
      sampleSkill({
        id: "mine",
        status: "installed",
        targets: [target({ agents: ["custom"], path: "/home/me/x/mine" })],
      }),
      sampleSkill({
        id: "old",
        status: "removed",
        targets: [target({ action: "remove", reasons: ["no longer in the manifest"] })],
      }),
      sampleSkill({
        id: "pdf",
        status: "installed",
        moved: {
          from: "1a2b3c4d".repeat(5),
          to: "5d6e7f80".repeat(5),
          commits: 2,
          files: 3,
          gains: ["host: a.example"],
        },
        targets: [target({ action: "update", reasons: ["its content changed"] })],
      }),
    ];
    expect(middleOf(skills)).toEqual([
      "+ web-design  claude-code, cursor",
      "+ mine        /home/me/x/mine",
      "- old         cursor (no longer in the manifest)",
      "~ pdf 1a2b3c4 → 5d6e7f8 (2 commits, 3 files)  cursor",
      "    gains host: a.example",
    ]);
  });

  it("has one block for each cause, for all skills that it concerns [R-TEXT-05] [R-TEXT-08]", () => {
    const failed = (id: string, changes: Partial<Diagnostic>) => {
      const source = { repo: `https://me:secret@example.com/${id}.git`, ref: null, subpath: "." };
      return sampleSkill({ id, source, status: "failed", diagnostics: [diagnostic(changes)] });
    };
    const refused = (id: string) => failed(id, { message: `https://***@example.com/${id}.git: refused` });
    const skills = [refused("a"), failed("c", { code: "FETCH_AUTH", message: "two\nlines \u001b[31m" }), refused("b")];
    expect(middleOf(skills, { outcome: "failed", exit_code: 1 })).toEqual([
      "x a, b failed  FETCH_TIMEOUT",
      "  refused",
      "  https://***@example.com/a.git, https://***@example.com/b.git",
      "  hint: Do.",
      "x c failed  FETCH_AUTH",
      "  two | lines \\x1b[31m",
      "  https://***@example.com/c.git",
      "  hint: Do.",
    ]);
  });

  it("shortens a long list of names [R-TEXT-05]", () => {
    const skills = Array.from({ length: 12 }, (_, index) =>
      sampleSkill({ id: `s${index}`, status: "failed", diagnostics: [diagnostic({})] }),
    );
    expect(middleOf(skills)[0]).toBe("x s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 2 more failed  FETCH_TIMEOUT");
  });

  it("tells conflicts from failures, each with the agents that it concerns [R-TEXT-05]", () => {
    const conflict = target({
      path: "/home/me/d",
      action: "conflict",
      status: "conflict",
      reasons: ["modified locally"],
    });
    const skills = [
      sampleSkill({ id: "d", status: "conflict", targets: [conflict] }),
      sampleSkill({
        id: "e",
        status: "failed",
        targets: [target({ agents: ["claude-code"] }), target({ status: "failed", path: "/e" })],
        diagnostics: [diagnostic({ code: "PERMISSION_DENIED", stage: "install", message: "/e cannot be written" })],
      }),
    ];
    expect(middleOf(skills)).toEqual([
      "+ e  claude-code",
      "x e failed for cursor  PERMISSION_DENIED",
      "  /e cannot be written",
      "  hint: Do.",
      "! d in conflict for cursor  TARGET_CONFLICT",
      "  modified locally",
      "  /home/me/d",
      "  hint: --force replaces what is there, and keeps a backup.",
    ]);
  });

  it("says what a run that ended early has kept, and what the next one does [R-TEXT-06]", () => {
    const skills = ["a", "b"].map((id) =>
      sampleSkill({ id, status: "cancelled", diagnostics: [diagnostic({ code: "CANCELLED" })] }),
    );
    const sync = { cloned: 22, updated: 1, skipped: 9, failed: 0, cancelled: 22 };
    const report = sampleReport({ outcome: "cancelled", exit_code: 130, skills });
    const summary = { ...report.summary, sync };
    expect(linesOf({ ...report, summary }).slice(1)).toEqual([
      "x a, b not done: interrupted  CANCELLED",
      "  23 of 45 fetched and kept",
      "  hint: Run the command again: it fetches the other 22.",
      "0 of 2 skills installed, 2 not done; 1.2 s",
    ]);
    const breach = { budget: "deadline", limit: 10_000, observed: 10_001, at_ms: 10_001 } as const;
    expect(linesOf({ ...report, summary, outcome: "breached", breach })[1]).toBe(
      "x a, b not done: the deadline of 10 s has passed  CANCELLED",
    );
  });

  it("is nothing with --quiet when all went well, and only the trouble when not [R-CLI-12]", () => {
    expect(linesOf(sampleReport(), "quiet")).toEqual([]);
    const skills = [
      sampleSkill({ status: "installed", targets: [target({})] }),
      sampleSkill({ id: "b", status: "failed", diagnostics: [diagnostic({})] }),
    ];
    expect(linesOf(sampleReport({ exit_code: 1, outcome: "failed", skills }), "quiet")).toEqual([
      "x b failed  FETCH_TIMEOUT",
      "  no",
      "  https://example.com/acme/skills.git",
      "  hint: Do.",
      "1 of 2 skills installed, 1 failed; 1.2 s",
    ]);
  });

  it("adds targets, git processes and adjustments with --verbose", () => {
    const skills = [sampleSkill({ status: "installed", targets: [target({ path: "/home/me/a", reasons: ["why"] })] })];
    expect(linesOf(sampleReport({ skills }), "verbose").slice(1, -1)).toEqual([
      "+ web-design  cursor (why)",
      "    + create   /home/me/a (why)",
      "git processes: 3; received: 99 bytes; in flight: at most 2; retried: 0; requeued: 1",
      "concurrency: requested 10 (default), peak 10, final 8",
      "adjusted at 5 ms: 10 → 8 (descriptors: EMFILE)",
    ]);
  });

  it("counts the changes of a limit that the progress left out, which --verbose lists", () => {
    const more = (changes: number, detail: Detail = "normal") =>
      linesOf(withChanges(changes), detail).filter((line) => line.startsWith("… and"));
    expect(more(5)).toEqual([]);
    expect(more(6)).toEqual(["… and 1 more change of concurrency; --verbose lists all"]);
    expect(more(12)).toEqual(["… and 7 more changes of concurrency; --verbose lists all"]);
    expect([more(12, "quiet"), more(12, "verbose")]).toEqual([[], []]);
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
