import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, startBrowser } from "../../helpers/browser.js";
import { useSandbox } from "../../helpers/with-sandbox.js";
import { sampleReport, sampleSkill } from "../sample-report.js";
import { manySkills } from "./many-skills.js";
import type { Report } from "../../../src/run/report.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [360, 800, 1440];
const use = useSandbox();

describe.skipIf(!hasBrowser())("the page in a browser", () => {
  let browser: Browser;
  const directory = mkdtempSync(join(tmpdir(), "eden-page-"));
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true });
  });

  /** The page that the built program makes, open; `seen` is what it did that it must not do. */
  async function open(report: Report, { hash = "", ...options }: OpenOptions = {}) {
    const sandbox = use.sandbox();
    const file = join(directory, "run.html");
    writeFileSync(join(sandbox.project, "run.json"), JSON.stringify(report));
    const made = await sandbox.run(["report", "run.json", "--output", file]);
    expect(made.code, made.stderr).toBe(0);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const seen: string[] = [];
    page.on("console", (message) => seen.push(message.text()));
    page.on("pageerror", (error) => seen.push(error.message));
    page.on("dialog", (dialog) => void dialog.dismiss().then(() => seen.push(`dialog ${dialog.message()}`)));
    page.on("request", (request) => {
      if (!request.url().startsWith(`file://${file}`)) seen.push(`request ${request.url()}`);
    });
    await page.goto(`file://${file}${hash}`);
    return { page, seen };
  }

  it("has no violation that axe knows, in both themes and at every width [R-REPORT-21]", async () => {
    const { page, seen } = await open(manySkills(40, 3));
    await page.locator("#failures a").first().click();
    await page.evaluate(AXE);
    for (const theme of ["light", "dark"]) {
      await page.locator("#theme").selectOption(theme);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>("axe.run()");
        const broken = found.violations.map(({ id, nodes }) => `${theme} ${width} ${id}: ${nodes[0]?.html}`);
        expect(broken).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      }
    }
    expect(seen).toEqual([]);
  });

  it("is searched, filtered and sorted with the keyboard [R-REPORT-18]", async () => {
    const { page, seen } = await open(manySkills(40, 3));
    const shown = async () => await page.locator("#skill-table tbody tr:visible summary").allTextContents();
    expect((await shown()).slice(0, 4)).toEqual(["skill-0000", "skill-0001", "skill-0002", "skill-0004"]);
    await page.getByLabel("Search").focus();
    await page.keyboard.type("acme/skill-001 installed");
    expect(await shown()).toEqual(["10", "12", "14", "16", "18"].map((end) => `skill-00${end}`));
    expect(await page.getByRole("status").textContent()).toBe("5 of 40 skills shown");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    expect(await shown()).toEqual(["skill-0000", "skill-0001", "skill-0002"]);
    await page.keyboard.press("ArrowLeft");
    const heading = page.getByRole("columnheader", { name: "Skill" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=ascending]").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=descending]").waitFor();
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    expect((await shown())[0]).toBe("skill-0039");
    expect(await page.getByRole("status").textContent()).toBe("sorted by Skill, descending");
    expect(seen).toEqual([]);
  });

  it("opens, marks and focuses the row that its address names [R-REPORT-18]", async () => {
    const { page, seen } = await open(manySkills(200, 1), { hash: "#skill-skill-0150" });
    const row = page.locator("tr[aria-current]");
    expect(await row.locator("summary").textContent()).toBe("skill-0150");
    expect(await page.evaluate("document.activeElement.id")).toBe("skill-skill-0150");
    expect(await row.getByText("/home/me/.agents/skills/skill-0150").isVisible()).toBe(true);
    await page.getByLabel("Search").fill("skill-0007");
    await page.locator("#failures a").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction("document.activeElement.id === 'skill-skill-0000'");
    expect(await row.locator("summary").textContent()).toBe("skill-0000");
    await row.getByText("Link to this skill").click();
    expect(page.url()).toMatch(/#skill-skill-0000$/u);
    expect(seen).toEqual([]);
  });

  it("draws its curves, and shows one phase on request [R-REPORT-17]", async () => {
    const { page, seen } = await open(manySkills(40, 3));
    const drawn = `(() => { const canvas = document.querySelector("#chart canvas");
      return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0); })()`;
    await page.waitForFunction(drawn);
    await page.getByRole("button", { name: "Install" }).click();
    const box = page.locator("svg.lane").first();
    await page.locator("button[data-zoom=install][aria-pressed=true]").waitFor();
    expect(await box.getAttribute("viewBox")).toMatch(/^[1-9]/u);
    await page.getByRole("button", { name: "Whole run" }).click();
    await page.locator("button[data-zoom=''][aria-pressed=true]").waitFor();
    expect(await box.getAttribute("viewBox")).toMatch(/^0 0 /u);
    expect(seen).toEqual([]);
  });

  it("runs nothing of a hostile report [R-REPORT-13]", async () => {
    const attacks = [
      `</script><script>alert(1)</script>`,
      `<img src=x onerror=alert(2)>`,
      `" onmouseover="alert(3)" style="background:url(http://127.0.0.1:1/x)`,
      `javascript:alert(4)//<svg onload=alert(5)>`,
      `]]><!--</style><style>@import "http://127.0.0.1:1/y"`,
    ];
    const report = sampleReport({
      outcome: "failed",
      manifest: attacks.join(" "),
      skills: attacks.map((attack) =>
        sampleSkill({
          id: attack,
          status: "failed",
          source: { repo: attack, ref: attack, subpath: attack },
          commit: attack,
          diagnostics: [{ code: attack, severity: "error", stage: attack, message: attack, hint: attack }],
        }),
      ),
      repositories: manySkills(3, 1).repositories?.map((one) => ({ ...one, name: attacks.join(" "), skills: attacks })),
    });
    const { page, seen } = await open(report);
    for (const link of await page.locator("#failures a").all()) await link.click();
    expect(await page.locator("#skill-table tbody tr[id]").count()).toBe(attacks.length);
    expect(await page.locator("script").count()).toBe(2);
    expect(await page.locator("#skills img, #skills svg, #failures img").count()).toBe(0);
    expect(seen).toEqual([]);
  });

  it("shows verdict, failures and table without its program [R-REPORT-16]", async () => {
    const { page } = await open(manySkills(40, 3), { javaScriptEnabled: false });
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("3 failed");
    expect(await page.locator("#failures").getByText("503").first().isVisible()).toBe(true);
    expect(await page.locator("#skill-table tbody tr").last().isVisible()).toBe(true);
    expect(await page.getByLabel("Search").isVisible()).toBe(false);
  });

  it("prints every skill on light paper [R-REPORT-21]", async () => {
    const { page } = await open(manySkills(40, 3), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    expect(await page.evaluate("getComputedStyle(document.querySelector('section')).colorScheme")).toBe("light");
    const [table, region] = ["#skill-table", ".scroll"].map((one) => page.locator(one));
    const [inner, outer] = [await table?.boundingBox(), await region?.boundingBox()];
    expect(outer?.height).toBeGreaterThanOrEqual(inner?.height ?? Infinity);
    expect(await page.getByLabel("Search").isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });

  it("of a thousand skills is short, quick and not large [R-REPORT-20]", async () => {
    const { page } = await open(manySkills(1000, 2));
    expect(await page.evaluate("document.documentElement.scrollHeight")).toBeLessThan(4000);
    const took = await page.evaluate<number>(`(() => { const find = document.querySelector("#find");
      const start = performance.now(); find.value = "skill-0999"; find.dispatchEvent(new Event("input"));
      document.body.offsetHeight; return performance.now() - start; })()`);
    expect(took).toBeLessThan(2000);
    const size = "new Blob([document.documentElement.outerHTML]).size";
    expect(await page.evaluate(size)).toBeLessThan(1_700_000);
    await page.close();
    const { page: small } = await open(manySkills(9, 1));
    expect(await small.evaluate(size)).toBeLessThan(120_000);
  });
});

interface OpenOptions {
  hash?: string;
  javaScriptEnabled?: boolean;
  colorScheme?: "dark";
}
