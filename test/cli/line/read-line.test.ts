import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands/all.js";
import { membersOf, nameOf } from "../../../src/cli/line/command.js";
import { readLine, type Line } from "../../../src/cli/line/read-line.js";

const read = (line: string): Line => readLine(line.split(" "), COMMANDS, 100);

function given(line: string): Record<string, unknown> {
  const { failure, given: values } = read(line);
  expect(failure).toBe(null);
  return values;
}

function refusal(line: string): string {
  const { failure } = read(line);
  if (failure === null) return "accepted";
  const { code, message } = failure as { code: string; message: string };
  return `${code} ${message}`;
}

describe("a command line", () => {
  it("gives options and words", () => {
    expect(given("apply one --concurrency 20 --timeout=30s --json two -- --three")).toMatchObject({
      ids: ["one", "two", "--three"],
      concurrency: 20,
      timeout: 30_000,
      json: true,
    });
    expect(given("rollback 1")).toMatchObject({ number: 1 });
    expect(given("set 0123 --priority -2")).toMatchObject({ skill: "0123", priority: -2 });
  });

  it.each([
    ["set x --target a b --target=c --json", "x", ["a", "b", "c"]],
    ["set --target a b x", "x", ["a", "b"]],
    ["set --target a x", "x", ["a"]],
    ["set --target a -- x", "x", ["a"]],
    ["set x --target a --ref v1", "x", ["a"]],
    ["set x -a a --agent b", "x", ["a", "b"]],
  ])("[R-CLI-23] gives several values of one option: %s", (line, skill, target) => {
    expect(given(line)).toMatchObject({ skill, target });
  });

  it("[R-CLI-23] leaves every value to the option where no word is needed", () => {
    expect(given("import --target codex")).toMatchObject({ target: ["codex"] });
    expect(given("import --target codex")).not.toHaveProperty("file");
    expect(given("install --skill a b owner/repo")).toMatchObject({ skill: ["a", "b"], source: "owner/repo" });
  });

  it.each([
    ["-yqnf", { yes: true, quiet: true, "dry-run": true, force: true }],
    ["-gv", { global: true, verbose: true }],
    ["-p -s one two -l", { project: true, skill: ["one", "two"], list: true }],
  ])("takes the short options %s [R-CLI-26]", (options, expected) => {
    expect(given(`install owner/repo ${options}`)).toMatchObject({ source: "owner/repo", ...expected });
  });

  it.each([
    ["i", "install"],
    ["ls", "list"],
    ["rm", "remove"],
    ["uninstall", "remove"],
    ["upgrade", "update"],
    ["sync", "apply"],
  ])("knows %s as %s [R-CLI-26]", (alias, name) => {
    const { command, failure } = read(alias);
    expect([failure, command === null ? "" : nameOf(command)]).toEqual([null, name]);
  });

  it("leaves --version to the command that has one of its own", () => {
    expect(given("set x --version ^2")).toMatchObject({ version: "^2" });
    expect(given("set x --version ^2 -V")).toMatchObject({ version: "^2", V: true });
    expect(given("list -V")).toMatchObject({ version: true });
  });

  it.each([
    ["aply", 'USAGE unknown command: "aply" — did you mean "apply"?'],
    ["aply --help", 'USAGE unknown command: "aply" — did you mean "apply"?'],
    ["apply --cocurrency 3", 'USAGE unknown option of apply: "--cocurrency" — did you mean "--concurrency"?'],
    ["list -x", 'USAGE unknown option of list: "-x"'],
    ["apply --__proto__=x", 'USAGE unknown option of apply: "--___proto___"'],
    ["apply --json=maybe", "USAGE --json: takes no value but true and false: write --json or --json=false"],
    ["apply --config", "USAGE --config: needs a value; one with a dash in front is written --config=VALUE"],
    ["apply --config --json", "USAGE --config: needs a value; one with a dash in front is written --config=VALUE"],
    ["list a", 'USAGE list does not take "a"'],
    ["schema", "USAGE schema needs <what>"],
    ["schema a b", 'USAGE schema does not take "b"'],
  ])("%s is refused", (line, expected) => {
    expect(refusal(line)).toBe(expected);
  });

  it.each([
    ["install -utouchh", 'unknown option of install: "-u"'],
    ["apply -hx", 'unknown option of apply: "-x"'],
    ["--help --bogus", 'unknown option: "--bogus"'],
    ["--help=x", "--help: takes no value"],
    ["apply --help --concurrency abc", "expected 1 to 100 or "],
    ["warm --batch-size 0 -h", "is not a whole number from 1"],
    ["audit --deny loud --help", '--deny: "loud" is none of'],
    ["set a --priority high --help", "is not a whole number"],
    ["install a --ref x --ref y --help", "--ref: given more than once"],
    ["list -h --color blue", '--color: "blue" is none of "auto", "always", "never"'],
    ["--version --color blue", '"blue" is none of'],
    ["list -Vh --quiet --verbose", "it contradicts --verbose"],
    ["list a --help", 'list does not take "a"'],
    ["schema nothing --help", '"nothing" is none of "report"'],
    ["rollback x --help", "is not a number of a state"],
    ["completion csh --help", '"csh" is none of "bash", "fish", "zsh"'],
    ["import a b --help", 'import does not take "b"'],
    ["config x --help", 'unknown command: "config x": expected config export or config import or config compact'],
    ["list -g --config x --help", "--global: it contradicts --config"],
  ])("%s is refused before any help is shown [R-CLI-10]", (line, expected) => {
    expect(refusal(line)).toContain(expected);
  });

  it("names the words that a command is still to have", () => {
    expect(refusal("config")).toBe(
      "USAGE config is not a whole command: expected config export or config import or config compact",
    );
  });

  it.each([
    "install --help",
    "set -h",
    "-hV",
    "apply --help --concurrency 3",
    "schema list -h",
    "schema -h",
    "list --help --yes",
    "config --help",
  ])("%s asks for help, whatever is missing", (line) => {
    expect(given(line)).toMatchObject({ help: true });
  });

  it("takes --yes with every command [R-CLI-04]", () => {
    for (const command of COMMANDS.flatMap(membersOf)) {
      const line = read(`--yes ${nameOf(command)} --help`);
      expect(line).toMatchObject({ failure: null, command, given: { help: true, yes: true } });
    }
  });

  it.each(["0", "101", "1.5", "x", "1e1"])("a concurrency of %s is refused", (value) => {
    const expected = `INVALID_CONCURRENCY --concurrency: "${value}": expected 1 to 100 or "auto"`;
    expect(refusal(`apply --concurrency ${value}`)).toBe(expected);
  });

  it("refuses what is given twice, is empty, out of range, or no duration", () => {
    const twice = "apply --concurrency 3 --concurrency 3";
    expect(refusal(twice)).toBe("USAGE --concurrency: given more than once");
    expect(refusal("apply --config=")).toBe("USAGE --config: needs a value");
    expect(refusal("apply --retries=-1")).toBe('USAGE --retries: "-1" is not a whole number from 0 to 100');
    expect(refusal("apply --timeout 5")).toBe('INVALID_DURATION --timeout: "5" is not a duration');
  });

  it("is read as far as it goes after a failure, so that JSON is known to be wanted", () => {
    const lines = ["x --json", "x --json=true", "x -- --json", "x", "x --json --json=false", "apply --json --bogus"];
    expect(lines.map((line) => read(line).given.json === true)).toEqual([true, true, false, false, false, true]);
  });
});
