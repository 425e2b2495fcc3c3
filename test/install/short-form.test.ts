import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const HEAD = 'version = 1\n\n[defaults]\ntargets = ["claude-code"]\n';

/** A repository of skills behind a server, and an empty manifest with default targets. */
async function setUp(names: readonly string[], more: Record<string, string> = {}) {
  const sandbox = use.sandbox();
  const files = Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, "served/skills.git"), { files: { ...files, ...more } });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/skills.git`;
  sandbox.writeManifest(HEAD);
  const run = async (...args: string[]) => await sandbox.run([...args, "--yes"]);
  const manifest = () => readFileSync(sandbox.manifestPath, "utf8");
  const installed = () => {
    const directory = join(sandbox.home, ".claude/skills");
    return existsSync(directory) ? readdirSync(directory) : [];
  };
  return { sandbox, repository, repo, run, manifest, installed };
}

describe("install writes the short form", () => {
  it("the whole source is a collection, which update follows [R-SOURCE-20]", async () => {
    const { repository, repo, run, manifest, installed } = await setUp(["a", "b", "c"]);
    const result = await run("install", repo, "--all");
    expect([result.code, manifest()]).toEqual([0, `${HEAD}\n[[collections]]\nrepo = "${repo}"\n`]);
    expect(installed()).toEqual(["a", "b", "c"]);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
    expect((await run("install", repo, "--all")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\n`);
    await repository.commit({ files: { "skills/d/SKILL.md": skillText("d") } });
    expect((await run("update")).code).toBe(0);
    expect(installed()).toEqual(["a", "b", "c", "d"]);
  });

  it("the whole source takes the place of some of its skills, which stay installed [R-SOURCE-20]", async () => {
    const { repo, run, manifest, installed } = await setUp(["a", "b", "c"]);
    expect((await run("install", repo, "--skill", "a", "b")).code).toBe(0);
    expect((await run("install", repo, "--all")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\n`);
    expect(installed()).toEqual(["a", "b", "c"]);
  });

  it("one skill is an entry, a second one of the source makes both a collection [R-SOURCE-20]", async () => {
    const { repo, run, manifest, installed } = await setUp(["a", "b", "c"]);
    expect((await run("install", repo, "--skill", "a")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[skills]]\nid = "a"\nsource = "${repo}//skills/a"\n`);
    expect((await run("install", repo, "--skill", "b")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\ninclude = ["a", "b"]\n`);
    expect([installed(), (await run("apply", "--frozen")).code]).toEqual([["a", "b"], 0]);
    expect((await run("install", repo, "--skill", "c")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\ninclude = ["a", "b", "c"]\n`);
    expect([installed(), (await run("apply", "--frozen", "--offline")).code]).toEqual([["a", "b", "c"], 0]);
    expect((await run("remove", "b")).code).toBe(0);
    expect([installed(), (await run("apply", "--frozen", "--offline")).code]).toEqual([["a", "c"], 0]);
    expect((await run("install", repo, "--skill", "b")).code).toBe(0);
    expect(installed()).toEqual(["a", "b", "c"]);
    expect((await run("install", repo, "--all")).code).toBe(0);
    expect((await run("apply", "--strict")).code).toBe(0);
  });

  it("several skills are what a collection includes, with other targets and mode if asked for [R-SOURCE-20]", async () => {
    const { repo, run, manifest, sandbox } = await setUp(["a", "b", "c"]);
    expect((await run("install", `${repo}#main`, "--skill", "a", "c", "--target", "cursor", "--copy")).code).toBe(0);
    expect(manifest()).toBe(
      `${HEAD}\n[[collections]]\nrepo = "${repo}"\nref = "main"\ninclude = ["a", "c"]\nmode = "copy"\ntargets = ["cursor"]\n`,
    );
    expect((await sandbox.run(["list", "--json"])).json().count).toBe(2);
    expect((await run("install", `${repo}#main`, "--skill", "a", "--target", "codex")).code).toBe(0);
    expect(manifest()).toContain(`\n[[skills]]\nid = "a"\nsource = "${repo}//skills/a#main"\n`);
    expect((await run("apply", "--frozen")).code).toBe(0);
  });

  it("what cannot be installed with the whole source is excluded [R-SOURCE-20]", async () => {
    const { repo, run, manifest, installed } = await setUp(["a", "b"], {
      "skills/huge/SKILL.md": skillText("huge"),
      "skills/huge/data.bin": "x".repeat(9 * 1024 * 1024),
    });
    const result = await run("install", repo, "--all");
    expect([result.code, installed()]).toEqual([1, ["a", "b"]]);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\nexclude = ["huge"]\n`);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
  });

  it("comments of entries that a collection replaces are above it [R-SOURCE-20]", async () => {
    const { repo, run, manifest, sandbox } = await setUp(["a", "b", "c"]);
    const own = `\n# Ours.\n\n# c first\n[[skills]]\nid = "c"\npriority = 1\nsource = "${repo}//skills/c"\n`;
    sandbox.writeManifest(
      `${HEAD}\n# why a\n# is here\n[[skills]] # kept\nid = "a"\n# its source\nsource = "${repo}//skills/a" # pinned\n${own}`,
    );
    expect((await run("install", repo, "--skill", "b")).code).toBe(0);
    const above = "# why a\n# is here\n# kept\n# its source\n# pinned\n";
    expect(manifest()).toBe(`${HEAD}${own}\n${above}[[collections]]\nrepo = "${repo}"\ninclude = ["a", "b"]\n`);
  });

  it("the whole source needs no globs; their comments stay [R-SOURCE-20]", async () => {
    const { repo, run, manifest, sandbox, installed } = await setUp(["a", "b", "c"]);
    sandbox.writeManifest(
      `${HEAD}\n[[collections]]\nrepo = "${repo}"\n# only these\ninclude = [\n  "a", # the best\n  "b",\n] # for now\nexclude = ["b"]\n`,
    );
    expect((await run("install", repo, "--all")).code).toBe(0);
    const comments = "# only these\n# the best\n# for now\n";
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "${repo}"\n${comments}`);
    expect(installed()).toEqual(["a", "b", "c"]);
    expect((await run("apply", "--frozen", "--offline")).code).toBe(0);
  });

  it("a failed install leaves no collection behind [R-SOURCE-20]", async () => {
    const { repo, run, manifest, sandbox, installed } = await setUp(["a", "b"]);
    sandbox.writeManifest("mine", "../home/.claude/skills/b/SKILL.md");
    const result = await run("install", repo, "--skill", "a", "b");
    expect([result.code, manifest(), installed(), existsSync(sandbox.lockfilePath)]).toEqual([3, HEAD, ["b"], false]);
  });

  it("a part of a directory is searched again in the same place [R-SOURCE-20]", async () => {
    const { run, manifest, sandbox, installed } = await setUp([]);
    for (const name of ["x", "y"]) sandbox.writeManifest(skillText(name), `mine/extra/${name}/SKILL.md`);
    expect((await run("install", "./mine/extra", "--all")).code).toBe(0);
    expect(manifest()).toBe(`${HEAD}\n[[collections]]\nrepo = "./mine/extra"\n`);
    sandbox.writeManifest(skillText("z"), "mine/extra/z/SKILL.md");
    expect([(await run("update")).code, installed()]).toEqual([0, ["x", "y", "z"]]);
  });
});
