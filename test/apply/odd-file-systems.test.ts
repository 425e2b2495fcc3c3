import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { canMountOverlay, inLowerLayer, mounted } from "../helpers/overlay.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { strace } from "../helpers/strace.js";
import { namesIn } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function withRepository(): Promise<Sandbox & { renew(): Promise<void> }> {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: { "a/SKILL.md": skillText("a"), "a/scripts/run.py": "", "b/SKILL.md": skillText("b") },
  });
  sandbox.writeManifest(
    manifestOf(["a", "b"].map((id) => ({ id, repo: `file://${repository.dir}`, subpath: id, mode: "copy" as const }))),
  );
  const renew = async () => void (await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } }));
  return { ...sandbox, renew };
}

describe.runIf(strace.isAvailable())("a file system without hard links", () => {
  const wrap = strace.failing("link,linkat", "EPERM");

  it.each(["EPERM", "EOPNOTSUPP", "EMLINK", "ENOSYS"])(
    "is one like any other when link answers %s [R-SYSTEM-11] [R-FAULT-38]",
    async (errno) => {
      const sandbox = await withRepository();
      const run = async (...args: string[]) =>
        (await sandbox.run(args, { wrap: strace.failing("link,linkat", errno) })).code;
      expect([await run("apply"), await run("update"), await run("remove", "a"), await run("clean")]).toEqual([
        0, 0, 0, 0,
      ]);
      expect(await namesIn(join(sandbox.storage, "locks"))).toEqual([]);
    },
  );

  it("has locks that hold: of six at once each target is installed once [R-SYSTEM-11] [R-FAULT-38]", async () => {
    const sandbox = await withRepository();
    const results = await Promise.all(Array.from({ length: 6 }, () => sandbox.run(["apply", "--json"], { wrap })));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    const created = results
      .flatMap((result) => result.json().skills)
      .filter(({ status }: any) => status === "installed");
    expect(created).toHaveLength(2);
    for (const name of ["locks", "staging"]) expect(await namesIn(join(sandbox.storage, name))).toEqual([]);
  });
});

describe.runIf(canMountOverlay())("copies in a lower layer of an overlay", () => {
  it("are updated, edited ones backed up, removed, pruned and turned into links [R-INSTALL-16]", async () => {
    const sandbox = await withRepository();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const skills = join(sandbox.home, ".claude/skills");
    await inLowerLayer(sandbox.home, sandbox.root, async () => {
      await sandbox.renew();
      expect((await sandbox.run(["update", "a"])).code).toBe(0);
      expect(readFileSync(join(skills, "a/SKILL.md"), "utf8")).toBe(skillText("a", "newer"));
      writeFileSync(join(skills, "b/SKILL.md"), "edited");
      const forced = await sandbox.run(["apply", "--force", "--json"]);
      expect([forced.code, readFileSync(join(skills, "b/SKILL.md"), "utf8")]).toEqual([0, skillText("b")]);
      const backup = /backup: (?<path>.*)/u.exec(JSON.stringify(forced.json().skills[1].targets[0].reasons))?.groups?.[
        "path"
      ];
      expect(readFileSync(join((backup ?? "").replace(/"\]$/u, ""), "SKILL.md"), "utf8")).toBe("edited");
      expect(await namesIn(skills)).toEqual(["a", "b"]);
    });
    await inLowerLayer(sandbox.home, sandbox.root, async () => {
      expect((await sandbox.run(["remove", "a"])).code).toBe(0);
      sandbox.writeManifest(readFileSync(sandbox.manifestPath, "utf8").replace('mode = "copy"', 'mode = "symlink"'));
      expect((await sandbox.run(["apply"])).code).toBe(0);
      expect([await namesIn(skills), lstatSync(join(skills, "b")).isSymbolicLink()]).toEqual([["b"], true]);
      expect((await sandbox.run(["repair"])).code).toBe(0);
      expect((await sandbox.run(["clean"])).code).toBe(0);
    });
    await inLowerLayer(sandbox.home, sandbox.root, async () => {
      rmSync(join(sandbox.home, ".eden-skills/skills/mirrors"), { recursive: true });
      expect((await sandbox.run(["update"])).code).toBe(0);
    });
  });

  it("that changed while they were copied stay as they are [R-INSTALL-16]", async () => {
    const sandbox = await withRepository();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const skills = join(sandbox.home, ".claude/skills");
    await inLowerLayer(sandbox.home, sandbox.root, async () => {
      writeFileSync(join(skills, "a/notes.txt"), "mine");
      await sandbox.renew();
      expect((await sandbox.run(["update"])).code).toBe(3);
      expect([await namesIn(join(skills, "a")), await namesIn(skills)]).toEqual([
        ["SKILL.md", "notes.txt", "scripts"],
        ["a", "b"],
      ]);
    });
  });

  it.runIf(strace.isAvailable())("are whole again, or gone, after a kill at any moment [R-INSTALL-16]", async () => {
    const sandbox = await withRepository();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const skills = join(sandbox.home, ".claude/skills");
    await sandbox.renew();
    const locked = readFileSync(sandbox.lockfilePath);
    const manifest = readFileSync(sandbox.manifestPath);
    const moments = ["unlink", "rename", "rmdir"].flatMap((call) =>
      Array.from({ length: Number(process.env["EDEN_KILLS"] ?? 2) }, (_, n) => [call, 2 + n * 3] as const),
    );
    for (const [calls, when] of moments) {
      await inLowerLayer(sandbox.home, sandbox.root, async () => {
        await sandbox.run(["update"], { wrap: strace.killing(calls, when) });
        await sandbox.run(["remove", "b"], { wrap: strace.killing(calls, when + 1) });
        const after = await sandbox.run(["update", "--json"]);
        expect([calls, when, after.code, after.stdout.includes("modified")]).toEqual([calls, when, 0, false]);
        expect(readFileSync(join(skills, "a/SKILL.md"), "utf8")).toBe(skillText("a", "newer"));
        expect((await namesIn(skills)).filter((name) => !["a", "b"].includes(name))).toEqual([]);
      });
      writeFileSync(sandbox.lockfilePath, locked);
      writeFileSync(sandbox.manifestPath, manifest);
    }
  });
});

describe.runIf(canMountOverlay())("a store on another file system than the rest of the storage", () => {
  it("is filled and repaired [R-INSTALL-16] [R-FAULT-38] [R-FAULT-39]", async () => {
    const sandbox = await withRepository();
    const store = join(sandbox.storage, "store");
    mkdirSync(store, { recursive: true });
    await mounted(store, ["-t", "tmpfs", "tmpfs"], async () => {
      expect((await sandbox.run(["apply"])).code).toBe(0);
      const [tree = ""] = readdirSync(store).filter((name) => !name.endsWith(".json"));
      const [id = ""] = readdirSync(join(store, tree));
      chmodSync(join(store, tree, id, "SKILL.md"), 0o644);
      writeFileSync(join(store, tree, id, "SKILL.md"), "edited");
      expect((await sandbox.run(["repair"])).code).toBe(0);
      expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
      expect(await namesIn(join(store, tree))).toEqual([id]);
    });
  });
});

describe.runIf(canMountOverlay())("a manifest and a lockfile that are mounts of their own", () => {
  it("are written all the same [R-SYSTEM-13]", async () => {
    const sandbox = await withRepository();
    expect((await sandbox.run(["apply"])).code).toBe(0);
    const paths = [sandbox.manifestPath, sandbox.lockfilePath];
    for (const path of paths) copyFileSync(path, `${path}.mounted`);
    await mounted(sandbox.manifestPath, ["--bind", `${sandbox.manifestPath}.mounted`], async () => {
      await mounted(sandbox.lockfilePath, ["--bind", `${sandbox.lockfilePath}.mounted`], async () => {
        await sandbox.renew();
        const before = readFileSync(sandbox.lockfilePath, "utf8");
        expect((await sandbox.run(["update"])).code).toBe(0);
        expect(readFileSync(sandbox.lockfilePath, "utf8")).not.toBe(before);
        expect((await sandbox.run(["remove", "a"])).code).toBe(0);
        expect(readFileSync(sandbox.manifestPath, "utf8")).not.toContain('"a"');
        expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
        expect((await namesIn(sandbox.project)).filter((name) => name.startsWith("."))).toEqual([]);
      });
    });
  });
});
