import { describe, expect, it } from "vitest";
import { COMMANDS, HEADINGS } from "../../../src/cli/commands/all.js";
import { membersOf, nameOf } from "../../../src/cli/line/command.js";
import { overview } from "../../../src/cli/line/overview.js";
import { readLine } from "../../../src/cli/line/read-line.js";

const FLAGS: Record<string, string[]> = {
  apply:
    "--concurrency --frozen --offline --atomic --force --dry-run --timeout --deadline --retries --max-failures --no-adaptive --report --report-html".split(
      " ",
    ),
  warm: ["--concurrency", "--batch-size", "--batch-pause", "10s", "--bundle", "apply --from-bundle", "--report"],
  plan: ["--check", "--force", "--strict"],
  list: ["--json"],
  inventory: ["[roots..]", "--csv", "--html", "--depth", "--online"],
  install: "--skill --all --list --id --registry --ref --target --copy --project --dry-run --yes".split(" "),
  doctor: ["--no-warning", "--strict"],
  repair: ["--force", "--report"],
  add: ["--id", "--repo", "--ref", "--subpath", "--mode", "--priority", "--target", "--enabled"],
  set: ["--ref", "--target", "--enabled=false"],
  remove: ["remove one two"],
  update: ["--concurrency", "--atomic", "--force", "--dry-run", "--markdown", "--report"],
  outdated: ["--diff", "--markdown", "--strict", "--concurrency", "--timeout"],
  completion: ['"bash", "fish", "zsh"'],
  help: ["[command..]"],
  version: ["-V, --version"],
  show: ["<skill> [name]", "--timeout"],
  why: ["<subject>"],
  agents: ["[agents..]", "--detected"],
  diff: ["[ids..]", "--upstream", "--group", "--strict"],
  dev: ["[skill] [dir]", "--stop"],
  history: ["--json"],
  report: ["<file>", "--output"],
  propose: [
    "--group",
    "--base",
    "--branch",
    "--remote",
    "--dry-run",
    "--timeout",
    "GITHUB_TOKEN=… eden-skills propose",
  ],
  "policy check": ["[ids..]", "--group", "eden-skills policy check --json"],
  rollback: ["--dry-run", "--force", "--report"],
  search: ["<word>", "--offline"],
  "registry update": ["[names..]", "--concurrency", "--timeout"],
  clean: ["--all", "--history", "--dry-run"],
  "lock merge": ["--install", "%O %A %B"],
  "lock export": ["--output", "--force"],
  "lock sign": ["--key"],
  "lock verify": ["--allowed-signers", "--identity", "--trusted-root", "--certificate-identity"],
  audit: ["--deny", '"info", "low", "medium"', "not a verdict"],
  init: ["--global", "--force"],
  import: ["[file]", "--target", "--adopt", "--copy", "--project", "--dry-run"],
  "config export": ["--output", "--force"],
  "config compact": ["--dry-run"],
  "config import": ["--from", "--replace", "--dry-run"],
  schema: ['"report"', '"events"', '"manifest"', '"lockfile"'],
};

const ALL = COMMANDS.flatMap(membersOf);

describe("the help", () => {
  it("names every command, how the manifest is found, and the exit codes", async () => {
    const help = await overview(HEADINGS, 110);
    for (const { command, describe: summary } of ALL)
      expect(help).toMatch(new RegExp(`eden-skills ${nameOf({ command })}.*${summary}`));
    for (const [heading] of HEADINGS) expect(help).toContain(`\n${heading}\n`);
    expect(help).toContain("EDEN_SKILLS_CONFIG");
    expect(help).toContain("Exit codes: 0 ");
  });

  it.each(ALL.map((command) => nameOf(command)))("of %s names its flags and shows examples", async (name) => {
    const help = await readLine([...name.split(" "), "--help"], COMMANDS, 100).help();
    for (const flag of FLAGS[name] ?? ["missing in this test"]) expect(help).toContain(flag);
    for (const flag of ["--config", "-q, --quiet", "-v, --verbose", "--color", "-V", "-h, --help"])
      expect(help).toContain(flag);
    const [, examples = ""] = /\nExamples:\n([\s\S]*?)\n\n/u.exec(help) ?? [];
    expect(examples).toMatch(/^(?: {2}# .*\n {2}[^#\n]*(?:\n|$))+$/u);
    expect(help).toContain("exit codes: eden-skills help");
    expect(help).not.toContain("Exit codes: 0 ");
  });

  it("breaks no address, and shows each example on a line of its own [R-CLI-29]", async () => {
    const help = await readLine(["install", "--help"], COMMANDS, 100).help();
    expect(help).toContain(
      "\n  # the skill of that page\n  eden-skills install https://github.com/studio/web/tree/v2/skills/web-performance\n",
    );
    const narrow = await readLine(["install", "--help"], COMMANDS, 70).help();
    expect(narrow).toMatch(/\shttps:\/\/github\.com\/studio\/web\/tree\/v2\/skills\/web-performance\s/u);
  });

  it("fits a narrow terminal", async () => {
    for (const line of (await overview(HEADINGS, 60)).split("\n")) expect(line.length).toBeLessThanOrEqual(60);
  });
});
