import { lutimesSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { faketime } from "../helpers/faketime.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Two skills on a server, which sends the second one after `delayMs`. */
async function twoSkills(delayMs = 0) {
  const sandbox = use.sandbox();
  for (const name of ["one", "two"])
    await createRepository(join(sandbox.root, `served/${name}.git`), { files: { "SKILL.md": skillText(name) } });
  const remote = await use.remote(sandbox, {
    delayFor: (repository, kind) => (repository === "two.git" && kind === "fetch" ? delayMs : 0),
  });
  const text = (ids: readonly string[]) => manifestOf(ids.map((id) => ({ id, repo: `${remote.url}/${id}.git` })));
  const isFetchingTwo = async () => {
    while (remote.traffic.count({ kind: "fetch", repository: "two.git" }) === 0) await setTimeout(5);
  };
  return { sandbox, remote, text, isFetchingTwo };
}

async function run(sandbox: Sandbox, args: readonly string[], wrap?: readonly string[]) {
  const result = await sandbox.run([...args, "--json"], wrap && { wrap });
  expect([args, result.code, result.stderr], result.stdout).toEqual([args, 0, ""]);
  return result.json();
}

describe.runIf(faketime.isAvailable())("a clock that jumps", () => {
  it.each(["+10y", "-10y"])("by %s: clean takes nothing that a running apply needs [R-FAULT-36]", async (offset) => {
    const { sandbox, text, isFetchingTwo } = await twoSkills(1500);
    sandbox.writeManifest(text(["one"]));
    await run(sandbox, ["apply"]);
    for (const path of [join(sandbox.storage, "state"), join(sandbox.home, ".claude"), sandbox.manifestPath])
      rmSync(path, { recursive: true });
    const path = sandbox.writeManifest(text(["one", "two"]), "elsewhere/skills.toml");
    const applying = sandbox.spawn(["apply", "--config", path, "--json"]);
    await isFetchingTwo();
    expect(await run(sandbox, ["clean"], faketime.by(offset))).toMatchObject({ removed: [] });
    expect((await applying.finished).json()).toMatchObject({ outcome: "ok", summary: { install: { create: 2 } } });
  });

  it("in the middle of a run, forwards and back, breaks neither it nor one that waits for it [R-FAULT-36]", async () => {
    const { sandbox, text, isFetchingTwo } = await twoSkills(1500);
    sandbox.writeManifest(text(["one", "two"]));
    const clock = join(sandbox.root, "clock");
    writeFileSync(clock, "+0\n");
    const applying = sandbox.spawn(["apply", "--json"], { wrap: faketime.byFile(clock) });
    await isFetchingTwo();
    writeFileSync(clock, "+10y\n");
    const waiting = sandbox.spawn(["apply", "--json"], { wrap: faketime.by("-10y") });
    await setTimeout(700);
    writeFileSync(clock, "-10y\n");
    for (const { finished } of [applying, waiting]) expect((await finished).json().outcome).toBe("ok");
    expect(await run(sandbox, ["plan"])).toMatchObject([{ action: "noop" }, { action: "noop" }]);
  });

  it("by ten years between runs: all commands go on from what is there, in its order [R-FAULT-36]", async () => {
    const { sandbox, remote, text } = await twoSkills();
    const clocks = [faketime.by("+10y"), faketime.by("-10y"), undefined];
    for (const [index, wrap] of clocks.entries()) {
      sandbox.writeManifest(text(index === 1 ? ["one", "two"] : ["one"]));
      await run(sandbox, ["apply"], wrap);
    }
    const { entries } = await run(sandbox, ["history"]);
    expect(entries.map((entry: { number: number }) => entry.number)).toEqual([3, 2, 1]);
    expect(entries.map(({ at }: { at: string }) => new Date(at).getFullYear() - new Date().getFullYear())).toEqual([
      0, -10, 10,
    ]);
    await run(sandbox, ["rollback"], clocks[1]);
    expect(readdirSync(join(sandbox.home, ".claude/skills")).toSorted()).toEqual(["one", "two"]);
    for (const wrap of clocks) {
      expect(await run(sandbox, ["clean"], wrap)).toMatchObject({ removed: [] });
      for (const command of ["update", "doctor"]) await run(sandbox, [command], wrap);
    }
    const before = remote.traffic.count({});
    for (const wrap of clocks) expect((await run(sandbox, ["apply"], wrap)).summary.install.noop).toBe(2);
    expect(remote.traffic.count({})).toBe(before);
  });
});

describe("files of the year 1970", () => {
  it("are used like any others [R-FAULT-36]", async () => {
    const { sandbox, remote, text } = await twoSkills();
    sandbox.writeManifest(text(["one", "two"]));
    await run(sandbox, ["apply"]);
    for (const name of readdirSync(sandbox.root, { recursive: true })) lutimesSync(join(sandbox.root, `${name}`), 0, 0);
    const before = remote.traffic.count({});
    for (let round = 0; round < 2; round++)
      for (const command of ["apply", "list", "doctor", "plan"]) await run(sandbox, [command]);
    expect(remote.traffic.count({})).toBe(before);
    expect(await run(sandbox, ["clean"])).toMatchObject({ removed: [] });
    await run(sandbox, ["update"]);
  });
});
