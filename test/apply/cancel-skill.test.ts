import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SkillReactor } from "../../src/index.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { processesNaming } from "../helpers/running-processes.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Three repositories, of which `stuck` (two skills) does not answer its fetch; the reactor is the library's own. */
async function setUp(concurrency: number, atomic = false) {
  const sandbox = use.sandbox();
  for (const name of ["one", "two"])
    await createRepository(join(sandbox.root, `served/${name}.git`), { files: { "SKILL.md": skillText(name) } });
  await createRepository(join(sandbox.root, "served/stuck.git"), {
    files: { "left/SKILL.md": skillText("left"), "right/SKILL.md": skillText("right") },
  });
  const remote = await use.remote(sandbox);
  const repo = (name: string) => `${remote.url}/${name}.git`;
  sandbox.writeManifest(
    manifestOf([
      { id: "left", repo: repo("stuck"), subpath: "left" },
      { id: "right", repo: repo("stuck"), subpath: "right" },
      { id: "one", repo: repo("one") },
      { id: "two", repo: repo("two") },
    ]),
  );
  const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
  const reactor = new SkillReactor({ host, concurrency, atomic });
  const installed = (id: string) => existsSync(join(sandbox.home, ".claude/skills", id, "SKILL.md"));
  return { sandbox, remote, reactor, installed };
}

describe("cancelling single skills of a run [R-REACTOR-26]", () => {
  it("ends what they alone need, at once, and nothing else", async () => {
    const { sandbox, remote, reactor, installed } = await setUp(10);
    remote.fail("stuck.git", { kind: "stall" }, { on: ["fetch"] });
    let cancelledAt = 0;
    const cancelSoon = async () => {
      await expect.poll(() => remote.traffic.count({ repository: "stuck.git", kind: "fetch" })).toBeGreaterThan(0);
      cancelledAt = performance.now();
      reactor.cancel(["left", "right"]);
    };
    reactor.on((event) => {
      if (event.type === "skill-synced" && event.skill === "two") void cancelSoon();
    });
    const report = await reactor.apply();
    expect(performance.now() - cancelledAt).toBeLessThan(2000);
    expect(processesNaming(sandbox.storage)).toEqual([]);
    const byId = new Map(report.skills.map((skill) => [skill.id, skill]));
    expect(["left", "right", "one", "two"].map((id) => byId.get(id)?.status)).toEqual([
      "cancelled",
      "cancelled",
      "installed",
      "installed",
    ]);
    expect(byId.get("left")?.diagnostics).toMatchObject([{ code: "CANCELLED", message: "cancelled by the caller" }]);
    expect([report.outcome, report.exit_code]).toEqual(["failed", 1]);
    expect(["left", "right", "one", "two"].map(installed)).toEqual([false, false, true, true]);
  });

  it("lets a repository go on for the skills that are still wanted", async () => {
    const { remote, reactor, installed } = await setUp(10);
    remote.fail("stuck.git", { kind: "drip", bytesPerSecond: 2000 }, { on: ["fetch"] });
    reactor.on((event) => event.type === "skill-synced" && event.skill === "one" && reactor.cancel(["left"]));
    const report = await reactor.apply();
    expect(report.skills.map(({ status }) => status)).toEqual(["cancelled", "installed", "installed", "installed"]);
    expect(["left", "right"].map(installed)).toEqual([false, true]);
  });

  it("does not begin what still waits, and takes back what has synced but is not installed yet", async () => {
    const { reactor, remote, installed } = await setUp(1);
    reactor.on((event) => {
      if (event.type === "skill-synced" && event.skill === "right") reactor.cancel(["right", "two", "unknown"]);
    });
    const report = await reactor.apply();
    expect(report.skills.map(({ status }) => status)).toEqual(["installed", "cancelled", "installed", "cancelled"]);
    expect(remote.traffic.log.some(({ repository }) => repository === "two.git")).toBe(false);
    expect(["left", "right", "one", "two"].map(installed)).toEqual([true, false, true, false]);
  });

  it("is the reason that --atomic gives for the others", async () => {
    const { reactor, installed } = await setUp(1, true);
    reactor.on((event) => event.type === "skill-synced" && event.skill === "right" && reactor.cancel(["right"]));
    const report = await reactor.apply();
    const reasons = new Map(report.skills.map(({ id, targets }) => [id, targets[0]?.reasons]));
    expect(reasons.get("right")).toEqual(["cancelled by the caller"]);
    expect(reasons.get("one")).toEqual(["--atomic: another skill was cancelled"]);
    expect(["left", "right", "one", "two"].map(installed)).toEqual([false, false, false, false]);
  });

  it("means nothing to a run that is over", async () => {
    const { reactor, installed } = await setUp(10);
    expect((await reactor.apply()).exit_code).toBe(0);
    reactor.cancel(["one"]);
    expect((await reactor.apply()).exit_code).toBe(0);
    expect(installed("one")).toBe(true);
  });
});
