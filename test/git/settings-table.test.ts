import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLOSED_FIXED, CLOSED_HARDENING, HANDED_ON } from "../../src/git/closed-environment.js";
import { gitEnvironment } from "../../src/git/environment.js";
import { FIXED, HARDENING, OUR_SSH, REMOVED } from "../../src/git/hardening.js";

interface Row {
  name: string;
  byDefault: string;
  isolated: string;
}

const [variables, settings] = readFileSync(new URL("../../specs/git-settings.md", import.meta.url), "utf8")
  .split(/^## /mu)
  .slice(1)
  .map(rowsOf) as [Row[], Row[]];

/** A row for each name in the first column of a table. */
function rowsOf(text: string): Row[] {
  return [...text.matchAll(/^\| (`.*?) \| (\w+) \| (\w+) \| ./gmu)].flatMap(
    ([, names = "", byDefault = "", isolated = ""]) =>
      [...names.matchAll(/`([^`]+)`/gu)].map(([, name = ""]) => ({ name, byDefault, isolated })),
  );
}

const modes = [
  ["byDefault", {}],
  ["isolated", { EDEN_SKILLS_ISOLATED: "1" }],
] as const;

describe("the table of what git is given [R-GIT-01] [R-GIT-18]", () => {
  it("has a row for each variable that the code names, and none twice", () => {
    const names = variables.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const inCode = [REMOVED, HANDED_ON, ...[FIXED, OUR_SSH, CLOSED_FIXED].map(Object.keys)].flat();
    expect(inCode.filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(variables.flatMap((row) => modes.map(([mode, env]) => ({ name: row.name, state: row[mode], mode, env }))))(
    "$name is $state, $mode",
    ({ name, state, env }) => {
      const own = name === "GIT_CONFIG_COUNT" ? "1" : "/owner";
      const pair = { GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "me" };
      const result = gitEnvironment({ ...pair, ...env, [name]: own }, { transport: "https", cwd: "/s/empty" });
      const value = result[name];
      if (state === "passed") expect(value).toBe(own);
      else if (state === "removed") expect(value).toBeUndefined();
      else {
        expect(value).toBeDefined();
        expect(value).not.toBe(own);
      }
      if (name === "GIT_CONFIG_COUNT") expect(result["GIT_CONFIG_KEY_0"] === "user.name").toBe(state === "extended");
      else if (state === "extended") expect(value).toMatch(/^\/owner:\//u);
    },
  );

  it("has a row for each setting that the code makes, which is overridden", () => {
    const overridden = (mode: "byDefault" | "isolated") =>
      settings.flatMap((row) => (row[mode] === "overridden" ? [row.name] : [])).toSorted();
    const named = (list: typeof HARDENING) => list.map(([key]) => key).toSorted();
    expect(overridden("byDefault")).toEqual(named(HARDENING));
    expect(overridden("isolated")).toEqual(named([...HARDENING, ...CLOSED_HARDENING]));
  });

  it.each(modes)("is what git itself says of the settings of user and system, %s", (mode, env) => {
    const home = mkdtempSync(join(tmpdir(), "eden-table-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const rows = settings.filter(({ name }) => !name.includes("<"));
    // 0 is a value for any of them.
    const text = rows.map(({ name }) => name.replace(/^(.*)\.([^.]*)$/u, "[$1]\n\t$2 = 0\n")).join("");
    for (const name of [".gitconfig", "system"]) writeFileSync(join(home, name), text);
    const own = { PATH: process.env["PATH"], HOME: home, GIT_CONFIG_SYSTEM: join(home, "system"), ...env };
    const options = { env: gitEnvironment(own, { transport: "https" }), cwd: home, encoding: "utf8" } as const;
    const said = execFileSync("git", ["config", "--list", "--null"], options).split("\0");
    const ours = new Map([...HARDENING, ...CLOSED_HARDENING]);
    for (const row of rows) {
      const isOurs = row[mode] === "overridden";
      const values = said
        .filter((line) => line.startsWith(`${row.name.toLowerCase()}\n`))
        .map((line) => line.split("\n")[1]);
      const theirs = mode === "isolated" ? ["0"] : ["0", "0"];
      expect(values, row.name).toEqual(isOurs ? [...theirs, ours.get(row.name)] : theirs);
    }
  });
});
