import { existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const FOREIGN: Record<string, string | Buffer> = {
  "JSON of another tool": '{"version": 1, "skills": {"x": {"source": "acme/x"}}}\n',
  "TOML of another shape": 'version = 1\n[[skill]]\nname = "x"\nrev = "1"\n',
  "TOML without a version": '[[skills]]\nid = "x"\n',
  "a newer version of ours": "version = 2\n",
  "no text": Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  "an empty file": "",
};

async function setUp() {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "one.git"), { files: { "SKILL.md": skillText("a") } });
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${repository.dir}` }]));
  const kept = (number = "") => readFileSync(`${sandbox.lockfilePath}.bak${number}`);
  const ours = () => readFileSync(sandbox.lockfilePath, "utf8").includes("resolved_commit");
  return { sandbox, repository, kept, ours };
}

describe("a lockfile that is not ours [R-LOCK-12]", () => {
  for (const [what, text] of Object.entries(FOREIGN)) {
    it(`is kept beside the new one, and that is said: ${what}`, async () => {
      const { sandbox, kept, ours } = await setUp();
      writeFileSync(sandbox.lockfilePath, text);
      const result = await sandbox.run(["apply", "--json"]);
      expect(result.code).toBe(0);
      expect(
        result
          .json()
          .diagnostics.map(({ message }: any) => message)
          .join("\n"),
      ).toContain(`is kept at ${sandbox.lockfilePath}.bak`);
      expect(kept()).toEqual(Buffer.from(text));
      expect(ours()).toBe(true);
    });
  }

  it("is refused with --frozen, and stays", async () => {
    const { sandbox } = await setUp();
    writeFileSync(sandbox.lockfilePath, '{"version": 1}');
    const result = await sandbox.run(["apply", "--frozen", "--json"]);
    expect([result.code, result.json().error.code]).toEqual([3, "LOCK_OUT_OF_DATE"]);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe('{"version": 1}');
    expect(existsSync(`${sandbox.lockfilePath}.bak`)).toBe(false);
  });

  it("never takes the place of a copy that was kept before", async () => {
    const { sandbox, kept } = await setUp();
    for (const [text, command] of [
      ["one", ["update"]],
      ["two", ["remove", "a"]],
      ["three", ["rollback"]],
    ] as const) {
      writeFileSync(sandbox.lockfilePath, text);
      expect((await sandbox.run([...command])).code).toBe(0);
    }
    expect([kept().toString(), kept(".1").toString(), kept(".2").toString()]).toEqual(["one", "two", "three"]);
  });

  it("behind a link is kept beside the link, which stays one", async () => {
    const { sandbox, repository, kept } = await setUp();
    mkdirSync(join(sandbox.root, "dotfiles"));
    writeFileSync(join(sandbox.root, "dotfiles/their.lock"), "{}");
    symlinkSync("../dotfiles/their.lock", sandbox.lockfilePath);
    const other = ["--id", "b", "--target", "claude-code"];
    expect((await sandbox.run(["install", `file://${repository.dir}`, ...other])).code).toBe(0);
    expect(kept().toString()).toBe("{}");
    expect(readlinkSync(sandbox.lockfilePath)).toBe("../dotfiles/their.lock");
    expect(readFileSync(join(sandbox.root, "dotfiles/their.lock"), "utf8")).toContain("resolved_commit");
  });

  it("is not touched by plan, a dry run, or a command that writes no lockfile", async () => {
    const { sandbox } = await setUp();
    writeFileSync(sandbox.lockfilePath, "{}");
    for (const args of [["plan"], ["apply", "--dry-run"], ["warm"], ["list"]])
      expect((await sandbox.run(args)).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe("{}");
    expect(existsSync(`${sandbox.lockfilePath}.bak`)).toBe(false);
  });

  it("that is a directory stops the run with its name", async () => {
    const { sandbox } = await setUp();
    mkdirSync(sandbox.lockfilePath);
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().diagnostics.map(({ code }: any) => code)).toContain("LOCK_UNREADABLE");
  });
});
