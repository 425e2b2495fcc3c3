import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { manifestOf, skillText, type SkillSpec } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Everything that running a skill, or looking at it, leaves behind. */
const LITTER = [
  "scripts/__pycache__/run.cpython-312.pyc",
  "scripts/run.pyc",
  ".DS_Store",
  "scripts/.DS_Store",
  "Thumbs.db",
  "._SKILL.md",
  "node_modules/.cache/babel/x/y.json",
];

interface World {
  sandbox: Sandbox;
  repository: Repository;
  /** The installed skill. */
  target: string;
  /** Its entry in the store. */
  entry(): string;
  want(spec?: Partial<SkillSpec>): void;
  apply(...args: string[]): Promise<{ code: number | null; report: any }>;
}

async function installed(mode: "copy" | "symlink", files: Record<string, string> = {}): Promise<World> {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "a/SKILL.md": skillText("a"), "a/scripts/run.py": "print(1)\n", ...files },
  });
  const repo = `${(await use.remote(sandbox)).url}/r.git`;
  const want = (spec: Partial<SkillSpec> = {}) =>
    void sandbox.writeManifest(manifestOf([{ id: "a", repo, subpath: "a", mode, ...spec }]));
  const apply = async (...args: string[]) => {
    const result = await sandbox.run(["apply", "--json", ...args]);
    return { code: result.code, report: result.json() };
  };
  want();
  const first = await apply();
  expect(first.code).toBe(0);
  const entry = () => {
    const tree = /^tree = "(?<tree>.+)"$/mu.exec(readFileSync(sandbox.lockfilePath, "utf8"))?.groups?.["tree"] ?? "";
    return join(sandbox.storage, "store", tree, "a");
  };
  return { sandbox, repository, target: join(sandbox.home, ".claude/skills/a"), entry, want, apply };
}

/** As the owner of a read-only directory may. */
function drop(directory: string, names: readonly string[] = LITTER, content = "left behind"): void {
  for (const name of names) {
    const path = join(directory, name);
    for (const part of ["", "scripts", "node_modules"]) {
      if (existsSync(join(directory, part))) chmodSync(join(directory, part), 0o755);
    }
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, content);
  }
}

const upstream = async ({ repository }: World) =>
  await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } });
const actions = (report: any) => report.skills.flatMap(({ targets }: any) => targets.map(({ action }: any) => action));

describe("litter in a copy", () => {
  it("is no change for apply, --frozen, plan, doctor, repair and content-matches [R-STORE-13]", async () => {
    const world = await installed("copy");
    drop(world.target);
    for (const args of [[], ["--frozen"], ["--force"]]) {
      const { code, report } = await world.apply(...args);
      expect([code, actions(report)]).toEqual([0, ["noop"]]);
    }
    expect((await world.sandbox.run(["plan", "--check"])).code).toBe(0);
    const codes = (await world.sandbox.run(["doctor", "--json"])).json().findings.map(({ code }: any) => code);
    expect(codes).not.toContain("TARGET_MODIFIED");
    const repaired = await world.sandbox.run(["repair", "--json"]);
    expect([repaired.code, actions(repaired.json())]).toEqual([0, ["noop"]]);
    expect(existsSync(join(world.target, "._SKILL.md"))).toBe(true);
  });

  it("goes with it: update, a change of mode and remove take it along, without a backup [R-STORE-13]", async () => {
    const world = await installed("copy");
    drop(world.target);
    await upstream(world);
    expect((await world.sandbox.run(["update"])).code).toBe(0);
    expect(readFileSync(join(world.target, "SKILL.md"), "utf8")).toBe(skillText("a", "newer"));
    expect(existsSync(join(world.target, ".DS_Store"))).toBe(false);
    drop(world.target);
    world.want({ mode: "symlink" });
    expect((await world.apply()).code).toBe(0);
    expect(lstatSync(world.target).isSymbolicLink()).toBe(true);
    world.want({ mode: "copy" });
    expect((await world.apply()).code).toBe(0);
    drop(world.target);
    expect((await world.sandbox.run(["remove", "a"])).code).toBe(0);
    expect(existsSync(world.target)).toBe(false);
    expect(existsSync(join(world.sandbox.storage, "backups"))).toBe(false);
  });

  it("is pruned with it, also when only the lockfile knows it, and rolled back over [R-STORE-13]", async () => {
    const world = await installed("copy");
    drop(world.target);
    await upstream(world);
    expect((await world.sandbox.run(["update"])).code).toBe(0);
    drop(world.target);
    expect((await world.sandbox.run(["rollback"])).code).toBe(0);
    expect(readFileSync(join(world.target, "SKILL.md"), "utf8")).toBe(skillText("a"));
    drop(world.target);
    rmSync(join(world.sandbox.storage, "state"), { recursive: true });
    world.sandbox.writeManifest("version = 1\n");
    expect((await world.apply()).code).toBe(0);
    expect(existsSync(world.target)).toBe(false);
  });

  const edits: [string, (target: string) => void][] = [
    ["a changed file", (target) => writeFileSync(join(target, "SKILL.md"), "edited")],
    ["a note of its own", (target) => writeFileSync(join(target, "notes.txt"), "mine")],
    ["a script in __pycache__", (target) => writeFileSync(join(target, "scripts/__pycache__/mine.py"), "mine")],
    ["a directory in __pycache__", (target) => drop(target, ["scripts/__pycache__/more/x.pyc"])],
    ["a .pyc without its .py", (target) => writeFileSync(join(target, "scripts/other.pyc"), "mine")],
    ["a directory ._x", (target) => drop(target, ["._x/notes"])],
    ["a directory .DS_Store", (target) => drop(target, ["scripts/lib/.DS_Store/notes"])],
    ["a package in node_modules", (target) => drop(target, ["node_modules/x/index.js"])],
    ["a .cache elsewhere", (target) => drop(target, [".cache/x"])],
    ["a link ._x", (target) => symlinkSync("SKILL.md", join(target, "._x"))],
  ];
  it("hides no edit: what else lies beside it is kept, and backed up by remove [R-STORE-13]", async () => {
    const sandbox = use.sandbox();
    const ids = edits.map((_, index) => `s${index}`);
    const files = Object.fromEntries(
      ids.flatMap((id) => [
        [`${id}/SKILL.md`, skillText(id)],
        [`${id}/scripts/run.py`, ""],
      ]),
    );
    await createRepository(join(sandbox.root, "served/r.git"), { files });
    const repo = `${(await use.remote(sandbox)).url}/r.git`;
    const manifest = (mode: "copy" | "symlink") =>
      void sandbox.writeManifest(manifestOf(ids.map((id) => ({ id, repo, subpath: id, mode }))));
    manifest("copy");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const skills = join(sandbox.home, ".claude/skills");
    for (const [index, [, edit]] of edits.entries()) {
      drop(join(skills, `s${index}`));
      edit(join(skills, `s${index}`));
    }
    manifest("symlink");
    const { code, report } = await sandbox
      .run(["apply", "--json"])
      .then((run) => ({ code: run.code, report: run.json() }));
    expect(code).toBe(3);
    const kept = report.skills.map(({ targets }: any, index: number) => [edits[index]?.[0], targets[0].reasons]);
    expect(kept).toEqual(edits.map(([what]) => [what, ["modified locally"]]));
    expect((await sandbox.run(["remove", ...ids])).code).toBe(0);
    const backups = readdirSync(join(sandbox.storage, "backups"), { recursive: true }) as string[];
    expect(backups.filter((path) => path.endsWith("/SKILL.md"))).toHaveLength(edits.length);
  });

  it("keeps a settled run settled, and an edit beside it is still seen [R-STORE-13]", async () => {
    const world = await installed("copy");
    const { sandbox, target } = world;
    const settled = async (verbose = "") => {
      const wrap = ["bash", "-c", `NODE_DEBUG=esm exec "$@" ${verbose}`, "bash"];
      return await sandbox.run(["apply"], { wrap });
    };
    const receipt = () => readFileSync(join(sandbox.storage, "state", receiptName(sandbox)), "utf8");
    await expect.poll(async () => ((await settled()).code, receiptName(sandbox))).toMatch(/receipt$/u);
    const before = receipt();
    drop(target);
    expect((await settled()).code).toBe(0);
    expect(receipt()).toBe(before);
    drop(target, LITTER, "changed again");
    expect((await sandbox.run(["apply", "--verbose"])).code).toBe(0);
    expect(receipt()).toBe(before);
    writeFileSync(join(target, "scripts/mine.py"), "mine");
    expect((await settled()).code).toBe(3);
  });
});

function receiptName({ storage }: Sandbox): string {
  return readdirSync(join(storage, "state")).find((name) => name.endsWith(".receipt")) ?? "";
}

describe("litter in an entry of the store", () => {
  it("is no change for apply, --frozen, doctor and repair, and not copied on [R-STORE-13]", async () => {
    const world = await installed("symlink");
    drop(world.entry());
    for (const args of [[], ["--frozen"], ["--frozen", "--offline"]]) expect((await world.apply(...args)).code).toBe(0);
    const codes = (await world.sandbox.run(["doctor", "--json"])).json().findings.map(({ code }: any) => code);
    expect(codes).not.toContain("STORE_CORRUPT");
    const repaired = await world.sandbox.run(["repair", "--json"]);
    expect([repaired.code, repaired.json().diagnostics]).toEqual([0, []]);
    expect(existsSync(join(world.sandbox.storage, "backups"))).toBe(false);
    world.want({ mode: "copy" });
    expect((await world.apply("--offline")).code).toBe(0);
    expect((readdirSync(world.target, { recursive: true }) as string[]).toSorted()).toEqual([
      "SKILL.md",
      "scripts",
      "scripts/run.py",
    ]);
  });

  it("goes into no bundle, no audit, no preview, and no entry under another id [R-STORE-13]", async () => {
    const world = await installed("symlink");
    const { sandbox } = world;
    const audited = (await sandbox.run(["audit", "--json"])).json().summary.files;
    drop(world.entry());
    drop(join(world.entry(), ".."), [".DS_Store"]);
    expect((await sandbox.run(["audit", "--json"])).json()).toMatchObject({
      summary: { files: audited },
      not_audited: [],
    });
    expect((await sandbox.run(["warm", "--bundle", "b.tgz"])).code).toBe(0);
    await upstream(world);
    expect((await sandbox.run(["update", "--dry-run"])).code).toBe(0);
    const repo = /repo = "(?<repo>[^"]+)"/u.exec(readFileSync(sandbox.manifestPath, "utf8"))?.groups?.["repo"] ?? "";
    sandbox.writeManifest(manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: "a" }))));
    expect((await world.apply()).code).toBe(0);
    expect(existsSync(join(world.entry(), "../b/._SKILL.md"))).toBe(false);
  });

  it("stays an entry that was changed when more than litter was [R-STORE-13]", async () => {
    const world = await installed("symlink");
    drop(world.entry());
    drop(world.entry(), ["SKILL.md"], "edited");
    expect((await world.apply("--frozen")).code).toBe(1);
    const codes = (await world.sandbox.run(["doctor", "--json"])).json().findings.map(({ code }: any) => code);
    expect(codes).toContain("STORE_CORRUPT");
    expect((await world.sandbox.run(["repair"])).code).toBe(0);
    expect(readFileSync(join(world.target, "SKILL.md"), "utf8")).toBe(skillText("a"));
  });
});

describe("a skill that brings such files itself", () => {
  const BROUGHT = { "a/.DS_Store": "from upstream", "a/scripts/__pycache__/run.cpython-312.pyc": "from upstream" };
  it.each(["copy", "symlink"] as const)(
    "gets them, verifies, and may change them by running (%s) [R-STORE-14]",
    async (mode) => {
      const world = await installed(mode, BROUGHT);
      expect(readFileSync(join(world.target, ".DS_Store"), "utf8")).toBe("from upstream");
      expect((await world.apply("--frozen")).code).toBe(0);
      drop(mode === "copy" ? world.target : world.entry());
      const frozen = await world.apply("--frozen");
      expect([frozen.code, actions(frozen.report)]).toEqual([0, ["noop"]]);
      expect((await world.sandbox.run(["doctor", "--strict", "--no-warning"])).code).toBe(0);
      await upstream(world);
      expect((await world.sandbox.run(["update"])).code).toBe(0);
      expect(readFileSync(join(world.target, ".DS_Store"), "utf8")).toBe("from upstream");
      expect((await world.sandbox.run(["remove", "a"])).code).toBe(0);
      expect(existsSync(world.target)).toBe(false);
      expect(existsSync(join(world.sandbox.storage, "backups"))).toBe(false);
    },
  );
});

describe("litter in a directory of the user's own", () => {
  it("is not copied, and does not make its copies outdated [R-STORE-13]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.project, "src/scripts"), { recursive: true });
    writeFileSync(join(sandbox.project, "src/SKILL.md"), skillText("x"));
    writeFileSync(join(sandbox.project, "src/scripts/run.py"), "");
    sandbox.writeManifest(manifestOf([{ id: "x", repo: "./src", mode: "copy" }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const locked = readFileSync(sandbox.lockfilePath, "utf8");
    drop(join(sandbox.project, "src"));
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(locked);
    expect(readdirSync(join(sandbox.home, ".claude/skills/x")).toSorted()).toEqual(["SKILL.md", "scripts"]);
  });
});

describe("litter in the storage itself", () => {
  it("disturbs no command [R-STORE-13]", async () => {
    const world = await installed("copy");
    const { sandbox, target } = world;
    const tree = join(world.entry(), "..");
    for (const directory of ["", "store", "state", "locks", "runs", "mirrors", "staging", "history"])
      drop(join(sandbox.storage, directory), [".DS_Store"]);
    drop(tree, [".DS_Store", "._a"]);
    for (const name of readdirSync(join(sandbox.storage, "state"))) drop(join(sandbox.storage, "state"), [`._${name}`]);
    drop(join(target, ".."), [".DS_Store", "._a"]);
    for (const args of [["apply"], ["doctor", "--strict", "--no-warning"], ["repair"], ["clean"], ["history"]])
      expect([args, (await sandbox.run(args)).code]).toEqual([args, 0]);
    expect(existsSync(join(sandbox.storage, "backups"))).toBe(false);
    expect((await world.apply("--frozen", "--offline")).code).toBe(0);
  });
});
