import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { createRegistry } from "../helpers/registry.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

function writeSkill(directory: string, name: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "SKILL.md"), skillText(name));
}

function sandboxWithAgent(): Sandbox {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"), { recursive: true });
  return sandbox;
}

describe("a hostile source", () => {
  it("with very many skills takes a time in proportion to them [R-SOURCE-05]", async () => {
    const sandbox = sandboxWithAgent();
    const source = join(sandbox.root, "many");
    for (let index = 0; index < 1500; index += 1) writeSkill(join(source, `skills/s${index}`), `s${index}`);
    const { code, elapsedMs, stderr } = await sandbox.run(["install", source, "--all", "--dry-run", "--quiet"]);
    expect(code, stderr).toBe(0);
    expect(elapsedMs).toBeLessThan(20_000);
  });

  it.each(["a:b", "back\\slash", "dot.", "new\nline"])(
    "keeps no other skill from being installed by a directory called %j, and reports it [R-SOURCE-06]",
    async (odd) => {
      const sandbox = sandboxWithAgent();
      const repository = await createRepository(join(sandbox.root, "served/odd.git"), {
        files: { "skills/good/SKILL.md": skillText("good"), [`skills/${odd}/SKILL.md`]: skillText("odd") },
      });
      const { code, stdout, stderr } = await sandbox.run(["install", repository.dir, "--all", "--json"]);
      expect(code, stdout + stderr).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ installed: ["good"], skipped: [{ reason: expect.any(String) }] });
      expect(readdirSync(join(sandbox.home, ".claude/skills"))).toEqual(["good"]);
    },
  );

  it("on this machine may have names that are not UTF-8 and files of any size [R-SOURCE-02]", async () => {
    const sandbox = sandboxWithAgent();
    const source = join(sandbox.root, "local");
    writeSkill(join(source, "skills/good"), "good");
    mkdirSync(Buffer.concat([Buffer.from(join(source, "skills/bad")), Buffer.from([0xff])]));
    writeSkill(join(source, "skills/huge"), "huge");
    truncateSync(join(source, "skills/huge/SKILL.md"), 5 * 1024 ** 3);
    const { code, stderr, json } = await sandbox.run(["install", source, "--list", "--json"]);
    expect(code, stderr).toBe(0);
    expect(json().skills.map(({ path }: { path: string }) => path)).toEqual(["skills/good", "skills/huge"]);
  });
});

it("a registry with one content under very many names is refused before it fills the memory [R-REGISTRY-03]", async () => {
  const sandbox = use.sandbox();
  const large = `#${"x".repeat(200_000)}`;
  const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`index/a/a${index}.toml`, large]));
  await createRegistry(join(sandbox.root, "served/r.git"), { name: "r", skills: [], files });
  sandbox.writeManifest(`version = 1\n[registries.r]\nurl = "${join(sandbox.root, "served/r.git")}"\n`);
  const [{ code, message }] = (await sandbox.run(["registry", "update", "--json"])).json().registries;
  expect(code).toBe("REGISTRY_INVALID");
  expect(message).toContain("more than 33554432 bytes");
});

describe("a failed install", () => {
  const target = "small";
  const mayMount = spawnSync("unshare", ["-m", "true"]).status === 0 && process.getuid?.() === 0;

  it.runIf(mayMount)(
    "does not take back what somebody else has meanwhile written into the manifest [R-SOURCE-07]",
    async () => {
      const sandbox = sandboxWithAgent();
      const source = join(sandbox.root, "source");
      for (let index = 0; index < 12; index += 1) {
        writeSkill(join(source, `skills/s${index}`), `s${index}`);
        writeFileSync(join(source, `skills/s${index}/blob`), Buffer.alloc(1024 * 1024, index));
      }
      const manifest = sandbox.writeManifest("version = 1\n");
      const directory = join(sandbox.root, target);
      mkdirSync(directory);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", directory]);
      try {
        const running = sandbox.spawn([
          "install",
          source,
          "--all",
          "--copy",
          "--json",
          "--target",
          `custom:${directory}/t`,
        ]);
        while (!readFileSync(manifest, "utf8").includes("[[collections]]"))
          await new Promise((resolve) => setTimeout(resolve, 1));
        appendFileSync(manifest, "# mine\n");
        const { code, json } = await running.finished;
        expect(code).not.toBe(0);
        expect(readFileSync(manifest, "utf8")).toContain("# mine");
        expect(json().diagnostics.map((one: { code: string }) => one.code)).toContain("MANIFEST_CHANGED");
      } finally {
        execFileSync("umount", ["-l", directory]);
      }
    },
  );
});
