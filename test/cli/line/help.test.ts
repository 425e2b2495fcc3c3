import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands/all.js";
import { helpText } from "../../../src/cli/line/help.js";

const FLAGS: Record<string, string[]> = {
  apply:
    "--concurrency --frozen --offline --atomic --force --dry-run --timeout --deadline --retries --max-failures --no-adaptive --report --report-html".split(
      " ",
    ),
  warm: ["--concurrency", "--batch-size", "--batch-pause", "10s", "--bundle", "apply --from-bundle", "--report"],
  plan: ["--check", "--force", "--strict"],
  list: ["--json"],
  install: "--skill --all --list --id --registry --ref --target --copy --project --dry-run --yes".split(" "),
  doctor: ["--no-warning", "--strict"],
  repair: ["--force", "--report"],
  add: ["--id", "--repo", "--ref", "--subpath", "--mode", "--priority", "--target", "--enabled"],
  set: ["--ref", "--target", "--enabled=false"],
  remove: ["remove one two"],
  update: ["--concurrency", "--atomic", "--force", "--dry-run", "--markdown", "--report"],
  outdated: ["--diff", "--markdown", "--strict", "--concurrency", "--timeout"],
  completion: ["bash, fish, zsh"],
  history: ["--json"],
  rollback: ["--dry-run", "--force", "--report"],
  search: ["<word>", "--offline"],
  "registry update": ["[names..]", "--concurrency", "--timeout"],
  clean: ["--all", "--history", "--dry-run"],
  "lock merge": ["--install", "%O %A %B"],
  audit: ["--deny", "info, low, medium, high, critical", "no verdict"],
  init: ["--global", "--force"],
  import: ["[file..]", "--target", "--adopt", "--copy", "--project", "--dry-run"],
  "config export": ["--output", "--force"],
  "config import": ["--from", "--replace", "--dry-run"],
  schema: ["report, plan, doctor, list, manifest, lockfile"],
};

describe("the help", () => {
  it("names every command, how the manifest is found, and the exit codes", () => {
    const help = helpText(COMMANDS, null, 110);
    for (const { name, summary } of COMMANDS) expect(help).toMatch(new RegExp(`eden-skills ${name}.*${summary}`));
    expect(help).toContain("EDEN_SKILLS_CONFIG");
    expect(help).toContain("Exit codes: 0 ");
  });

  it.each(COMMANDS.map((command) => [command.name, command] as const))(
    "of %s names its flags and shows examples",
    (name, command) => {
      const help = helpText(COMMANDS, command, 100);
      for (const flag of FLAGS[name] ?? ["missing in this test"]) expect(help).toContain(flag);
      for (const flag of ["--config", "--quiet", "--verbose", "--color", "-V, --version", "-h, --help"])
        expect(help).toContain(flag);
      expect(help).toContain("Examples:");
      expect(help).toContain("Exit codes: 0 ");
    },
  );

  it("fits a narrow terminal", () => {
    for (const line of helpText(COMMANDS, null, 60).split("\n")) expect(line.length).toBeLessThanOrEqual(60);
  });
});
