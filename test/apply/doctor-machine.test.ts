import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../helpers/sandbox.js";
import { unprivileged } from "../helpers/unprivileged.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

function withManifest(): Sandbox {
  const sandbox = use.sandbox();
  sandbox.writeManifest('version = 1\nscope = "global"\nskills = []\n');
  return sandbox;
}

const diagnose = async (sandbox: Sandbox, options: Parameters<Sandbox["run"]>[1] = {}) => {
  const result = await sandbox.run(["doctor", "--json"], options);
  expect(result.code, result.stderr).toBe(0);
  return result.json().findings.map(({ code, message }: { code: string; message: string }) => `${code} ${message}`);
};

/** A directory for PATH with `git` of this content in it; node is there for programs that need it. */
function withGit(sandbox: Sandbox, text: string, mode: number): { env: { PATH: string } } {
  const directory = join(sandbox.root, "bin");
  mkdirSync(directory);
  writeFileSync(join(directory, "git"), text);
  chmodSync(join(directory, "git"), mode);
  symlinkSync("/bin/sh", join(directory, "sh"));
  return { env: { PATH: directory } };
}

describe("what doctor says of the machine [R-DOCTOR-06]", () => {
  it("a home that may not be written is named, and git is not blamed", async () => {
    const sandbox = withManifest();
    chmodSync(sandbox.home, 0o555);
    const found = await diagnose(sandbox, unprivileged(sandbox));
    expect(found).toEqual([`PERMISSION_DENIED the storage cannot be written: no permission for ${sandbox.home}`]);
  });

  it("a file in the place of the storage is named", async () => {
    const sandbox = withManifest();
    writeFileSync(join(sandbox.home, ".eden-skills"), "mine");
    const [found, ...others] = await diagnose(sandbox);
    expect(found).toMatch(/^NOT_A_DIRECTORY the storage cannot be written: .*\.eden-skills is a file/u);
    expect(others).toEqual([]);
  });

  it.each([
    ["is missing", null, 0, /^GIT_OLD git was not found on PATH$/u],
    ["may not be executed", "#!/bin/sh\n", 0o644, /^GIT_OLD git was not found on PATH: .*bin\/git is not executable$/u],
    ["does not run", "#!/nowhere/sh\n", 0o755, /^GIT_OLD .*bin\/git does not run: /u],
    ["is old", "#!/bin/sh\necho git version 2.20.1\n", 0o755, /^GIT_OLD git >= 2\.32 required, found 2\.20\.1$/u],
  ])("git %s", async (_what, text, mode, expected) => {
    const sandbox = withManifest();
    const options = text === null ? { env: { PATH: sandbox.tmp } } : withGit(sandbox, text, mode);
    expect(await diagnose(sandbox, options)).toEqual([expect.stringMatching(expected)]);
  });

  it("nothing is made by looking", async () => {
    const sandbox = withManifest();
    expect(await diagnose(sandbox)).toEqual([]);
    expect(() => chmodSync(join(sandbox.home, ".eden-skills"), 0o755)).toThrow("ENOENT");
  });
});
