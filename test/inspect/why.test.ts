import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentsSchema, whySchema } from "../../src/cli/views/output-schemas.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function installed() {
  const sandbox = use.sandbox();
  const files = { "a/SKILL.md": skillText("a"), "set/b/SKILL.md": skillText("b") };
  const repo = await createRepository(join(sandbox.root, "one.git"), { files });
  const url = `file://${repo.dir}`;
  const toml = `${manifestOf([{ id: "a", repo: url, subpath: "a" }])}\n[[collections]]\nrepo = "${url}"\nsubpath = "set"\ntargets = ["claude-code"]\n`;
  sandbox.writeManifest(toml);
  await sandbox.run(["apply"]);
  return { sandbox, url, commit: await repo.revParse("HEAD"), claude: join(sandbox.home, ".claude/skills") };
}

function lineOf(file: string, text: string): number {
  return (
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((line) => line.startsWith(text)) + 1
  );
}

describe("why", () => {
  it("leads from the line of the manifest to the agents that see the skill [R-SHOW-04]", async () => {
    const { sandbox, url, commit, claude } = await installed();
    const document = (await sandbox.run(["why", "a", "--json"])).json();
    expect(whySchema.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      path: null,
      skill: {
        id: "a",
        state: "installed",
        entry: { file: sandbox.manifestPath, line: lineOf(sandbox.manifestPath, "[[skills]]") },
        source: { repo: url, ref: null, subpath: "a" },
        collection: null,
        registry: null,
        lock: { file: sandbox.lockfilePath, line: lineOf(sandbox.lockfilePath, "[[skills]]"), commit },
        targets: [{ agents: ["claude-code"], path: join(claude, "a"), state: "installed" }],
      },
    });
    expect(document.skill.seen_by).toContainEqual({ agent: "claude-code", path: join(claude, "a") });
    const member = (await sandbox.run(["why", "b", "--json"])).json();
    const line = lineOf(sandbox.manifestPath, "[[collections]]");
    expect(member.skill).toMatchObject({ entry: { line }, collection: `${url}//set` });
    const text = (await sandbox.run(["why", "b"])).stdout;
    for (const word of [`./skills.toml:${line}`, `${url}//set`, "~/.claude/skills/b", commit.slice(0, 12)])
      expect(text).toContain(word);
  });

  it("says which skill a path is, or who installed it, or that none did [R-SHOW-05]", async () => {
    const { sandbox, claude } = await installed();
    const inside = (await sandbox.run(["why", join(claude, "a/SKILL.md"), "--json"])).json();
    expect(inside).toMatchObject({
      skill: { id: "a" },
      path: { path: join(claude, "a"), owner: "ours", kind: "link" },
    });
    mkdirSync(join(claude, "own"));
    const own = await sandbox.run(["why", join(claude, "own"), "--json"]);
    expect([own.code, own.json()]).toMatchObject([0, { skill: null, path: { owner: "none", kind: "directory" } }]);
    expect((await sandbox.run(["why", join(claude, "own")])).stdout).toContain("eden-skills did not install it");
    const other = sandbox.writeManifest('version = 1\nscope = "global"\n', "other.toml");
    const foreign = (await sandbox.run(["why", join(claude, "a"), "--json", "--config", other])).json();
    expect(foreign).toMatchObject({ skill: null, path: { owner: "other", manifest: sandbox.manifestPath } });
    const wrong = await sandbox.run(["why", "nothing", "--json"]);
    expect([wrong.code, wrong.json().error.code]).toEqual([2, "UNKNOWN_SKILL"]);
    expect((await sandbox.run(["why", "./nothing"])).stdout).toContain("nothing is there");
  });
});

describe("agents", () => {
  it("lists known agents with those found here and their directories, and those of the manifest [R-SHOW-06]", async () => {
    const { sandbox } = await installed();
    mkdirSync(join(sandbox.home, ".claude"), { recursive: true });
    sandbox.writeManifest(
      'version = 1\nscope = "global"\n[agents.mine]\nproject = ".mine/skills"\nglobal = "~/.mine/skills"\n',
    );
    const all = (await sandbox.run(["agents", "--json"])).json();
    expect(agentsSchema.parse(all)).toEqual(all);
    expect(all.agents.length).toBeGreaterThan(70);
    expect(all.agents.at(-1)).toMatchObject({ id: "mine", own: true, detected: false });
    const one = (await sandbox.run(["agents", "claude-code", "--json"])).json();
    expect(one).toMatchObject({
      count: 1,
      agents: [{ id: "claude-code", detected: true, global_dir: join(sandbox.home, ".claude/skills"), own: false }],
    });
    const here = (await sandbox.run(["agents", "--detected", "--json"])).json();
    expect(here.agents.every(({ detected }: { detected: boolean }) => detected)).toBe(true);
    const text = (await sandbox.run(["agents", "amp"])).stdout;
    for (const word of ["amp", "~/.config/amp/skills", "./.agents/skills"]) expect(text).toContain(word);
    const wrong = await sandbox.run(["agents", "clauda-code", "--json"]);
    expect([wrong.code, wrong.json().error]).toMatchObject([
      2,
      { code: "UNKNOWN_AGENT", message: expect.stringContaining("claude-code") },
    ]);
  });

  it("needs no manifest [R-SHOW-06]", async () => {
    expect((await use.sandbox().run(["agents"])).code).toBe(0);
  });
});
