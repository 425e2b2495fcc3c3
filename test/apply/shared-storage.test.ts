import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const [OWNER, OTHER] = [61_001, 61_002];
const [GROUP, OTHER_GROUP] = [61_009, 61_010];

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("*** NOT TESTED: a storage of two users. Only root can run programs as others ***");

/** A shell command that hides from each user the processes of others. */
const HIDE = "mount -t proc -o hidepid=2 proc /proc";
const canHide = isRoot && spawnSync("unshare", ["-m", "sh", "-c", HIDE]).status === 0;
if (!canHide) console.warn("*** NOT TESTED: a /proc that hides processes. This machine cannot mount one ***");

/** Two users with a home and a manifest each, and one storage of the first user and a group. */
async function twoUsers({ umask = "022", otherGroup = GROUP, delayMs = 0 }) {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/r.git"), {
    files: Object.fromEntries(["one", "two"].map((id) => [`${id}/SKILL.md`, skillText(id)])),
  });
  const delayFor = (_repository: string, kind: string) => (kind === "fetch" ? delayMs : 0);
  const remote = await use.remote(sandbox, { delayFor });
  const storage = join(sandbox.root, "shared");
  mkdirSync(storage);
  chownSync(storage, OWNER, GROUP);
  chmodSync(storage, 0o2775);
  chmodSync(sandbox.root, 0o755);
  const user = (uid: number, gid: number, ids: readonly string[]) => {
    const home = join(sandbox.root, `${uid}`);
    mkdirSync(home);
    chownSync(home, uid, gid);
    const head = `scope = "project"\n[storage]\nroot = "${storage}"`;
    const skills = ids.map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id }));
    writeFileSync(join(home, "skills.toml"), manifestOf(skills, head));
    chownSync(join(home, "skills.toml"), uid, gid);
    const start = (args: readonly string[], before = "true") => {
      const script = `umask ${umask}; ${before} && exec setpriv --reuid=${uid} --regid=${gid} --clear-groups "$@"`;
      const wrap = [...(before === "true" ? [] : ["unshare", "-m"]), "sh", "-c", script, "sh"];
      return sandbox.spawn([...args, "--json"], { wrap, cwd: home, env: { HOME: home } });
    };
    return { home, start, run: async (...args: string[]) => await start(args).finished };
  };
  const found = () =>
    readdirSync(storage, { recursive: true })
      .map((name) => [`${name}`, lstatSync(join(storage, `${name}`)).uid] as const)
      .toSorted();
  return { remote, owner: user(OWNER, GROUP, ["one"]), other: user(OTHER, otherGroup, ["one", "two"]), found };
}

/** The commands of a user who may only read, with whether they write. */
const COMMANDS: [args: string[], writes: boolean][] = [
  [["list"], false],
  [["plan"], false],
  [["doctor"], false],
  [["apply"], true],
  [["update"], true],
  [["repair"], true],
  [["clean"], true],
  [["remove", "two"], true],
];

describe.runIf(isRoot)("a storage of two users", () => {
  it("serves both, where their group may write in it [R-FAULT-49]", async () => {
    const { owner, other, found } = await twoUsers({ umask: "002" });
    for (const result of await Promise.all([owner.run("apply"), other.run("apply")]))
      expect(result.json().outcome, result.stdout).toBe("ok");
    for (const args of [["update"], ["doctor"], ["clean"], ["remove", "one"], ["clean", "--all"], ["apply"]])
      for (const { run } of [other, owner]) {
        const result = await run(...args);
        expect([args, result.code, result.stderr], result.stdout).toEqual([args, 0, ""]);
      }
    expect(new Set(found().map(([, uid]) => uid))).toEqual(new Set([OWNER, OTHER]));
  });

  it.each([
    ["read", GROUP],
    ["not even read", OTHER_GROUP],
  ])("is left as it is by one who may only %s it [R-FAULT-49]", async (may, otherGroup) => {
    const { owner, other, found } = await twoUsers({ otherGroup });
    expect((await owner.run("apply")).code).toBe(0);
    cpSync(join(owner.home, "skills.lock"), join(other.home, "skills.lock"));
    const before = found();
    for (const [args, writes] of COMMANDS) {
      const isFailing = writes || may !== "read";
      const { code, stdout, stderr } = await other.run(...args);
      const isNamed = stdout.includes('"PERMISSION_DENIED"');
      expect([args, code, isNamed], stdout).toEqual([args, isFailing ? 1 : 0, isFailing]);
      expect(stdout + stderr).not.toMatch(/"INTERNAL"|\n {4}at /u);
    }
    expect(found()).toEqual(before);
    for (const args of [["apply"], ["update"], ["clean"]]) expect((await owner.run(...args)).code).toBe(0);
  });

  it.runIf(canHide)("keeps what the other's run needs, where /proc hides it [R-FAULT-49] [R-CLEAN-04]", async () => {
    const { remote, owner, other } = await twoUsers({ umask: "002", delayMs: 2000 });
    const applying = owner.start(["apply"]);
    while (remote.traffic.count({ kind: "fetch" }) === 0) await setTimeout(5);
    const cleaned = await other.start(["clean"], HIDE).finished;
    expect(cleaned.json(), cleaned.stderr).toMatchObject({ removed: [] });
    expect((await applying.finished).json().outcome).toBe("ok");
  });
});
