import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function setUp(manifest: (url: string) => string) {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(["one", "two", "three"].map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files });
  await repository.tag("v1");
  const { url } = await use.remote(sandbox);
  const repo = `${url}/skills.git`;
  sandbox.writeManifest(manifest(repo));
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  return { sandbox, repo, json, manifest: () => readFileSync(sandbox.manifestPath, "utf8") };
}

const SHORT = (repo: string) => `version = 1

[defaults]
targets = ["claude-code", "my-agent"]
mode = "copy"

[agents.my-agent]
global = "~/.my-agent/skills"

[agents.cursor]
global = "~/.elsewhere/skills"

[[skills]]
id = "one"
source = "${repo}//one#v1"

[[skills]]
id = "two"
source = "${repo}//two"
targets = ["cursor"]
install.mode = "symlink"
`;

const LONG = (repo: string) => `version = 1
[[skills]]
id = "one"
[skills.source]
repo = "${repo}"
ref = "v1"
subpath = "one"
[skills.install]
mode = "copy"
[[skills.targets]]
agent = "claude-code"
[[skills.targets]]
agent = "my-agent"
[[skills]]
id = "two"
[skills.source]
repo = "${repo}"
subpath = "two"
[[skills.targets]]
agent = "cursor"
[agents.my-agent]
global = "~/.my-agent/skills"
[agents.cursor]
global = "~/.elsewhere/skills"
`;

describe("a manifest in its short form", () => {
  it("installs what the long form installs, with the same lockfile [R-MANIFEST-20] [R-MANIFEST-21] [R-MANIFEST-22] [R-MANIFEST-23]", async () => {
    const { sandbox, repo, json } = await setUp(SHORT);
    expect(await json("apply", "--strict")).toMatchObject({ exit_code: 0, outcome: "ok" });
    for (const agent of [".claude", ".my-agent"])
      expect(lstatSync(join(sandbox.home, agent, "skills/one")).isDirectory()).toBe(true);
    expect(readlinkSync(join(sandbox.home, ".elsewhere/skills/two"))).toContain("/store/");
    const { agents } = await json("doctor");
    expect(agents).toContainEqual({
      agent: "my-agent",
      directories: [{ path: join(sandbox.home, ".my-agent/skills"), skills: ["one"] }],
    });
    const lockfile = readFileSync(sandbox.lockfilePath, "utf8");
    expect(lockfile).toContain(`source_repo = "${repo}"\nsource_ref = "v1"\nsource_subpath = "one"`);
    sandbox.writeManifest(LONG(repo));
    expect(await json("apply", "--frozen", "--offline")).toMatchObject({
      exit_code: 0,
      summary: { install: { noop: 3 } },
    });
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lockfile);
  });

  it("keeps its form when commands change it [R-EDIT-08] [R-EDIT-09]", async () => {
    const { sandbox, repo, json, manifest } = await setUp(SHORT);
    const before = manifest();
    const added = await json("add", "--id", "three", "--repo", repo, "--subpath", "three");
    expect(added.skill.targets.map(({ agent }: { agent: string }) => agent)).toEqual(["claude-code", "my-agent"]);
    expect(manifest()).toBe(`${before}\n[[skills]]\nid = "three"\nsource = "${repo}//three"\n`);
    expect((await json("set", "three", "--ref", "v1", "--target", "my-agent")).skill.source.ref).toBe("v1");
    expect(manifest()).toBe(
      `${before}\n[[skills]]\nid = "three"\nsource = "${repo}//three#v1"\ntargets = ["my-agent"]\n`,
    );
    await json("set", "three", "--target", "my-agent", "claude-code");
    expect(manifest()).toBe(`${before}\n[[skills]]\nid = "three"\nsource = "${repo}//three#v1"\n`);
    expect(await json("remove", "three")).toMatchObject({ removed: ["three"] });
    expect(manifest()).toBe(before);
    expect(await json("install", repo, "--skill", "three")).toMatchObject({ exit_code: 0, installed: ["three"] });
    expect(manifest()).toBe(`${before}\n[[skills]]\nid = "three"\nsource = "${repo}//three"\n`);
    expect(existsSync(join(sandbox.home, ".my-agent/skills/three"))).toBe(true);
    const { toml } = await json("config", "export");
    expect(toml).toContain('[defaults]\ntargets = ["claude-code", "my-agent"]\nmode = "copy"\n');
    expect(toml).toContain(`[[skills]]\nid = "one"\nsource = "${repo}//one#v1"\n\n`);
  });

  it("finds an agent of the user's own by the directory around its skills [R-MANIFEST-23]", async () => {
    const { sandbox, repo, json } = await setUp(
      () => 'version = 1\n[agents.my-agent]\nglobal = "~/.my-agent/skills"\nproject = ".mine"\n',
    );
    expect(await json("add", "--id", "one", "--repo", repo)).toMatchObject({ error: { code: "MISSING_FIELD" } });
    mkdirSync(join(sandbox.home, ".my-agent"));
    const { skill } = await json("add", "--id", "one", "--repo", repo, "--subpath", "one");
    expect(skill.targets).toEqual([{ agent: "my-agent", path: join(sandbox.home, ".my-agent/skills/one") }]);
  });

  it("has one report of a problem in its defaults [R-MANIFEST-20]", async () => {
    const { sandbox, repo } = await setUp((url) => SHORT(url).replace('"my-agent"]', '"mine"]'));
    sandbox.writeManifest(SHORT(repo).replace('"my-agent"]', '"mine"]').replace('targets = ["cursor"]\n', ""));
    const { error, exit_code } = (await sandbox.run(["plan", "--json"])).json();
    expect(exit_code).toBe(2);
    expect(error.problems).toEqual([
      expect.objectContaining({ code: "TARGET_AGENT_UNSUPPORTED", path: "defaults.targets[1]", line: 4 }),
    ]);
  });
});
