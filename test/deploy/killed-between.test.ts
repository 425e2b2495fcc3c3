import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";
import { bundleScript, startScript } from "../system/child-module.js";

const use = useSandbox();

it("a copy that a killed run updated between the plan and the lock of another run stays ours [R-SYSTEM-17] [R-SYSTEM-02]", async () => {
  const sandbox = use.sandbox();
  const { home, project, storage } = sandbox;
  const files = (body: string) => ({ "a/SKILL.md": skillText("a", body), "b/SKILL.md": skillText("b") });
  const repository = await createRepository(join(sandbox.root, "r.git"), { files: files("old") });
  const repo = `file://${repository.dir}`;
  const a = { id: "a", repo, subpath: "a", mode: "copy" as const };
  sandbox.writeManifest(manifestOf([a]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const stateFile = join(
    storage,
    "state",
    readdirSync(join(storage, "state")).find((name) => name.endsWith(".json")) ?? "",
  );
  const target = join(home, ".claude/skills/a");
  const read = () => JSON.parse(readFileSync(stateFile, "utf8"));
  const before = read();
  // What an update writes: its content and its integrity; then everything is as before.
  await repository.commit({ files: files("new") });
  const lockfile = readFileSync(sandbox.lockfilePath);
  expect((await sandbox.run(["update"])).code).toBe(0);
  const integrities = [...before.targets[target].integrities, ...read().targets[target].integrities];
  cpSync(target, join(project, "new"), { recursive: true });
  writeFileSync(sandbox.lockfilePath, lockfile);
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(readFileSync(join(target, "SKILL.md"), "utf8")).toContain("old");

  // Another run has planned, and waits for the lock, while the update is killed before its last write.
  sandbox.writeManifest(manifestOf([a, { id: "b", repo, subpath: "b" }]));
  const killed = { ...before, targets: { [target]: { ...before.targets[target], integrities } } };
  await applyWithLockTaken(sandbox, async () => {
    writeFileSync(stateFile, JSON.stringify(killed));
    await removeTree(target);
    cpSync(join(project, "new"), target, { recursive: true });
  });
  const again = await sandbox.run(["apply"]);
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect(readFileSync(join(target, "SKILL.md"), "utf8")).toContain("old");
});

it("a copy that another run was replacing when this one planned stays ours, and is removed when it is unwanted [R-SYSTEM-17] [R-SYSTEM-02]", async () => {
  const sandbox = use.sandbox();
  const files = { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") };
  const { dir } = await createRepository(join(sandbox.root, "r.git"), { files });
  const skills = ["a", "b"].map((id) => ({ id, repo: `file://${dir}`, subpath: id, mode: "copy" as const }));
  sandbox.writeManifest(manifestOf(skills.slice(0, 1)));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  sandbox.writeManifest(manifestOf(skills.slice(1)));
  const target = join(sandbox.home, ".claude/skills/a");
  const aside = join(sandbox.home, "aside");
  renameSync(target, aside);
  await applyWithLockTaken(sandbox, () => renameSync(aside, target));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(existsSync(target)).toBe(false);
});

it("what another run was replacing is reported as it is under the lock, and not at all after a change of the manifest [R-PLAN-10]", async () => {
  const sandbox = use.sandbox();
  const files = { "a/SKILL.md": skillText("a"), "b/SKILL.md": skillText("b") };
  const { dir } = await createRepository(join(sandbox.root, "r.git"), { files });
  const skills = ["a", "b"].map((id) => ({ id, repo: `file://${dir}`, subpath: id }));
  sandbox.writeManifest(manifestOf(skills.slice(0, 1)));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  sandbox.writeManifest(manifestOf(skills.slice(1)));
  const target = join(sandbox.home, ".claude/skills/a");
  const ours = readlinkSync(target);
  const link = (text: string) => {
    rmSync(target);
    symlinkSync(text, target);
  };
  link("elsewhere");
  const changed = await applyWithLockTaken(
    sandbox,
    () => {
      link(ours);
      appendFileSync(sandbox.manifestPath, "# changed\n");
    },
    1,
  );
  expect(changed).toContain("MANIFEST_CHANGED");
  expect(changed).not.toContain("TARGET_CONFLICT");
  link("elsewhere");
  expect(await applyWithLockTaken(sandbox, () => link(ours))).not.toContain("TARGET_CONFLICT");
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(lstatSync(target, { throwIfNoEntry: false })).toBeUndefined();
});

/**
 * An apply that plans before `change` and takes the lock of its manifest after it.
 * @returns its document.
 */
async function applyWithLockTaken(sandbox: Sandbox, change: () => void | Promise<void>, exitCode = 0): Promise<string> {
  const script = await bundleScript(sandbox.tmp, "hold", HOLD);
  const holder = startScript(script, [sandbox.storage, sandbox.manifestPath]);
  expect(await holder.line()).toBe("held");
  const waiting = sandbox.spawn(["apply", "--json", "--progress", "plain"]);
  await waiting.waitFor(/waiting/iu);
  await change();
  holder.process.kill("SIGKILL");
  const { code, stdout, stderr } = await waiting.finished;
  expect(code, stdout + stderr).toBe(exitCode);
  return stdout;
}

const HOLD = `
import { systemClock } from "./system/clock.js";
import { withManifestLock } from "./workspace/manifest-lock.js";
const [, , storageRoot, path] = process.argv;
await withManifestLock({ storageRoot, path } as never, { clock: systemClock }, async () => {
  console.log("held");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
`;
