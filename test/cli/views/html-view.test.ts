import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reportHtml } from "../../../src/cli/views/html-view.js";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import { useSandbox } from "../../helpers/with-sandbox.js";
import { sampleReport, sampleSkill } from "../sample-report.js";

const use = useSandbox();

it("the page of a report holds no foreign markup, no password and nothing to load [R-REPORT-13]", () => {
  const hostile = `<img src=x onerror="alert(1)">\u001b]0;x\u0007 https://me:secret@example.com`;
  const skill = { ...sampleSkill(), id: hostile, source: { repo: hostile, ref: hostile, subpath: hostile } };
  const page = reportHtml(
    sampleReport({
      manifest: hostile,
      skills: [skill],
      diagnostics: [{ code: "X", severity: "error", stage: "x", message: hostile, hint: hostile }],
    }),
  );
  expect(page).not.toMatch(/<(?:img|script|link)|secret|\u001b|\u0007/u);
  expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  expect(page.match(/<[a-z!/][^>]*>/gu)?.every((tag) => !/\b(?:src|href)=/u.test(tag))).toBe(true);
});

it("a run writes it beside its result, and not into a directory that is not there [R-REPORT-13]", async () => {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `file://${sandbox.root}/served/one.git` }]));
  const done = await sandbox.run(["apply", "--report-html", "run.html", "--report", "run.json"]);
  expect(done.code, done.stderr).toBe(0);
  const page = readFileSync(join(sandbox.project, "run.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>[^]*<h1>eden-skills apply: ok<\/h1>[^]*<td>one<\/td>[^]*<\/html>\n$/u);
  expect(JSON.parse(readFileSync(join(sandbox.project, "run.json"), "utf8")).outcome).toBe("ok");
  const nowhere = await sandbox.run(["apply", "--report-html", "nowhere/run.html"]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("--report-html")]);
  expect(existsSync(join(sandbox.project, "nowhere"))).toBe(false);
});
