import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import { useSandbox } from "../../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp() {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/one.git"), { files: { "SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `file://${sandbox.root}/served/one.git` }]));
  const read = (file: string) => readFileSync(join(sandbox.project, file), "utf8");
  return { sandbox, read };
}

it("a run writes its page beside its result, and not into a directory that is absent [R-REPORT-13]", async () => {
  const { sandbox, read } = await setUp();
  const done = await sandbox.run(["apply", "--report-html", "run.html", "--report", "run.json"]);
  expect(done.code, done.stderr).toBe(0);
  expect(read("run.html")).toMatch(/^<!doctype html>[^]*<h1>1 of 1 skills installed[^]*<\/html>\n?$/u);
  expect(JSON.parse(read("run.json")).outcome).toBe("ok");
  const nowhere = await sandbox.run(["apply", "--report-html", "nowhere/run.html"]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("--report-html")]);
  expect(existsSync(join(sandbox.project, "nowhere"))).toBe(false);
});

it("report makes the page of what --report and --json have written, in the format of its name [R-REPORT-15]", async () => {
  const { sandbox, read } = await setUp();
  const warm = await sandbox.run(["warm", "--json"]);
  writeFileSync(join(sandbox.project, "warm.json"), warm.stdout);
  await sandbox.run(["apply", "--report", "run.json", "--report-html", "run.html"]);
  for (const command of ["update", "repair"])
    writeFileSync(join(sandbox.project, `${command}.json`), (await sandbox.run([command, "--json"])).stdout);
  const printed = await sandbox.run(["report", "run.json"]);
  expect([printed.code, printed.stdout]).toEqual([0, read("run.html")]);
  for (const name of ["warm", "update", "repair"]) {
    const made = await sandbox.run(["report", `${name}.json`, "--output", `${name}.html`]);
    expect([made.code, made.stdout]).toEqual([0, `wrote ${join(sandbox.project, `${name}.html`)}\n`]);
    expect(read(`${name}.html`)).toContain(`eden-skills ${name}`);
  }
  const json = await sandbox.run(["report", "run.json", "--output", "run.md", "--json"]);
  expect(json.json()).toMatchObject({ command: "report", output: join(sandbox.project, "run.md") });
  expect(read("run.md")).not.toContain("<!doctype");
  const nameless = await sandbox.run(["report", "run.json", "--json"]);
  expect([nameless.code, nameless.stdout]).toEqual([2, expect.stringContaining("--output")]);
});

it("report refuses a file that is absent, is not JSON, or is something else [R-REPORT-15]", async () => {
  const { sandbox } = await setUp();
  writeFileSync(join(sandbox.project, "text.json"), "no report");
  writeFileSync(join(sandbox.project, "other.json"), '{"schema_version":1,"command":"list"}');
  const codes = [];
  for (const file of ["absent.json", "text.json", "other.json"]) {
    const { code, stderr } = await sandbox.run(["report", file, "--output", "x.html"]);
    codes.push([code, /REPORT_\w+/u.exec(stderr)?.[0]]);
  }
  expect(codes).toEqual([
    [2, "REPORT_NOT_FOUND"],
    [2, "REPORT_INVALID"],
    [2, "REPORT_INVALID"],
  ]);
  expect(existsSync(join(sandbox.project, "x.html"))).toBe(false);
});
