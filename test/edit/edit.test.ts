import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A manifest with comments wherever people write them: sixty lines of them. */
function commented(repo: string): string {
  const many = (word: string, count: number) =>
    Array.from({ length: count }, (_, n) => `# ${word} ${n + 1}`).join("\n");
  return `${many("head", 20)}
version = 1 # the format
scope = "global"

${many("before", 10)}
[[skills]] # the first
id = "one" # its name
${many("inside", 5)}
[skills.source]
repo = "${repo}" # from here
subpath = "one"
[[skills.targets]]
agent = "claude-code"
${many("between", 10)}

[[skills]]
id = "two"
source = { repo = "${repo}", subpath = "two" } # short
targets = [{ agent = "claude-code" }]
${many("after", 11)}
`;
}

const commentsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("#"));

async function setUp(toml = commented) {
  const sandbox = use.sandbox();
  const names = ["one", "two", "three"];
  const files = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  await createRepository(join(sandbox.root, "served/skills.git"), { files });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  sandbox.writeManifest(toml(repo));
  const manifest = () => readFileSync(sandbox.manifestPath, "utf8");
  const skills = join(sandbox.home, ".claude/skills");
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  return { sandbox, repo, manifest, skills, json };
}

describe("add, set and remove", () => {
  it("keep sixty lines of comments, byte for byte outside the entry [R-EDIT-01] [R-EDIT-02]", async () => {
    const { sandbox, repo, manifest, json } = await setUp();
    const before = manifest();
    expect(commentsOf(before).length).toBeGreaterThanOrEqual(56);
    const added = await json("add", "--id", "three", "--repo", repo, "--subpath", "three", "--target", "claude-code");
    expect(added).toMatchObject({ schema_version: 1, command: "add", manifest: sandbox.manifestPath });
    expect(added.skill).toMatchObject({ id: "three", source: { repo, ref: null, subpath: "three" }, enabled: true });
    expect(manifest().startsWith(before)).toBe(true);
    const withThree = manifest();
    const installed = await json("install", repo, "--skill", "three", "--id", "four", "--target", "claude-code");
    expect(installed).toMatchObject({ exit_code: 0, installed: ["four"] });
    expect(manifest().startsWith(withThree)).toBe(true);
    await json("remove", "four");
    expect(manifest()).toBe(withThree);
    const set = await json("set", "one", "--ref", "main", "--mode", "copy");
    expect(set).toMatchObject({
      command: "set",
      skill: { id: "one", source: { ref: "main" }, install: { mode: "copy" } },
    });
    expect(commentsOf(manifest())).toEqual(commentsOf(before));
    expect((await json("apply")).outcome).toBe("ok");
    const removed = await json("remove", "three");
    expect(removed).toMatchObject({ command: "remove", removed: ["three"], exit_code: 0 });
    expect((await json("set", "two", "--enabled=false", "--priority=-2")).skill).toMatchObject({ enabled: false });
    expect(commentsOf(manifest())).toEqual(commentsOf(before));
    expect(manifest().length).toBeLessThan(before.length + 100);
  });

  it("change nothing when the manifest would be wrong, and say what would be [R-EDIT-04]", async () => {
    const { sandbox, repo, manifest, json } = await setUp();
    const before = manifest();
    for (const [args, code] of [
      [["add", "--id", "one", "--repo", repo, "--target", "cursor"], "DUPLICATE_SKILL_ID"],
      [["add", "--id", "No", "--repo", repo, "--target", "cursor"], "INVALID_SKILL_ID"],
      [["add", "--id", "x", "--repo", "https://me:secret@example.com/x.git", "--target", "cursor"], "INVALID_REPO_URL"],
      [["add", "--id", "x", "--repo", repo, "--target", "claude-cod"], "TARGET_AGENT_UNSUPPORTED"],
      [["add", "--id", "x", "--repo", repo, "--target", "custom:"], "TARGET_PATH_UNRESOLVED"],
      [["add", "--id", "x", "--repo", repo, "--target", "docker:--privileged"], "INVALID_ENVIRONMENT"],
      [["add", "--id", "x", "--repo", repo], "MISSING_FIELD"],
      [["add", "--repo", repo], "USAGE"],
      [["set", "one", "--mode", "hard"], "INVALID_MODE"],
      [["set", "one"], "USAGE"],
      [["set", "oen", "--ref", "x"], "UNKNOWN_SKILL"],
      [["remove", "one", "nobody"], "UNKNOWN_SKILL"],
      [["remove"], "USAGE"],
    ] as const) {
      const failed = await json(...args);
      expect(failed, args.join(" ")).toMatchObject({ error: { code }, exit_code: 2 });
      expect(JSON.stringify(failed)).not.toContain("secret");
    }
    expect(manifest()).toBe(before);
    expect(existsSync(sandbox.lockfilePath)).toBe(false);
  });

  it("take for targets the agents that are installed here, when none is named [R-EDIT-03]", async () => {
    const { sandbox, repo, json } = await setUp();
    for (const directory of [".claude", ".cursor"]) mkdirSync(join(sandbox.home, directory));
    const { skill } = await json("add", "--id", "three", "--repo", repo, "--subpath", "three");
    expect(skill.targets.map(({ agent }: { agent: string }) => agent)).toEqual(["claude-code", "cursor"]);
    const named = await json("set", "three", "--target", "custom:./tools", "docker:web:cursor");
    expect(named.skill.targets).toEqual([
      { agent: "custom", path: join(sandbox.project, "tools/three") },
      { agent: "cursor", path: expect.stringContaining("skills/three") },
    ]);
  });

  it("removes the targets and the pin of what it takes out, and of nothing else [R-EDIT-05]", async () => {
    const { sandbox, skills, json } = await setUp();
    await json("apply");
    const text = await sandbox.run(["remove", "one"]);
    expect([text.code, text.stdout]).toEqual([0, expect.stringContaining("- one  claude-code")]);
    expect(readdirSync(skills)).toEqual(["two"]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).not.toContain('id = "one"');
    expect((await json("plan")).map(({ action }: { action: string }) => action)).toEqual(["noop"]);
  });

  it("moves an edited copy to the backups, and leaves alone what is not ours [R-EDIT-05]", async () => {
    const { sandbox, skills, json } = await setUp();
    await json("set", "one", "--mode", "copy");
    await json("apply");
    chmodSync(join(skills, "one"), 0o755);
    chmodSync(join(skills, "one/SKILL.md"), 0o644);
    writeFileSync(join(skills, "one/SKILL.md"), "mine\n");
    const report = await json("remove", "one");
    expect(report.exit_code).toBe(0);
    const [target] = report.skills[0].targets;
    const backup = target.reasons.at(-1).replace("backup: ", "");
    expect(readFileSync(join(backup, "SKILL.md"), "utf8")).toBe("mine\n");
    expect(backup).toMatch(new RegExp(`^${sandbox.storage}/backups/[^/]+/claude-code/one$`));
    expect(existsSync(join(skills, "one"))).toBe(false);

    const link = join(skills, "two");
    const { unlinkSync } = await import("node:fs");
    unlinkSync(link);
    symlinkSync("/tmp", link);
    const left = await json("remove", "two");
    expect([left.exit_code, lstatSync(link).isSymbolicLink()]).toEqual([0, true]);
    expect(left.skills[0].diagnostics[0].message).toContain("is left alone");
  });

  it("writes through a link to a manifest that lies elsewhere, and keeps its mode [R-EDIT-06]", async () => {
    const { sandbox, repo } = await setUp();
    const elsewhere = join(sandbox.root, "dotfiles.toml");
    writeFileSync(elsewhere, "\ufeffversion = 1\r\n", { mode: 0o640 });
    const link = join(sandbox.root, "linked.toml");
    symlinkSync(elsewhere, link);
    const args = ["add", "--id", "x", "--repo", repo, "--target", "cursor", "--config", link];
    expect((await sandbox.run(args)).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(lstatSync(elsewhere).mode & 0o777).toBe(0o640);
    expect(readFileSync(elsewhere, "utf8")).toMatch(/^\ufeffversion = 1\r\n\r\n\[\[skills\]\]\r\nid = "x"\r\n/u);
  });
});
