import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/run.js";

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const text = { out: "", err: "" };
  const sink = (name: "out" | "err") => ({
    on: () => {},
    write: (chunk: string, done: () => void) => {
      text[name] += chunk;
      done();
    },
  });
  const code = await runCli(argv, {
    version: "1.2.3",
    host: { env: {}, home: "/nowhere", cwd: "/nowhere" },
    stdout: sink("out"),
    stderr: sink("err"),
    signals: new EventEmitter(),
    exitNow: () => {},
  });
  return { code, ...text };
}

describe("the command line program", () => {
  it("without a command shows its help on standard error and ends with 2 [R-CLI-10]", async () => {
    const { code, out, err } = await run();
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^eden-skills <command>/);
  });

  it("answers --version and --help on standard output [R-CLI-02] [R-CLI-04] [R-CLI-17]", async () => {
    expect(await run("list", "--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
    expect(await run("apply", "--help")).toMatchObject({ code: 0, err: "" });
  });

  it("answers both as one document with --json [R-CLI-03]", async () => {
    expect(JSON.parse((await run("--version", "--json")).out)).toMatchObject({ command: "version", version: "1.2.3" });
    const help = JSON.parse((await run("list", "--help", "--json")).out);
    expect(help).toMatchObject({ command: "help", help: expect.stringContaining("eden-skills list") });
  });

  it("shows no help for a bundle of short options that holds an h [R-CLI-10]", async () => {
    const { code, out, err } = await run("install", "-utouch x");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^error\[USAGE\]: unknown option of install: "-u"\n {2}hint: `eden-skills install --help`/u);
  });

  it("says what is wrong with a command line, as text or as one JSON document [R-CLI-03] [R-CLI-10]", async () => {
    expect(await run("apply", "--retries", "x")).toEqual({
      code: 2,
      out: "",
      err: 'error[USAGE] --retries: "x" is not a whole number from 0 to 100\n  hint: `eden-skills apply --help` shows what it takes.\n',
    });
    const { code, out, err } = await run("apply", "--json", "--concurrency", "101");
    expect([code, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "INVALID_CONCURRENCY", problems: [{ path: "--concurrency" }] },
      exit_code: 2,
    });
    expect(JSON.parse((await run("--json")).out)).toMatchObject({ error: { code: "USAGE" }, exit_code: 2 });
  });

  it("refuses a dry run that is to write a report", async () => {
    expect(await run("apply", "--dry-run", "--report", "x.json")).toMatchObject({ code: 2 });
  });
});
