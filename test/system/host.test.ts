import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../src/system/clock.js";
import { findProgram } from "../../src/system/host.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it("a program is looked for in absolute entries of PATH only [R-SYSTEM-09]", () => {
  const { root } = use.sandbox();
  const here = process.cwd();
  for (const directory of ["hostile", "good"]) {
    mkdirSync(join(root, directory));
    writeFileSync(join(root, directory, "git"), "#!/bin/sh\n");
    chmodSync(join(root, directory, "git"), 0o755);
  }
  process.chdir(root);
  try {
    expect(findProgram("git", { PATH: `hostile::.:${join(root, "good")}` })).toBe(join(root, "good/git"));
    expect(findProgram("git", { PATH: "hostile" })).toBeNull();
  } finally {
    process.chdir(here);
  }
});

it("durations are measured on a clock that no change of the wall clock moves [R-SYSTEM-06]", () => {
  const original = Date.now;
  const before = systemClock.now();
  Date.now = () => 0;
  try {
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  } finally {
    Date.now = original;
  }
});
