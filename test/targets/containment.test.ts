import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Containment } from "../../src/targets/containment.js";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "eden-containment-")));
  for (const directory of ["project", "project-2", "home", "storage/store"])
    mkdirSync(join(root, directory), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const containment = (project = "project") =>
  new Containment({ project: join(root, project), storageRoot: join(root, "storage"), home: join(root, "home") });
/** Targets below `project` must stay in it; others may be anywhere. */
const check = (target: string) => () => containment().check(join(root, target), /^project(?:\/|$)/u.test(target));
const link = (text: string, path: string) =>
  symlinkSync(text.startsWith("/") ? text : join(root, text), join(root, path));

describe("Containment", () => {
  it("[R-INSTALL-04] allows what lies where its path says, there or not yet", () => {
    for (const target of [
      "project/.claude/skills",
      "project",
      "home/.claude/skills",
      "elsewhere/deep",
      "project-2/skills",
      "storage-2/x",
    ]) {
      expect(check(target)).not.toThrow();
    }
  });

  it("[R-INSTALL-04] allows links that stay in the project, and the user's own outside of it", () => {
    mkdirSync(join(root, "project/shared"));
    link("project/shared", "project/.claude");
    link("project-2", "home/.claude");
    expect(check("project/.claude/skills")).not.toThrow();
    expect(check("home/.claude/skills")).not.toThrow();
  });

  it("[R-INSTALL-04] follows a project that is itself reached by a link", () => {
    link("project", "by-link");
    expect(() => containment("by-link").check(join(root, "by-link/.claude/skills"), true)).not.toThrow();
  });

  it.each([
    ["the directory itself", "home", "project/.claude", "project/.claude"],
    ["a part above it", "home", "project/.claude", "project/.claude/skills/deep"],
    ["a place beside the project that begins like it", "project-2", "project/.claude", "project/.claude/skills"],
    ["a chain", "project/hop", "project/.claude", "project/.claude/skills"],
    ["the root of everything", "/", "project/.claude", "project/.claude/skills"],
  ])("[R-INSTALL-04] refuses a project's directory that a link leads out of it: %s", (_, to, from, target) => {
    link("home", "project/hop");
    link(to, from);
    expect(check(target)).toThrow(
      expect.objectContaining({
        code: "TARGET_PATH_INVALID",
        facts: expect.objectContaining({ stage: "install" }) as object,
      }),
    );
    expect(check(target)).toThrow("leads out of the project");
  });

  it.each([
    ["the storage", "storage"],
    ["the store", "storage/store"],
    ["deeper than there is anything", "storage/store/x/y"],
  ])("[R-INSTALL-04] refuses %s as a target", (_, target) => {
    expect(check(target)).toThrow("leads into the storage of eden-skills");
  });

  it("[R-INSTALL-04] refuses a link into the storage, in the project or out of it", () => {
    link("storage/store", "home/.claude");
    expect(check("home/.claude/skills")).toThrow("leads into the storage of eden-skills");
    link("storage", "project/.claude");
    expect(check("project/.claude/skills")).toThrow(/leads/u);
  });

  it("[R-INSTALL-04] minds no storage that does not exist yet", () => {
    rmSync(join(root, "storage"), { recursive: true });
    expect(check("storage-2/x")).not.toThrow();
    expect(check("home/x")).not.toThrow();
  });

  it("[R-INSTALL-04] reads every directory again: one that became a link is refused", () => {
    const once = containment();
    const target = join(root, "project/.claude/skills");
    mkdirSync(target, { recursive: true });
    expect(() => once.check(target, true)).not.toThrow();
    rmSync(join(root, "project/.claude"), { recursive: true });
    link("home", "project/.claude");
    expect(() => once.check(target, true)).toThrow("leads out of the project");
    expect(() => once.checkReal(target, join(root, "home"), true)).toThrow("leads out of the project");
  });
});
