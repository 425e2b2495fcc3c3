import { expect, it } from "vitest";
import { withoutWorkflowCommands } from "../../../src/cli/session/workflow-commands.js";

it("no line is a command to a build server", () => {
  const text = "::add-mask::x\n  ::error::y\nskill a::b\nsee ##[group]x, ##vso[task]y and ##teamcity[z]\n## heading";
  expect(withoutWorkflowCommands(text)).toBe(
    ": :add-mask::x\n  : :error::y\nskill a::b\nsee ##(group]x, ##vso(task]y and ##teamcity(z]\n## heading",
  );
});
