import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { observe } from "../../src/plan/observe.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-observe-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const never = () => expect.unreachable("the integrity was worked out");

describe("observe", () => {
  it("[R-PLAN-01] tells apart what lies at a path, following nothing and working out nothing", () => {
    mkdirSync(join(root, "directory"));
    writeFileSync(join(root, "file"), "");
    execFileSync("mkfifo", [join(root, "pipe")]);
    symlinkSync("directory", join(root, "link"));
    symlinkSync("nowhere", join(root, "dangling"));
    symlinkSync("loop", join(root, "loop-2"));
    const at = (name: string) => observe(join(root, name), never);
    expect([at("absent"), at("absent/deeper"), at("file/below")]).toEqual(
      Array.from({ length: 3 }, () => ({ kind: "absent" })),
    );
    expect([at("file"), at("pipe")]).toEqual([{ kind: "file" }, { kind: "file" }]);
    expect(at("link")).toEqual({ kind: "link", text: "directory", resolves: true });
    expect(at("dangling")).toEqual({ kind: "link", text: "nowhere", resolves: false });
    expect(at("directory").kind).toBe("directory");
  });

  it("[R-PLAN-01] reads a directory once", () => {
    let calls = 0;
    const seen = observe(root, () => {
      calls += 1;
      return (integrities) => integrities.includes("sha256-1");
    });
    expect(seen.kind === "directory" && [seen.holds(["sha256-1"]), seen.holds(["sha256-2"]), calls]).toEqual([
      true,
      false,
      1,
    ]);
  });
});
