import { expect, it } from "vitest";
import { compileGlob } from "../../../src/manifest/names/glob.js";
import { globProblem, sourceGlobProblem } from "../../../src/manifest/names/glob-text.js";

const ID = "R-COLLECTION-03";

it(`a glob that could take minutes is refused [${ID}]`, () => {
  for (const glob of ["a*a*a*a*a*b", "x/a*a*a*a*a*b/y", "**/a/**/b/**/c/**/d/**", "(a*)*b", "(a|b)+c"]) {
    expect(globProblem(glob), glob).not.toBeNull();
    expect(sourceGlobProblem(glob), glob).not.toBeNull();
  }
});

it(`what is allowed is matched quickly, whatever the name [${ID}]`, () => {
  const started = process.cpuUsage().user;
  for (const glob of ["a*a*a*a*b", "**/**/**/**/b", "*?*?*?*?b", "{a*,a*}{a*,a*}b", "a*a*/a*a*/a*a*/b"]) {
    expect(globProblem(glob), glob).toBeNull();
    const name = "a".repeat(64);
    expect(compileGlob(glob).matches({ name, path: `${name}/${name}/${name}` })).toBe(false);
  }
  expect((process.cpuUsage().user - started) / 1000).toBeLessThan(2000);
});
