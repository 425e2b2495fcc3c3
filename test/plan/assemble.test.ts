import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planRemoval, planTarget, type MachineFacts, type WantedTarget } from "../../src/plan/assemble.js";
import { typed } from "../../src/system/file-failure.js";

let root: string;
let path: string;
let entry: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-assemble-"));
  [path, entry] = [join(root, "target"), join(root, "entry")];
  mkdirSync(path);
  mkdirSync(entry);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A machine on which another process replaces the directory with a link when it is first read. */
function facts(): MachineFacts {
  return {
    ownedAt: () => ({ integrities: ["sha256-1"], links: [entry] }),
    destinationOf: (_, text) => text,
    isStoreLink: () => true,
    claimedByOther: () => null,
    sourceAt: () => null,
    checkPlace: () => {},
    checkInside: () => {},
    contentOf: (directory) => {
      renameSync(directory, `${directory}.old`);
      const names = typed(directory, () => readdirSync(directory));
      return () => names.length > 0;
    },
    sightOf: () => null,
    force: false,
  };
}

/** The same, and the link is there before it is read again. */
function replacing(): MachineFacts {
  const { contentOf, ...others } = facts();
  return {
    ...others,
    contentOf: (directory) => {
      try {
        return contentOf(directory);
      } finally {
        symlinkSync(entry, directory);
      }
    },
  };
}

const wanted = (): Omit<WantedTarget, "desired"> => ({
  skillId: "x",
  agents: ["claude-code"],
  path,
  environment: { kind: "local" },
  inProject: false,
  installMode: "symlink",
  copyReason: null,
});

describe("a target that another process replaces while it is read [R-PLAN-11]", () => {
  it("is read once more", () => {
    const desired = { kind: "live", path: entry, link: entry } as const;
    const item = planTarget(replacing(), { ...wanted(), desired });
    expect([item.failure, item.reasons, item.action]).toEqual([null, [], "noop"]);
  });

  it("is read once more when it is not wanted any more", () => {
    expect(planRemoval(replacing(), { ...wanted(), reason: "not wanted" })).toMatchObject({ action: "remove" });
    rmSync(path);
    mkdirSync(path);
    rmSync(`${path}.old`, { recursive: true });
    expect(planRemoval(facts(), { ...wanted(), reason: "not wanted" })).toEqual({ left: null, isEdited: false });
  });
});
