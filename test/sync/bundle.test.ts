import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** A locked manifest of two skills that share a file, one of them with a script and a link, and its bundle. */
async function setUp(objectFormat: "sha1" | "sha256" = "sha1") {
  const sandbox = use.sandbox();
  const shared = "shared text\n".repeat(200);
  await createRepository(join(sandbox.root, "served/all.git"), {
    objectFormat,
    files: {
      "a/SKILL.md": skillText("a"),
      "a/shared.txt": shared,
      "a/run.sh": { content: "#!/bin/sh\n", executable: true },
      "a/link": { symlink: "shared.txt" },
      "b/SKILL.md": skillText("b"),
      "b/deep/er/shared.txt": shared,
    },
  });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/all.git`;
  sandbox.writeManifest(manifestOf(["a", "b"].map((id) => ({ id, repo, subpath: id }))));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const bundle = join(sandbox.root, "skills.tgz");
  const made = await sandbox.run(["warm", "--bundle", bundle, "--json"]);
  expect(made.code, made.stdout).toBe(0);
  await remote.close();
  return { sandbox, bundle };
}

/** The same manifest and lockfile on a machine that has nothing and reaches nobody. */
async function bareMachine(sandbox: Sandbox): Promise<void> {
  await removeTree(sandbox.storage);
  await removeTree(join(sandbox.home, ".claude"));
}

const installed = (sandbox: Sandbox, path: string) => join(sandbox.home, ".claude/skills", path);

describe("a bundle [R-WARM-06]", () => {
  for (const format of ["sha1", "sha256"] as const) {
    it(`installs exactly what is locked on a machine without network (${format})`, async () => {
      const { sandbox, bundle } = await setUp(format);
      const before = readFileSync(sandbox.lockfilePath, "utf8");
      await bareMachine(sandbox);
      const result = await sandbox.run(["apply", "--from-bundle", bundle, "--json"]);
      expect(result.code, result.stdout).toBe(0);
      expect(result.json().metrics.git_processes).toBe(0);
      expect(readFileSync(sandbox.lockfilePath, "utf8")).toBe(before);
      expect(readFileSync(installed(sandbox, "a/link"), "utf8")).toBe("shared text\n".repeat(200));
      expect((await execa(installed(sandbox, "a/run.sh"))).exitCode).toBe(0);
      expect(readdirSync(join(sandbox.storage, "staging"))).toEqual([]);
      // What came from the bundle is as good as what was fetched.
      expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
    });
  }

  it("is the same bytes whenever it is made, holds every content once, and is read by tar", async () => {
    const { sandbox, bundle } = await setUp();
    const again = join(sandbox.root, "again.tgz");
    await bareMachine(sandbox);
    expect((await sandbox.run(["apply", "--from-bundle", bundle])).code).toBe(0);
    expect((await sandbox.run(["warm", "--bundle", again])).code).toBe(0);
    expect(readFileSync(again).equals(readFileSync(bundle))).toBe(true);
    const { stdout } = await execa("tar", ["tzf", bundle]);
    const names = stdout.split("\n");
    expect(names[0]).toBe("eden-skills-bundle.json");
    // Two SKILL.md, the shared text, the script, the link.
    expect(names.filter((name) => /^blobs\/[0-9a-f]{40}$/u.test(name))).toHaveLength(5);
    expect(names).toHaveLength(6);
  });

  it("is not written when a skill could not be had, nor without a lockfile", async () => {
    const { sandbox, bundle } = await setUp();
    rmSync(bundle);
    await bareMachine(sandbox);
    const gone = await sandbox.run(["warm", "--bundle", bundle, "--retries", "0", "--json"]);
    expect(gone.code).toBe(1);
    expect(gone.json().diagnostics).toMatchObject([{ code: "BUNDLE_INCOMPLETE", severity: "error" }]);
    rmSync(sandbox.lockfilePath);
    const unlocked = await sandbox.run(["warm", "--bundle", bundle]);
    expect([unlocked.code, unlocked.stderr]).toEqual([3, expect.stringContaining("LOCK_OUT_OF_DATE")]);
    expect(existsSync(bundle)).toBe(false);
  });

  it("is not written from a store that somebody changed", async () => {
    const { sandbox, bundle } = await setUp();
    const skill = readFileSync(installed(sandbox, "a/SKILL.md"));
    rmSync(bundle);
    await execa("chmod", ["u+w", installed(sandbox, "a/SKILL.md")]);
    writeFileSync(installed(sandbox, "a/SKILL.md"), Buffer.concat([skill, Buffer.from("!")]));
    const result = await sandbox.run(["warm", "--bundle", bundle, "--json"]);
    expect(result.code).toBe(1);
    expect(existsSync(bundle)).toBe(false);
  });

  it("that lacks a skill leaves it to be told as missing", async () => {
    const { sandbox, bundle } = await setUp();
    await bareMachine(sandbox);
    const half = join(sandbox.root, "half.tgz");
    rewrite(bundle, half, (text) => {
      const index = JSON.parse(text);
      return JSON.stringify({ ...index, skills: index.skills.slice(0, 1) });
    });
    const report = (await sandbox.run(["apply", "--from-bundle", half, "--json"])).json();
    expect(report.skills.map(({ status }: { status: string }) => status)).toEqual(["installed", "failed"]);
    expect(report.skills[1].diagnostics[0].code).toBe("OFFLINE_MISS");
  });
});

describe("a hostile bundle [R-WARM-07]", () => {
  const bad: [string, (path: string, bundle: string) => void][] = [
    ["is not there", () => {}],
    ["is no archive", (path) => writeFileSync(path, "nothing")],
    ["is cut short", (path, bundle) => writeFileSync(path, readFileSync(bundle).subarray(0, 300))],
    ["is empty", (path) => writeFileSync(path, gzipSync(Buffer.alloc(1024)))],
    ["has no index", (path, bundle) => writeFileSync(path, gzipSync(gunzipSync(readFileSync(bundle)).subarray(2048)))],
    ["has an index that is no JSON", (path, bundle) => rewrite(bundle, path, () => "{")],
    [
      "has a later format",
      (path, bundle) => rewrite(bundle, path, (text) => text.replace('"format_version": 1', '"format_version": 2')),
    ],
    [
      "has another listing than the tree",
      (path, bundle) => rewrite(bundle, path, (text) => text.replace("run.sh", "ran.sh")),
    ],
    ["leads out of the skill", (path, bundle) => rewrite(bundle, path, (text) => text.replace("run.sh", "../../evil"))],
    [
      "has another content than the listing",
      (path, bundle) => writeFileSync(path, gzipSync(replaced(gunzipSync(readFileSync(bundle))))),
    ],
    ["is a named pipe's worth of zeros", (path) => writeFileSync(path, gzipSync(Buffer.alloc(40_000_000, 1)))],
  ];
  it.each(bad)("that %s installs nothing and leaves nothing", async (_, make) => {
    const { sandbox, bundle } = await setUp();
    await bareMachine(sandbox);
    const path = join(sandbox.root, "hostile.tgz");
    make(path, bundle);
    const result = await sandbox.run(["apply", "--from-bundle", path, "--json"]);
    const { code } = result.json().error;
    expect(code).toMatch(/^(?:BUNDLE_INVALID|SKILL_UNSAFE|FETCH_CORRUPT)$/u);
    expect(result.code, result.stdout).toBe(code === "BUNDLE_INVALID" ? 2 : 1);
    expect(existsSync(installed(sandbox, "a"))).toBe(false);
    expect(existsSync(join(sandbox.root, "evil"))).toBe(false);
    for (const directory of ["staging", "store"])
      if (existsSync(join(sandbox.storage, directory)))
        expect(readdirSync(join(sandbox.storage, directory))).toEqual([]);
  });
});

/** The bundle with another index, all else as it was. */
function rewrite(from: string, to: string, change: (index: string) => string): void {
  const tar = gunzipSync(readFileSync(from));
  const size = Number.parseInt(tar.toString("latin1", 124, 135), 8);
  const index = Buffer.from(change(tar.toString("utf8", 512, 512 + size)));
  const header = Buffer.from(tar.subarray(0, 512));
  header.write(index.length.toString(8).padStart(11, "0"), 124, "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const rest = tar.subarray(512 + Math.ceil(size / 512) * 512);
  const padding = Buffer.alloc((512 - (index.length % 512)) % 512);
  writeFileSync(to, gzipSync(Buffer.concat([header, index, padding, rest])));
}

function replaced(tar: Buffer): Buffer {
  const at = tar.indexOf("shared text\nshared");
  expect(at).toBeGreaterThan(0);
  const copy = Buffer.from(tar);
  copy.write("SHARED", at);
  return copy;
}
