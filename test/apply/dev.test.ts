import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitText } from "../helpers/git-command.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

async function installed(mode: "copy" | "symlink" = "symlink") {
  const sandbox = use.sandbox();
  const files = { "skills/web/SKILL.md": skillText("web"), "skills/notes/SKILL.md": skillText("notes") };
  const repo = await createRepository(join(sandbox.root, "one.git"), { files });
  const url = `file://${repo.dir}`;
  const skills = ["web", "notes"].map((id) => ({ id, repo: url, subpath: `skills/${id}`, mode }));
  sandbox.writeManifest(manifestOf(skills));
  await sandbox.run(["apply"]);
  const commit = await repo.revParse("HEAD");
  await repo.commit({ files: { "skills/web/SKILL.md": skillText("web", "Newer.") } });
  const [target, clone] = [join(sandbox.home, ".claude/skills/web"), join(sandbox.project, "web-dev")];
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  return { sandbox, repo, url, commit, target, clone, lock };
}

describe("dev", () => {
  it.each(["symlink", "copy"] as const)(
    "lets targets in %s mode lead to a clone at the pinned commit, and back [R-DEV-01] [R-DEV-03]",
    async (mode) => {
      const { sandbox, url, commit, target, clone, lock } = await installed(mode);
      const before = lock();
      const begun = await sandbox.run(["dev", "web", "--json"]);
      expect([begun.code, begun.json()]).toMatchObject([
        0,
        {
          command: "dev",
          outcome: "ok",
          developed: [{ id: "web", directory: join(clone, "skills/web"), clone, commit }],
        },
      ]);
      expect(realpathSync(target)).toBe(join(clone, "skills/web"));
      expect(await gitText(["rev-parse", "HEAD"], { cwd: clone })).toBe(commit);
      expect(await gitText(["branch", "--show-current"], { cwd: clone })).toBe("dev/web");
      expect(await gitText(["config", "remote.origin.url"], { cwd: clone })).toBe(url);
      expect(lock()).toBe(before);
      writeFileSync(join(target, "SKILL.md"), skillText("web", "Mine."));
      const stopped = await sandbox.run(["dev", "--stop", "--json"]);
      expect([stopped.code, stopped.json()]).toMatchObject([0, { command: "dev", stopped: [{ id: "web", clone }] }]);
      expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe(skillText("web"));
      expect(readFileSync(join(clone, "skills/web/SKILL.md"), "utf8")).toBe(skillText("web", "Mine."));
      expect(lock()).toBe(before);
      expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    },
  );

  it("is known to the other commands: no drift, no overwriting, no moved pin [R-DEV-02]", async () => {
    const { sandbox, commit, target, clone, lock } = await installed();
    const before = lock();
    await sandbox.run(["dev", "web"]);
    writeFileSync(join(target, "SKILL.md"), skillText("web", "Mine."));
    const list = (await sandbox.run(["list", "--json"])).json().skills;
    expect(list).toMatchObject([
      { id: "web", state: "dev", dev: join(clone, "skills/web") },
      { id: "notes", state: "installed", dev: null },
    ]);
    expect((await sandbox.run(["plan", "--check"])).code).toBe(0);
    const findings = (await sandbox.run(["doctor", "--json"])).json().findings as { code: string; skill_id: string }[];
    expect(findings.filter(({ code }) => !code.startsWith("LICENSE"))).toMatchObject([
      { code: "SKILL_IN_DEVELOPMENT", severity: "warning", skill_id: "web" },
    ]);
    const outdated = (await sandbox.run(["outdated", "--json"])).json().skills;
    expect(outdated[0]).toMatchObject({ id: "web", status: "outdated", message: expect.stringContaining(clone) });
    for (const args of [["apply"], ["update", "web"], ["apply", "--force"], ["repair"]]) {
      const run = await sandbox.run([...args, "--json"]);
      expect([args, run.code]).toEqual([args, 0]);
      const { diagnostics } = run.json().skills.find(({ id }: { id: string }) => id === "web");
      expect(diagnostics).toMatchObject([{ code: "SKILL_IN_DEVELOPMENT", severity: "info" }]);
      expect(realpathSync(target)).toBe(join(clone, "skills/web"));
    }
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toContain("Mine.");
    const pinOf = (text: string) => /id = "web"[^]*?resolved_commit = "(\w+)"/u.exec(text)?.[1];
    expect([pinOf(before), pinOf(lock())]).toEqual([commit, commit]);
  });

  it("is refused by --frozen, with exit code 3 and nothing changed [R-DEV-04]", async () => {
    const { sandbox, target, clone } = await installed();
    await sandbox.run(["dev", "web"]);
    for (const args of [
      ["apply", "--frozen"],
      ["plan", "--frozen"],
    ]) {
      const frozen = await sandbox.run([...args, "--json"]);
      expect([frozen.code, frozen.json().error]).toMatchObject([3, { code: "SKILL_IN_DEVELOPMENT" }]);
    }
    expect(realpathSync(target)).toBe(join(clone, "skills/web"));
  });

  it("uses a clone that is there, and refuses another directory [R-DEV-01]", async () => {
    const { sandbox, url, target, clone } = await installed();
    const shared = join(sandbox.root, "shared");
    await gitText(["clone", "--quiet", url, shared], { cwd: sandbox.root });
    for (const id of ["web", "notes"]) expect((await sandbox.run(["dev", id, shared])).code).toBe(0);
    expect(realpathSync(target)).toBe(join(shared, "skills/web"));
    expect((await sandbox.run(["dev", "--stop", "notes", "--json"])).json().stopped).toMatchObject([{ id: "notes" }]);
    expect(realpathSync(target)).toBe(join(shared, "skills/web"));
    const other = await sandbox.run(["dev", "notes", sandbox.home, "--json"]);
    expect([other.code, other.json().error.code]).toEqual([2, "USAGE"]);
    expect((await sandbox.run(["dev", "--stop", "notes", "--json"])).code).toBe(2);
    expect((await sandbox.run(["dev"])).code).toBe(2);
    expect(existsSync(clone)).toBe(false);
  });

  it("does not silently return to the pin when the clone is gone; dev --stop and remove do [R-DEV-03]", async () => {
    const { sandbox, target, clone } = await installed();
    await sandbox.run(["dev", "web"]);
    rmSync(clone, { recursive: true });
    const apply = await sandbox.run(["apply", "--json"]);
    expect(apply.code).not.toBe(0);
    expect(JSON.stringify(apply.json())).toContain("dev --stop web");
    expect((await sandbox.run(["dev", "--stop", "web"])).code).toBe(0);
    expect(readFileSync(join(target, "SKILL.md"), "utf8")).toBe(skillText("web"));
    await sandbox.run(["dev", "web"]);
    expect((await sandbox.run(["remove", "web"])).code).toBe(0);
    expect([existsSync(target), existsSync(clone)]).toEqual([false, true]);
    expect((await sandbox.run(["dev", "--stop", "--json"])).json().stopped).toEqual([]);
  });

  it("reports a damaged record as a finding, and changes nothing elsewhere [R-DEV-02]", async () => {
    const { sandbox, target, clone } = await installed();
    await sandbox.run(["dev", "web"]);
    const directory = join(sandbox.storage, "development");
    for (const name of readdirSync(directory)) writeFileSync(join(directory, name), "damaged");
    const doctor = await sandbox.run(["doctor", "--json"]);
    expect([doctor.code, JSON.stringify(doctor.json().findings)]).toEqual([
      0,
      expect.stringContaining("STATE_UNREADABLE"),
    ]);
    const apply = await sandbox.run(["apply", "--json"]);
    expect([apply.code, apply.json().error.code]).toEqual([1, "STATE_UNREADABLE"]);
    expect(realpathSync(target)).toBe(join(clone, "skills/web"));
    expect((await sandbox.run(["list"])).code).toBe(0);
  });

  it("says where the clone is [R-DEV-01] [R-DEV-03]", async () => {
    const { sandbox } = await installed();
    expect((await sandbox.run(["dev", "web"])).stdout).toContain("\nweb is developed in ./web-dev/skills/web\n");
    expect((await sandbox.run(["dev", "--stop"])).stdout).toContain("\nweb: the clone stays in ./web-dev/skills/web\n");
  });
});
