import { expect, it } from "vitest";
import { reportPage } from "../../../src/cli/page/report-page.js";
import { sampleReport, sampleSkill } from "../sample-report.js";
import { manySkills } from "./many-skills.js";

it("holds no foreign markup, no password and nothing to load [R-REPORT-13]", () => {
  const hostile = `<img src=x onerror="alert(1)">\u001b]0;x\u0007 https://me:secret@example.com`;
  const page = reportPage(
    sampleReport({
      manifest: hostile,
      skills: [{ ...sampleSkill(), id: hostile, source: { repo: hostile, ref: hostile, subpath: hostile } }],
      diagnostics: [{ code: "X", severity: "error", stage: "x", message: hostile, hint: hostile }],
    }),
  );
  expect(page).not.toMatch(/<(?:img|link)|secret|\u001b|\u0007/u);
  expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  const tags = (page.match(/<[a-z!/][^>]*>/gu) ?? []).map((tag) => tag.replaceAll(/="[^#"][^"]*"/gu, ""));
  expect(tags.filter((tag) => /\s(?:src|href|on[a-z]+)(?!=)/u.test(tag))).toEqual([]);
  expect(page).toContain(`content="default-src &#39;none&#39;; script-src &#39;sha256-`);
});

it("shows the verdict first, then each cause once with its code, skills and next step [R-REPORT-16]", () => {
  const page = reportPage(manySkills(40, 20));
  const words = ["<h1>20 of 40 skills installed, 20 failed", "the server answered 503", "Timeline</h2>", "Skills</h2>"];
  const places = words.map((text) => page.indexOf(text));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  const [failures = ""] = /<section id="failures"[^]*?<\/section>/u.exec(page) ?? [];
  expect(failures.match(/<code>FETCH_NETWORK<\/code>/gu)).toHaveLength(1);
  expect(failures).toContain("Run the command again.");
  expect(failures).toContain("<summary>8 more</summary>");
  expect(failures).toContain('href="#skill-skill-0019"');
});

it("of a run that only has states of targets says what is in conflict [R-REPORT-16]", () => {
  const target = { agent: "codex", agents: ["codex"], path: "/h/x", started_ms: 1, ended_ms: 1 };
  const state = { action: "conflict", status: "conflict" } as const;
  const conflict = { ...target, ...state, reasons: ["a directory is there"] };
  const page = reportPage(
    sampleReport({ outcome: "conflict", skills: [sampleSkill({ status: "conflict", targets: [conflict] })] }),
  );
  expect(page).toMatch(/a directory is there <code>TARGET_CONFLICT<\/code>[^]*--force/u);
  expect(page).not.toContain('id="timeline"');
});

it("draws repositories with queue, attempts and writes, the barrier, and directories [R-REPORT-17]", () => {
  const page = reportPage(manySkills(30, 1));
  const rows = page.match(/<tr><th scope="row"[^]*?<\/tr>/gu) ?? [];
  const [failed] = rows.filter((row) => row.includes("acme/skill-0000"));
  expect(failed?.match(/<rect class="\w+"/gu)?.map((rect) => rect.slice(13, -1))).toEqual(["lost", "pause", "lost"]);
  const kinds = rows.find((row) => row.includes("acme/skill-0020"))?.match(/<rect class="\w+"/gu);
  expect(kinds?.map((rect) => rect.slice(13, -1))).toEqual(["queue", "fetch", "write"]);
  expect(page).toContain("Repositories: 12 of 30, failed and slowest");
  expect(page).toContain("<summary>18 more repositories</summary>");
  expect(page).toMatch(/\/home\/me\/\.claude\/skills[^]*<rect class="install"/u);
  expect(page).toMatch(/descriptors: EMFILE/u);
});

it("of an earlier version shows the times of skills as those of their repositories [R-REPORT-15]", () => {
  const { repositories: _later, ...earlier } = manySkills(3, 1);
  const page = reportPage(earlier);
  expect(page).toMatch(/<th scope="row"[^>]*>https:\/\/example\.com\/acme\/skill-0001\.git[^]*?<rect class="fetch"/u);
  expect(page).toContain("2 of 3 skills installed, 1 failed");
});
