import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diffSchema } from "../../src/cli/views/output-schemas.js";
import { createRepository } from "../helpers/git-repository.js";
import { gitText } from "../helpers/git-command.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function installed(mode: "copy" | "symlink") {
  const sandbox = use.sandbox();
  const files = {
    "web/SKILL.md": skillText("web", "One.\nTwo.\nThree."),
    "web/.gitattributes": "*.md binary diff=evil\n",
    "web/run.sh": { content: "#!/bin/sh\n", executable: true },
    "web/old.txt": "old\n",
    "web/data.bin": Buffer.from([0, 1, 2]),
  };
  const repo = await createRepository(join(sandbox.root, "one.git"), { files });
  sandbox.writeManifest(manifestOf([{ id: "web", repo: `file://${repo.dir}`, subpath: "web", mode }]));
  await sandbox.run(["apply"]);
  return { sandbox, repo, copy: join(sandbox.home, ".claude/skills/web"), commit: await repo.revParse("HEAD") };
}

describe("diff", () => {
  it("shows the edits of a copy as text: files, modes, binary files, and no litter [R-SHOW-07] [R-SHOW-08]", async () => {
    const { sandbox, copy, commit } = await installed("copy");
    const same = await sandbox.run(["diff", "--strict", "--json"]);
    expect([same.code, same.json()]).toMatchObject([0, { different: 0, skills: [{ id: "web", status: "same" }] }]);
    writeFileSync(join(copy, "SKILL.md"), skillText("web", "One.\nZwei.\nThree."));
    writeFileSync(join(copy, "data.bin"), Buffer.from([0, 1]));
    writeFileSync(join(copy, "new.txt"), "red \u001b[31m");
    mkdirSync(join(copy, "__pycache__"));
    writeFileSync(join(copy, "__pycache__/x.pyc"), "x");
    chmodSync(join(copy, "run.sh"), 0o644);
    rmSync(join(copy, "old.txt"));
    const edited = await sandbox.run(["diff", "web", "--json", "--offline"]);
    const document = edited.json();
    expect(diffSchema.parse(document)).toEqual(document);
    expect([edited.code, document]).toMatchObject([
      0,
      {
        upstream: false,
        different: 1,
        skills: [{ id: "web", status: "different", from: commit, to: null, targets: [copy] }],
      },
    ]);
    expect(document.skills[0].files).toMatchObject([
      { path: "SKILL.md", change: "modified", binary: false, diff: expect.stringContaining("\n-Two.\n+Zwei.\n") },
      { path: "data.bin", change: "modified", binary: true, bytes: { before: 3, after: 2 }, diff: "" },
      { path: "new.txt", change: "added", mode: { before: null, after: "100644" } },
      { path: "old.txt", change: "removed", diff: "@@ -1 +0,0 @@\n-old\n" },
      { path: "run.sh", change: "modified", mode: { before: "100755", after: "100644" }, diff: "" },
    ]);
    const text = (await sandbox.run(["diff"])).stdout;
    for (const line of [
      "--- a/web/SKILL.md",
      "+++ b/web/SKILL.md",
      "+red \\x1b[31m",
      "old mode 100755",
      "Binary files a/web/data.bin",
    ])
      expect(text).toContain(line);
    expect(text).not.toContain("\u001b");
    expect((await sandbox.run(["diff", "--strict"])).code).toBe(3);
  });

  it("prints what git applies [R-SHOW-08]", async () => {
    const { sandbox, copy } = await installed("copy");
    const before = readFileSync(join(copy, "SKILL.md"), "utf8");
    writeFileSync(join(copy, "SKILL.md"), `${before.replace("Two.\n", "")}\nMore, without an end of line`);
    writeFileSync(join(copy, "old.txt"), "");
    const patch = (await sandbox.run(["diff"])).stdout;
    const work = join(sandbox.root, "work");
    mkdirSync(join(work, "web"), { recursive: true });
    writeFileSync(join(work, "web/SKILL.md"), before);
    writeFileSync(join(work, "web/old.txt"), "old\n");
    await gitText(["apply", "-p1", "-"], { cwd: work, input: patch });
    expect(readFileSync(join(work, "web/SKILL.md"), "utf8")).toBe(readFileSync(join(copy, "SKILL.md"), "utf8"));
    expect(readFileSync(join(work, "web/old.txt"), "utf8")).toBe("");
  });

  it("shows what was edited through a link, against the repository [R-SHOW-07]", async () => {
    const { sandbox, copy } = await installed("symlink");
    chmodSync(join(copy, "SKILL.md"), 0o644);
    writeFileSync(join(copy, "SKILL.md"), skillText("web", "Two.\nThree."));
    const { skills } = (await sandbox.run(["diff", "--json"])).json();
    expect(skills).toMatchObject([
      { status: "different", files: [{ path: "SKILL.md", diff: expect.stringContaining("-One.\n") }] },
    ]);
    expect(skills[0].files).toHaveLength(1);
  });

  it("compares the pins with their refs, and moves none [R-SHOW-09]", async () => {
    const { sandbox, repo, commit } = await installed("symlink");
    const lock = readFileSync(sandbox.lockfilePath, "utf8");
    const current = await sandbox.run(["diff", "--upstream", "--strict", "--json"]);
    expect([current.code, current.json()]).toMatchObject([0, { upstream: true, skills: [{ status: "same" }] }]);
    const next = await repo.commit({ files: { "web/SKILL.md": skillText("web", "One.\nTwo.") } });
    const moved = await sandbox.run(["diff", "--upstream", "--strict", "--json"]);
    expect([moved.code, moved.json()]).toMatchObject([
      3,
      {
        skills: [
          {
            status: "different",
            from: commit,
            to: next,
            targets: [],
            files: [{ path: "SKILL.md", change: "modified" }],
          },
        ],
      },
    ]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(lock);
    await repo.commit({ files: { x: "" }, replace: true });
    const gone = (await sandbox.run(["diff", "--upstream", "--json"])).json();
    expect(gone.skills).toMatchObject([{ status: "missing", files: [] }]);
  });

  it("is done at once with files that differ in every line [R-SHOW-08]", async () => {
    const { sandbox, copy } = await installed("copy");
    const lines = (word: string) => Array.from({ length: 40_000 }, (_, index) => `${word} ${index}\n`).join("");
    writeFileSync(join(copy, "old.txt"), lines("some"));
    const shown = await sandbox.run(["diff", "--json"], { timeoutMs: 20_000 });
    expect(shown.json().skills[0].files).toMatchObject([{ path: "old.txt" }]);
  });
});
