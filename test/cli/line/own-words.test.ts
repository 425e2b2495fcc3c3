import { expect, it } from "vitest";
import { ownWordsOf } from "../../../src/cli/line/own-words.js";

it.each([
  ["/bin/zsh", "custom\\:"],
  ["/bin/bash", "custom:"],
])("for %s the begun target is %s, since zsh takes a colon for the end of the word [R-CLI-22]", async (shell, word) => {
  const host = { env: { SHELL: shell }, home: "/nowhere", cwd: "/nowhere" };
  const own = ownWordsOf(host)("/nowhere/skills.toml");
  expect(await own.agentIds()).toEqual(expect.arrayContaining(["claude-code", word]));
  expect(await own.skillIds()).toEqual([]);
  expect(await own.registryNames()).toEqual([]);
});
