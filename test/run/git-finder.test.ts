import { expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { requireGit } from "../../src/git/require-git.js";
import { gitFinder } from "../../src/run/git-finder.js";
import { gitWorld } from "../git/git-world.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it("a run that is interrupted before it searches for git ends as interrupted, without an unhandled rejection [R-CLI-05]", async () => {
  const { git } = gitWorld(use.sandbox().root);
  const interrupted = new EdenError("CANCELLED", "interrupted by SIGINT");
  const signal = AbortSignal.abort(interrupted);
  await expect(requireGit(git, signal)).rejects.toBe(interrupted);
  const unhandled: unknown[] = [];
  const listen = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", listen);
  try {
    const staging = { next: git.scratchFile, emptyDirectory: () => git.cwd, dispose: () => {} };
    const find = gitFinder({ host: git.host, clock: git.clock, emit: () => {} }, staging, signal);
    await expect(find(signal)).rejects.toBe(interrupted);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", listen);
  }
});
