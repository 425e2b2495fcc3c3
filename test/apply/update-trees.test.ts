import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const IDS = ["one", "two", "three"];
const LARGE = "x".repeat(300_000);

/** Three applied skills of one repository, over http or from a path, and what makes it move. */
async function setUp(transport: "http" | "file" = "http", ref?: string) {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { LICENSE: "MIT", ...Object.fromEntries(IDS.map((id) => [`skills/${id}/SKILL.md`, skillText(id)])) },
  });
  const from = await repository.revParse("main");
  const remote = await use.remote(sandbox);
  const repo = transport === "http" ? `${remote.url}/r.git` : `file://${repository.dir}`;
  const skills = IDS.map((id) => ({ id, repo, subpath: `skills/${id}`, ...(ref !== undefined && { ref }) }));
  sandbox.writeManifest(manifestOf(skills));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  return { sandbox, repository, remote, from };
}

const rowsOf = async (sandbox: Sandbox, ...args: string[]) => {
  const result = await sandbox.run([...args, "--json"]);
  return { code: result.code, rows: result.json().skills as Record<string, any>[] };
};
const statuses = (rows: Record<string, any>[]) => rows.map(({ status }) => status);
const pins = (sandbox: Sandbox) =>
  [...readFileSync(sandbox.lockfilePath, "utf8").matchAll(/resolved_commit = "(\w+)"/gu)].map(([, commit]) => commit);

describe("a commit that does not touch a skill", () => {
  it.each(["http", "file"] as const)(
    "leaves it current everywhere, and update moves its pin (%s) [R-UPDATE-12]",
    async (transport) => {
      const { sandbox, repository, from } = await setUp(transport);
      const to = await repository.commit({
        files: { "skills/two/SKILL.md": skillText("two", "Better."), "big.txt": LARGE },
      });
      const { code, rows } = await rowsOf(sandbox, "outdated", "--strict");
      expect([code, statuses(rows)]).toEqual([3, ["current", "outdated", "current"]]);
      expect(rows[0]).toMatchObject({ current: from, latest: to });
      expect((await sandbox.run(["outdated"])).stdout).not.toMatch(/one|three/u);
      expect(statuses((await rowsOf(sandbox, "update", "--dry-run")).rows)).toEqual(["current", "outdated", "current"]);
      for (const line of [
        "update --dry-run",
        "outdated --diff",
        "update --dry-run --markdown",
        "outdated --diff --markdown",
      ]) {
        const { stdout } = await sandbox.run(line.split(" "));
        expect(stdout).not.toContain("0 added, 0 modified, 0 removed");
        expect(stdout).not.toMatch(/\b(?:one|three)\b/u);
      }
      expect((await rowsOf(sandbox, "update")).code).toBe(0);
      expect(new Set(pins(sandbox))).toEqual(new Set([to]));
      expect((await rowsOf(sandbox, "outdated", "--strict")).code).toBe(0);
    },
  );

  it("costs one fetch without contents, and none when it is asked again; a pin that stayed costs none [R-UPDATE-12]", async () => {
    const { sandbox, repository, remote } = await setUp();
    const fetches = () => remote.traffic.count({ kind: "fetch", repository: "r.git" });
    const before = fetches();
    await rowsOf(sandbox, "outdated");
    expect(fetches()).toBe(before);
    await repository.commit({ files: { "skills/two/a.bin": LARGE, "other.bin": LARGE } });
    const stored = readdirSync(join(sandbox.storage, "store"));
    const size = packBytes(sandbox);
    expect(statuses((await rowsOf(sandbox, "outdated")).rows)).toEqual(["current", "outdated", "current"]);
    expect(fetches()).toBe(before + 1);
    expect(packBytes(sandbox) - size).toBeLessThan(5_000);
    await rowsOf(sandbox, "outdated");
    expect([fetches(), readdirSync(join(sandbox.storage, "store"))]).toEqual([before + 1, stored]);
  });

  it("is seen so without a mirror, too, as where a cache has only the store [R-UPDATE-12]", async () => {
    const { sandbox, repository } = await setUp();
    await repository.commit({ files: { "skills/two/SKILL.md": skillText("two", "Better.") } });
    await removeTree(join(sandbox.storage, "mirrors"));
    expect(statuses((await rowsOf(sandbox, "outdated")).rows)).toEqual(["current", "outdated", "current"]);
  });

  it("of a tag that was moved leaves what it is; where the trees cannot be had, it is outdated and says so [R-UPDATE-12]", async () => {
    const { sandbox, repository, remote, from } = await setUp();
    await repository.tag("v1", { at: from, message: "a tag" });
    const skills = IDS.map((id) => ({ id, repo: `${remote.url}/r.git`, ref: "v1", subpath: `skills/${id}` }));
    sandbox.writeManifest(manifestOf(skills));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const at = await repository.commit({ files: { "skills/two/SKILL.md": skillText("two", "Better.") } });
    await repository.tag("v1", { at, message: "a tag" });
    remote.fail("r.git", { kind: "status", status: 404 }, { on: ["fetch"] });
    const blind = await rowsOf(sandbox, "outdated", "--retries", "0");
    expect([blind.code, statuses(blind.rows)]).toEqual([0, ["outdated", "outdated", "outdated"]]);
    remote.heal();
    expect(statuses((await rowsOf(sandbox, "outdated")).rows)).toEqual(["pinned", "outdated", "pinned"]);
  });
});

describe("a skill that upstream removed", () => {
  it.each([
    ["its directory is gone", ["skills/two/SKILL.md"], {}],
    ["a file is in its place", ["skills/two/SKILL.md"], { "skills/two": "moved elsewhere" }],
    ["only its SKILL.md is gone", ["skills/two/SKILL.md"], { "skills/two/README.md": "moved elsewhere" }],
  ])(
    "has a status of its own, and update keeps its pin and says what to do: %s [R-UPDATE-13]",
    async (_, remove, files) => {
      const { sandbox, repository, from } = await setUp();
      const to = await repository.commit({
        remove,
        files: { ...files, "skills/one/SKILL.md": skillText("one", "Better.") },
      });
      const asked = await rowsOf(sandbox, "outdated");
      expect([asked.code, statuses(asked.rows)]).toEqual([0, ["outdated", "removed", "current"]]);
      expect(asked.rows[1]).toMatchObject({
        current: from,
        latest: to,
        message: expect.stringContaining("upstream removed it"),
      });
      expect((await sandbox.run(["outdated", "two", "--strict"])).code).toBe(3);
      expect((await sandbox.run(["outdated"])).stdout).toMatch(
        /^removed two: upstream removed it: skills\/two is not in .*$/mu,
      );
      const dry = await rowsOf(sandbox, "update", "--dry-run");
      expect([dry.code, statuses(dry.rows)]).toEqual([0, ["outdated", "removed", "current"]]);
      for (const line of ["update --dry-run --markdown", "outdated --diff --markdown"]) {
        const { stdout, code } = await sandbox.run(line.split(" "));
        expect([code, stdout]).toEqual([0, expect.stringMatching(/^\| `two` \| removed \|/mu)]);
        expect(stdout).not.toContain("cannot be compared");
      }
      for (const lose of [false, true]) {
        if (lose) await removeTree(sandbox.storage);
        const { code, rows } = await rowsOf(sandbox, "update");
        expect([code, rows[0], rows[1]]).toMatchObject([
          3,
          { status: lose ? "unchanged" : "installed", commit: to },
          { status: "conflict", commit: from, diagnostics: [{ code: "SKILL_REMOVED", severity: "warning" }] },
        ]);
        expect(pins(sandbox)).toEqual([to, to, from].toSorted((a, b) => [to, from].indexOf(a) - [to, from].indexOf(b)));
        expect(readFileSync(join(sandbox.home, ".claude/skills/two/SKILL.md"), "utf8")).toBe(skillText("two"));
      }
      const text = await sandbox.run(["update"]);
      expect(text.stdout).toMatch(
        /^! two not updated {2}SKILL_REMOVED\n {2}upstream removed it: .*\n {2}hint: `eden-skills remove two` removes it; /mu,
      );
      expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
      expect((await sandbox.run(["set", "two", "--ref", from])).code).toBe(0);
      expect((await sandbox.run(["apply"])).code).toBe(0);
      expect((await sandbox.run(["update"])).code).toBe(0);
    },
  );

  it("that was never one is no removal [R-UPDATE-13]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "r.git"), { files: { "docs/README.md": "1" } });
    sandbox.writeManifest(manifestOf([{ id: "docs", repo: `file://${repository.dir}`, subpath: "docs" }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    await repository.commit({ files: { "docs/README.md": "2" } });
    expect(statuses((await rowsOf(sandbox, "outdated")).rows)).toEqual(["outdated"]);
    expect((await sandbox.run(["update"])).code).toBe(0);
  });
});

function packBytes(sandbox: Sandbox): number {
  const [mirror = ""] = readdirSync(join(sandbox.storage, "mirrors")).filter((name) => !name.endsWith(".json"));
  const packs = join(sandbox.storage, "mirrors", mirror, "objects/pack");
  return readdirSync(packs).reduce((sum, name) => sum + readFileSync(join(packs, name)).length, 0);
}
