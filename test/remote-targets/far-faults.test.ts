import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { farFaults, type FarFaults } from "../helpers/far-faults.js";
import { remoteProject, type RemoteProject } from "../helpers/remote-project.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { sshdAvailable, startSshRemote, type SshRemote } from "../helpers/ssh-remote.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe.runIf(sshdAvailable() && process.platform === "linux")("a host where something fails", () => {
  const far = mkdtempSync(join(tmpdir(), "eden-far-"));
  let remote: SshRemote;
  let faults: FarFaults;
  let sandbox: Sandbox;
  let project: RemoteProject;
  beforeAll(async () => {
    faults = farFaults(join(far, "faults"));
    remote = await startSshRemote({ root: far, home: far, path: faults.bin });
  });
  afterAll(async () => {
    await remote.close();
    rmSync(far, { recursive: true });
  });
  beforeEach(() => {
    rmSync(join(far, ".claude"), { recursive: true, force: true });
    faults.set(null);
    faults.exchanges(false);
    sandbox = use.sandbox();
    project = remoteProject(sandbox);
    project.wants({ notes: `"ssh:${remote.host}"` });
  });
  const at = (path: string) => join(far, ".claude/skills", path);
  const apply = async () => await sandbox.run(["apply", "--json"], { env: remote.env });
  const done = async () => {
    const result = await apply();
    expect(result.code, result.stdout).toBe(0);
    return result;
  };
  const content = () => (existsSync(at("notes")) ? readFileSync(at("notes/SKILL.md"), "utf8") : "absent");
  /** A shell that was cut off finishes its script; one that was killed leaves its directory. */
  const settled = async () => {
    const isOver = () => readdirSync(at(".eden-skills")).every((name) => name === "notes.json");
    for (let wait = 0; wait < 60 && !isOver(); wait++) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  /** Updates with a fault at each `mv`, until one has no more of them. Returns what was there after each. */
  const sweep = async (kills: "connection" | "shell"): Promise<string[]> => {
    await done();
    const seen: string[] = [];
    for (let move = 1; ; move++) {
      const old = content();
      project.write("notes", `${kills} ${move}`);
      faults.set({ kills, at: move });
      const result = await apply();
      if (kills === "connection") await settled();
      const isComplete = faults.moves() < move;
      faults.set(null);
      const now = content();
      seen.push(now === old ? "old" : now === project.text("notes") ? "new" : now);
      if (isComplete) {
        expect(result.code, result.stdout).toBe(0);
        return seen;
      }
      expect(result.code, `${kills} ${move}: ${result.stdout}`).toBe(1);
      await done();
      expect(content()).toBe(project.text("notes"));
      project.write("notes", `after ${kills} ${move}`);
      await done();
      expect(readdirSync(at(".eden-skills"))).toEqual(["notes.json"]);
    }
  };

  it("a connection that is cut before any rename leaves the new content: its shell goes on [R-REMOTE-07]", async () => {
    const seen = await sweep("connection");
    expect(seen.length).toBeGreaterThan(3);
    expect(new Set(seen)).toEqual(new Set(["new"]));
  }, 60_000);

  it("a killed shell leaves old or new where mv can exchange, else nothing at one moment, until the next apply [R-REMOTE-10]", async () => {
    faults.exchanges(true);
    expect(new Set(await sweep("shell"))).toEqual(new Set(["old", "new"]));
    faults.exchanges(false);
    const seen = await sweep("shell");
    expect(seen.filter((one) => one === "absent")).toHaveLength(1);
    expect(new Set(seen)).toEqual(new Set(["old", "absent", "new"]));
  }, 120_000);

  it("the lock of a process of another machine is taken after 60 seconds without a change of its holder [R-REMOTE-11]", async () => {
    await done();
    const lock = at(".eden-skills/lock");
    const holder = (run: string) => `elsewhere 0-0 1 1 ${run}\n`;
    writeFileSync(lock, holder("t-a"));
    // Another holder in between: the time begins again.
    faults.atSecond(30, `echo 'elsewhere 0-0 1 1 t-b' >'${lock}'`);
    project.write("notes", "two");
    await done();
    expect(content()).toBe(project.text("notes"));
    expect([faults.slept(), readdirSync(at(".eden-skills"))]).toEqual([90, ["notes.json"]]);
  }, 60_000);
});
