import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EdenError } from "../../src/errors.js";
import { inDirectory } from "../../src/system/open-directory.js";
import { createSandbox, type Sandbox } from "../helpers/sandbox.js";

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = createSandbox();
});
afterEach(async () => await sandbox.dispose());

const anywhere = () => {};

/** Moves a directory away and puts a link to `outside` in its place. */
function exchange(directory: string): { moved: string; outside: string } {
  const [moved, outside] = [`${directory}-moved`, join(sandbox.root, "outside")];
  if (!existsSync(outside)) mkdirSync(outside);
  if (existsSync(directory)) renameSync(directory, moved);
  symlinkSync(outside, directory);
  return { moved, outside };
}

describe.runIf(process.platform === "linux")("a directory that is held", () => {
  it("[R-INSTALL-04] stays the same one when a link takes its place", async () => {
    const directory = join(sandbox.project, "skills");
    mkdirSync(directory);
    const { moved, outside } = await inDirectory(directory, anywhere, async (here) => {
      const places = exchange(directory);
      writeFileSync(join(here, "new"), "text");
      await Promise.resolve();
      renameSync(join(here, "new"), join(here, "x"));
      return places;
    });
    expect([readFileSync(join(moved, "x"), "utf8"), existsSync(join(outside, "x"))]).toEqual(["text", false]);
  });

  it("[R-INSTALL-04] is created below parents that were checked, whatever takes their place", async () => {
    const directory = join(sandbox.project, ".claude/skills/deep");
    const seen: string[] = [];
    const check = (real: string) => {
      seen.push(real);
      if (real === join(sandbox.project, ".claude")) exchange(real);
    };
    await inDirectory(directory, check, (here) => writeFileSync(join(here, "x"), ""));
    const moved = join(sandbox.project, ".claude-moved");
    expect(existsSync(join(moved, "skills/deep/x"))).toBe(true);
    expect(existsSync(join(sandbox.root, "outside/skills"))).toBe(false);
    expect(seen).toEqual([
      sandbox.project,
      join(sandbox.project, ".claude"),
      join(moved, "skills"),
      join(moved, "skills/deep"),
    ]);
  });

  it("[R-INSTALL-04] is closed again, whatever happens in it", async () => {
    const descriptors: string[] = [];
    const fails = async () =>
      await inDirectory(sandbox.project, anywhere, (here) => {
        descriptors.push(here);
        throw new EdenError("FILE_FAILED", `${here}/x: bad`, { path: `${here}/x`, hint: `Look at ${here}/x.` });
      });
    const expected = {
      message: `${sandbox.project}/x: bad`,
      facts: { path: `${sandbox.project}/x`, hint: `Look at ${sandbox.project}/x.` },
    };
    await expect(fails()).rejects.toMatchObject(expected);
    await expect(fails()).rejects.toMatchObject(expected);
    expect(existsSync(descriptors[0] ?? "")).toBe(false);
  });
});

describe("a directory that is refused", () => {
  it("[R-INSTALL-04] is judged by where it really lies, and nothing is done in it", async () => {
    const directory = join(sandbox.project, "skills");
    const { outside } = exchange(directory);
    const refuse = (real: string) => {
      throw new EdenError("TARGET_PATH_INVALID", `leads to ${real}`);
    };
    const work = () => expect.unreachable();
    await expect(inDirectory(directory, refuse, work)).rejects.toMatchObject({ message: `leads to ${outside}` });
    await expect(inDirectory(join(directory, "new"), refuse, work)).rejects.toMatchObject({
      code: "TARGET_PATH_INVALID",
    });
    expect(existsSync(join(outside, "new"))).toBe(false);
  });

  it("[R-SYSTEM-05] because a file is in its way is named by its own path", async () => {
    writeFileSync(join(sandbox.project, "file"), "");
    const made = inDirectory(join(sandbox.project, "file/skills"), anywhere, () => expect.unreachable());
    await expect(made).rejects.toMatchObject({ message: expect.stringContaining(join(sandbox.project, "file")) });
  });
});
