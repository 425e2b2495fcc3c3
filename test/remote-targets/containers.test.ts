import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { canRunContainers, startContainers, type Containers } from "../helpers/containers.js";
import { remoteProject, type RemoteProject } from "../helpers/remote-project.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe.runIf(canRunContainers())("targets in a container", () => {
  let containers: Containers;
  let sandbox: Sandbox;
  let project: RemoteProject;
  beforeAll(() => {
    containers = startContainers();
    containers.start("box");
  });
  afterAll(async () => await containers.close());
  beforeEach(() => {
    sandbox = use.sandbox();
    project = remoteProject(sandbox);
    containers.sh("box", "rm -rf ~/.claude ~/my*");
  });
  const run = async (args: string[], env: Record<string, string> = containers.env): Promise<RunResult> =>
    await sandbox.run([...args, "--json"], { env });
  const codes = (result: RunResult): string[] =>
    result
      .json()
      .skills.flatMap(({ diagnostics }: { diagnostics: { code: string }[] }) => diagnostics.map(({ code }) => code));

  it("get a copy as the container's user, without root and without volumes [R-REMOTE-01] [R-REMOTE-02]", async () => {
    project.wants({ notes: '"podman:box", { agent = "custom", path = "~/my tools", environment = "docker:box" }' });
    const result = await run(["apply"]);
    expect([result.code, result.json().summary.install], result.stdout).toMatchObject([0, { create: 2 }]);
    expect(
      containers.sh("box", 'cd ~/.claude/skills/notes && cat SKILL.md && "./scripts/run it.sh" && stat -c %u .'),
    ).toBe(`${project.text("notes")}done\n1000\n`);
    expect(containers.sh("box", 'cat ~/"my tools/notes/SKILL.md"')).toBe(project.text("notes"));
    project.write("notes", "two");
    expect((await run(["apply"])).json().summary.install).toMatchObject({ update: 2 });
    expect(containers.sh("box", "cat ~/.claude/skills/notes/SKILL.md")).toBe(project.text("notes"));
    expect((await run(["apply"])).json().summary.install).toMatchObject({ noop: 2 });
    project.wants({});
    expect((await run(["apply"])).json().summary.install).toMatchObject({ remove: 2 });
    expect(containers.sh("box", 'ls -A ~/.claude/skills ~/"my tools"')).not.toMatch(/notes|eden/u);
  });

  it("are reached by the docker client and its variables [R-REMOTE-01]", async () => {
    const env = await containers.serveDocker();
    if (env === null) return;
    project.wants({ notes: '"docker:box"' });
    const result = await run(["apply"], env);
    expect(result.code, result.stdout).toBe(0);
    expect(containers.sh("box", "cat ~/.claude/skills/notes/SKILL.md")).toBe(project.text("notes"));
    expect((await run(["doctor"], env)).json().findings).toEqual([]);
    expect(codes(await run(["apply"], { ...env, DOCKER_HOST: "unix:///nowhere.sock" }))).toEqual([
      "ADAPTER_HEALTH_FAIL",
    ]);
  });

  it("that cannot be changed fail alone: missing, stopped, without a shell, read-only [R-REMOTE-04] [R-FAULT-48]", async () => {
    containers.start("stopped");
    containers.podman("stop", "-t", "0", "stopped");
    containers.start("fixed", { args: ["--read-only"] });
    containers.start("bare");
    containers.sh("bare", "rm /bin/sh", "root");
    project.wants({ notes: '"podman:box", "podman:nothing", "podman:stopped", "podman:fixed", "podman:bare"' });
    const result = await run(["apply"]);
    expect(result.code).toBe(1);
    const [{ targets, diagnostics }] = result.json().skills;
    expect(targets.map(({ status }: { status: string }) => status).toSorted()).toEqual([
      "done",
      "failed",
      "failed",
      "failed",
      "failed",
    ]);
    const messages = diagnostics
      .map(({ code, message }: { code: string; message: string }) => `${code} ${message}`)
      .toSorted();
    expect(messages).toEqual([
      "ADAPTER_HEALTH_FAIL container bare has no shell",
      "ADAPTER_HEALTH_FAIL container stopped is not running",
      "ADAPTER_HEALTH_FAIL there is no container nothing",
      expect.stringMatching(/^PERMISSION_DENIED .*Read-only file system/u),
    ]);
    const { findings } = (await run(["doctor"])).json();
    expect(findings.map(({ code }: { code: string }) => code)).toEqual([
      "ADAPTER_HEALTH_FAIL",
      "ADAPTER_HEALTH_FAIL",
      "ADAPTER_HEALTH_FAIL",
      "TARGET_MISSING",
    ]);
  });

  it("of a container that was removed are forgotten [R-REMOTE-06]", async () => {
    containers.start("short");
    project.wants({ notes: '"podman:short"' });
    expect((await run(["apply"])).code).toBe(0);
    containers.podman("rm", "-f", "-t", "0", "short");
    project.wants({});
    expect((await run(["apply"])).code).toBe(0);
    expect((await run(["apply"])).code).toBe(0);
  });

  it("of an install that fails are taken back [R-REMOTE-06]", async () => {
    project.wants({});
    const result = await run(["install", "./src/notes", "--target", "podman:box", "podman:nothing"]);
    expect([result.code, result.json().installed]).toEqual([1, []]);
    expect(containers.sh("box", "ls -A ~/.claude/skills")).toBe("");
  });

  it("need docker or podman on this machine [R-REMOTE-04]", async () => {
    project.wants({ notes: '"podman:box"' });
    const bin = join(sandbox.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), '#!/bin/sh\nexec /usr/bin/git "$@"\n', { mode: 0o755 });
    expect(codes(await run(["apply"], { PATH: bin }))).toEqual(["DOCKER_NOT_FOUND"]);
  });
});
