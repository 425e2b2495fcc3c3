import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import type { SiteServer } from "../helpers/site.js";
import { artifact, listed, sha256 } from "../helpers/site-index.js";
import { useSite } from "../helpers/site-world.js";

const { setUp } = useSite();

const version = (text: string) => artifact("a", "a.md", skillText("a", text));
const digestOf = (text: string) => sha256(skillText("a", text));
function publish(site: SiteServer, pages: ReturnType<typeof version>): void {
  for (const [path, page] of Object.entries(pages)) site.pages.set(path, page);
}

/** An installed skill of a site. */
async function installed(pages = version("First."), ...more: string[]) {
  const machine = await setUp(pages);
  const { json, sandbox, site, kept } = machine;
  expect(await json("install", site.url, ...more)).toMatchObject({ exit_code: 0 });
  const lockfile = join(sandbox.home, ".eden-skills/skills.lock");
  const lock = () => readFileSync(lockfile, "utf8");
  return { ...machine, lockfile, lock, file: join(kept, "a/SKILL.md"), record: join(kept, "a.source.json") };
}

describe("the pin of a site's skill", () => {
  it.each([["symlink"], ["copy"]])(
    "is in the lockfile, and a change without update is refused: %s [R-SOURCE-22]",
    async (mode) => {
      const { json, lock, file, site, sandbox } = await installed(
        version("First."),
        ...(mode === "copy" ? ["--copy"] : []),
      );
      expect(lock()).toContain(`site = { address = "${site.url}", digest = "${digestOf("First.")}", tree = "`);
      const before = lock();
      expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
      writeFileSync(file, skillText("a", "Changed."));
      for (const how of [[], ["--frozen"], ["--offline"]]) {
        const refused = await json("apply", ...how);
        expect([how, refused.exit_code, JSON.stringify(refused)]).toEqual([
          how,
          1,
          expect.stringContaining("INTEGRITY_MISMATCH"),
        ]);
      }
      expect(lock()).toBe(before);
      writeFileSync(file, skillText("a", "First."));
      expect(await json("apply")).toMatchObject({ exit_code: 0 });
    },
  );

  it("does not follow files and record that were changed together, nor another site [R-SOURCE-22]", async () => {
    const { json, lockfile, lock, file, record } = await installed();
    const [text, origin, before] = [readFileSync(file, "utf8"), readFileSync(record, "utf8"), lock()];
    const refused = async () => {
      const report = await json("apply", "--frozen");
      expect([report.exit_code, JSON.stringify(report)]).toEqual([1, expect.stringContaining("INTEGRITY_MISMATCH")]);
    };
    writeFileSync(file, skillText("a", "Changed."));
    rmSync(record);
    await refused();
    writeFileSync(file, text);
    writeFileSync(record, origin.replaceAll("127.0.0.1", "evil.example"));
    await refused();
    // Both name it, but the manifest does not.
    writeFileSync(lockfile, before.replace('address = "http://127.0.0.1', 'address = "http://evil.example'));
    await refused();
    writeFileSync(record, origin);
    writeFileSync(lockfile, before.replace(/address = "[^"]*"/u, 'address = "https://evil.example"'));
    await refused();
    writeFileSync(lockfile, before);
    expect(await json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
  });

  it("is compared by outdated and moved by update, which says what changed [R-SOURCE-23]", async () => {
    const { json, lock, site, sandbox, installed: text } = await installed();
    const row = { id: "a", current: digestOf("First."), latest: digestOf("First."), status: "current" };
    expect(await json("outdated")).toMatchObject({ count: 1, skills: [row] });
    publish(site, version("Second."));
    const newer = { ...row, latest: digestOf("Second."), status: "outdated" };
    expect(await json("outdated")).toMatchObject({ skills: [newer] });
    expect(text("a/SKILL.md")).toContain("First.");
    expect(await json("apply")).toMatchObject({ exit_code: 0 });
    const updated = await sandbox.run(["update"]);
    expect([updated.code, updated.stdout], updated.stderr).toEqual([
      0,
      expect.stringMatching(/a [0-9a-f]{7} → [0-9a-f]{7} \(1 file\)/u),
    ]);
    expect([text("a/SKILL.md").includes("Second."), lock().includes(digestOf("Second."))]).toEqual([true, true]);
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "current" }] });
    expect(await json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
    // An artifact that is not what the index says.
    publish(site, version("Third."));
    site.pages.set("/.well-known/agent-skills/a.md", "not what the index says");
    const failed = await json("update");
    expect([failed.exit_code, JSON.stringify(failed)]).toEqual([1, expect.stringContaining("INTEGRITY_MISMATCH")]);
    expect(text("a/SKILL.md")).toContain("Second.");
    expect(await json("apply", "--frozen")).toMatchObject({ exit_code: 0 });
    await site.close();
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "unreachable" }] });
  });

  it("is a hash of the content where the index has no digest [R-SOURCE-23]", async () => {
    const files = (text: string) => listed({ a: { "SKILL.md": skillText("a", text) } });
    const { json, site, installed: text } = await installed(files("First."));
    expect(await json("outdated")).toMatchObject({ skills: [{ id: "a", status: "current" }] });
    publish(site, files("Second."));
    const { skills } = await json("outdated");
    expect(skills).toMatchObject([{ status: "outdated", current: expect.stringMatching(/^sha256-/u) }]);
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(text("a/SKILL.md")).toContain("Second.");
  });

  it("is restored from the store: files that are missing, and those of an earlier state [R-SOURCE-24]", async () => {
    const { json, site, kept, file, installed: text } = await installed();
    publish(site, version("Second."));
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    await site.close();
    expect(await json("rollback")).toMatchObject({ exit_code: 0 });
    expect(text("a/SKILL.md")).toContain("First.");
    expect(await json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0 });
    await removeTree(kept);
    expect(await json("apply", "--offline")).toMatchObject({ exit_code: 0 });
    expect([existsSync(file), text("a/SKILL.md").includes("First.")]).toEqual([true, true]);
    expect(await json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0 });
  });

  it("has its changes in update --dry-run and outdated --diff, and nothing is written [R-SOURCE-26]", async () => {
    const { json, lock, file, record, site, sandbox } = await installed();
    const row = { id: "a", ref: null, from: digestOf("First."), to: digestOf("First."), held: null, denied: null };
    expect(await json("update", "--dry-run")).toMatchObject({
      count: 1,
      skills: [{ ...row, status: "current", files: [] }],
    });
    const text = "See https://evil.example for more.";
    publish(site, version(text));
    const before = [lock(), readFileSync(file, "utf8"), readFileSync(record, "utf8")];
    const changes = {
      files: [{ path: "SKILL.md", change: "modified" }],
      capabilities: { added: ["host: evil.example"], removed: [] },
      risk: { hosts: ["evil.example"] },
    };
    const newer = { ...row, to: digestOf(text), status: "outdated", ...changes };
    expect(await json("update", "--dry-run")).toMatchObject({ count: 1, skills: [newer] });
    expect(await json("outdated", "--diff")).toMatchObject({ skills: [{ id: "a", diff: changes }] });
    const shown = await sandbox.run(["update", "--dry-run", "--markdown"]);
    expect(shown.stdout).toContain("evil.example");
    expect([lock(), readFileSync(file, "utf8"), readFileSync(record, "utf8")]).toEqual(before);
    writeFileSync(file, skillText("a", "Edited."));
    expect(await json("update", "--dry-run")).toMatchObject({ skills: [{ held: "its files were edited" }] });
    site.pages.set("/.well-known/agent-skills/a.md", "not what the index says");
    const failed = { status: "failed", message: expect.stringContaining("the index promises") };
    expect(await json("update", "--dry-run")).toMatchObject({ skills: [failed] });
    await site.close();
    expect(await json("update", "--dry-run")).toMatchObject({ skills: [{ status: "unreachable" }] });
  });

  it("is in a bundle, from which a machine without the files installs it [R-SOURCE-27]", async () => {
    const { json, sandbox, site, kept, file, installed: text } = await installed();
    const bundle = join(sandbox.home, "all.tgz");
    const warmed = await json("warm", "--bundle", bundle);
    expect([warmed.exit_code, warmed.diagnostics]).toEqual([0, []]);
    await site.close();
    await removeTree(kept);
    await removeTree(join(sandbox.home, ".claude/skills"));
    expect(await json("clean", "--all")).toMatchObject({ command: "clean" });
    await removeTree(join(sandbox.storage, "store"));
    const without = await json("apply", "--frozen", "--offline");
    expect([without.exit_code, JSON.stringify(without)]).toEqual([1, expect.stringContaining("FETCH_NOT_FOUND")]);
    expect(await json("apply", "--from-bundle", bundle)).toMatchObject({ exit_code: 0 });
    expect([existsSync(file), text("a/SKILL.md").includes("First.")]).toEqual([true, true]);
  });
});
