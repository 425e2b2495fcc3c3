import { describe, expect, it } from "vitest";
import type { Arguments } from "../../../src/cli/line/arguments.js";
import { parseCommandLine, wantsJson } from "../../../src/cli/line/command-line.js";
import { COMMANDS } from "../../../src/cli/commands/all.js";
import { readGlobals } from "../../../src/cli/line/global-options.js";

function given(line: string): Arguments {
  const request = parseCommandLine(line.split(" "), COMMANDS);
  if (request.kind !== "command") throw new Error(request.kind);
  return request.given;
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
  return "accepted";
}

describe("a command line", () => {
  it("gives options and words", () => {
    const read = given("apply one --concurrency 20 --timeout=30s --json two -- --three");
    expect(read.words).toEqual(["one", "two", "--three"]);
    expect([read.concurrency("concurrency"), read.duration("timeout"), read.flag("json")]).toEqual([20, 30_000, true]);
    expect([read.concurrency("other"), read.flag("frozen")]).toEqual([undefined, false]);
  });

  it.each([
    ["set x --target a b --target=c --json", ["x"], ["a", "b", "c"]],
    ["set --target a b x", ["x"], ["a", "b"]],
    ["set --target a x", ["x"], ["a"]],
    ["set --target a -- x", ["x"], ["a"]],
    ["set x --target a --ref v1", ["x"], ["a"]],
  ])("[R-CLI-23] gives several values of one option: %s", (line, words, targets) => {
    const read = given(line);
    expect([read.words, read.list("target")]).toEqual([words, targets]);
  });

  it("may ask for help, for the version, or for nothing", () => {
    const kinds = [["-h"], ["apply", "--help"], ["list", "-V"], ["--json"]].map((argv) =>
      parseCommandLine(argv, COMMANDS),
    );
    expect(kinds).toMatchObject([
      { kind: "help", command: null },
      { kind: "help", command: { name: "apply" } },
      { kind: "version" },
      { kind: "nothing" },
    ]);
  });

  it.each([
    ["aply", 'USAGE unknown command: "aply" — did you mean "apply"?'],
    ["aply --help", 'USAGE unknown command: "aply" — did you mean "apply"?'],
    ["apply --cocurrency 3", 'USAGE unknown option of apply: "--cocurrency" — did you mean "--concurrency"?'],
    ["list -x", 'USAGE unknown option of list: "-x"'],
    ["apply --__proto__=x", 'USAGE unknown option of apply: "--__proto__"'],
    ["apply --json=maybe", "USAGE --json: takes no value but true and false: write --json or --json=false"],
    ["apply --config", "USAGE --config: needs a value"],
    ["apply --config --json", "USAGE --config: needs a value; one with a dash in front is written --config=VALUE"],
    ["list a", 'USAGE list does not take "a"'],
    ["schema", "USAGE schema needs <what>: report, plan, doctor, list, manifest, lockfile"],
    ["schema a b", 'USAGE schema does not take "b"'],
  ])("%s is refused", (line, expected) => {
    expect(refusal(() => parseCommandLine(line.split(" "), COMMANDS))).toBe(expected);
  });

  it.each([
    ["install -utouchh", 'unknown option of install: "-u"'],
    ["apply -hx", 'unknown option of apply: "-x"'],
    ["--help --bogus", 'unknown option: "--bogus"'],
    ["--help=x", "--help: takes no value"],
    ["apply --help --concurrency abc", "is not a concurrency"],
    ["warm --batch-size 0 -h", "a batch has at least one skill"],
    ["audit --deny loud --help", "is no severity"],
    ["set a --priority high --help", "is not a whole number"],
    ["install a --ref x --ref y --help", "--ref: given more than once"],
    ["list -h --color blue", "expected auto, always, never"],
    ["--version --color blue", "expected auto, always, never"],
    ["list -Vh --quiet --verbose", "it contradicts --verbose"],
    ["list a --help", 'list does not take "a"'],
    ["schema nothing --help", 'there is no schema "nothing"'],
    ["rollback x --help", "is no number of a state"],
    ["completion csh --help", 'there is no completion for "csh"'],
    ["import a b --help", "import takes one file"],
    ["config --help", "config is not a whole command: expected config export or config import"],
  ])("%s is refused before any help is shown [R-CLI-10]", (line, expected) => {
    expect(refusal(() => parseCommandLine(line.split(" "), COMMANDS))).toContain(expected);
  });

  it.each(["install --help", "set -h", "-hV", "apply --help --concurrency 3", "schema list -h", "list --help --yes"])(
    "%s asks for help, whatever it lacks",
    (line) => {
      expect(parseCommandLine(line.split(" "), COMMANDS)).toMatchObject({ kind: "help" });
    },
  );

  it("takes --yes with every command [R-CLI-04]", () => {
    for (const { name } of COMMANDS) {
      const line = ["--yes", ...name.split(" "), "--help"];
      expect(parseCommandLine(line, COMMANDS)).toMatchObject({ kind: "help", globals: { yes: true } });
    }
  });

  it.each(["0", "101", "1.5", "x", "1e1"])("a concurrency of %s is refused", (value) => {
    const expected = `INVALID_CONCURRENCY --concurrency: "${value}" is not a concurrency`;
    expect(refusal(() => given(`apply --concurrency ${value}`).concurrency("concurrency"))).toBe(expected);
  });

  it("refuses what is given twice, is empty, out of range, or no duration", () => {
    const twice = "apply --concurrency 3 --concurrency 3";
    expect(refusal(() => given(twice))).toBe("USAGE --concurrency: given more than once");
    expect(refusal(() => given("apply --config="))).toBe("USAGE --config: needs a value");
    expect(refusal(() => given("apply --retries=-1"))).toBe(
      'USAGE --retries: "-1" is not a whole number from 0 to 100',
    );
    expect(refusal(() => given("apply --timeout 5"))).toBe('INVALID_DURATION --timeout: "5" is not a duration');
  });

  it("refuses global options that contradict each other or mean nothing", () => {
    expect(refusal(() => readGlobals(given("list --quiet --verbose")))).toMatch(/^USAGE --quiet: it contradicts/);
    expect(refusal(() => readGlobals(given("list --color blue")))).toBe("USAGE --color: expected auto, always, never");
    expect(readGlobals(given("list --color never --offline"))).toMatchObject({ color: "never", offline: true });
  });

  it("tells whether JSON was wanted even when it cannot be read", () => {
    expect(
      ["x --json", "x --json=true", "x -- --json", "x", "x --json --json=false"].map((line) =>
        wantsJson(line.split(" ")),
      ),
    ).toEqual([true, true, false, false, false]);
  });
});
