import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordOf, type MachineState } from "../../src/store/state.js";
import { openStore } from "../../src/store/store.js";

let root: string;
let manifest: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-state-"));
  manifest = join(root, "skills.toml");
  writeFileSync(manifest, "");
});
afterEach(() => rmSync(root, { recursive: true }));

const target = (skill: string) => ({ skill, agents: ["claude-code"], links: ["/s/store/x"], integrities: [] });
const state = (targets: MachineState["targets"], of = manifest): MachineState => ({
  version: 1,
  manifest: of,
  targets,
});

function writeText(text: string, of = manifest): void {
  mkdirSync(dirname(openStore(root).states.pathOf(of)), { recursive: true });
  writeFileSync(openStore(root).states.pathOf(of), text);
}

describe("readState", () => {
  it("[R-PLAN-02] is none when nothing was ever put on this machine", () => {
    expect(openStore(root).states.read(manifest)).toBeNull();
  });

  it("[R-PLAN-02] reads what was written, and keeps manifests apart", () => {
    openStore(root).states.write(state({ "/a/x": target("x") }));
    openStore(root).states.write(state({ "/b/y": target("y") }, "/other/skills.toml"));
    expect(openStore(root).states.read(manifest)).toEqual(state({ "/a/x": target("x") }));
    expect(openStore(root).states.read("/other/skills.toml")?.targets).toEqual({ "/b/y": target("y") });
  });

  it.each([
    ["nothing", ""],
    ["half a file", '{"version": 1, "man'],
    ["null", "null"],
    ["a list", "[]"],
    ["a newer version", JSON.stringify({ version: 2, manifest: "/m", targets: {} })],
    ["a version in words", JSON.stringify({ version: "1", manifest: "/m", targets: {} })],
    ["no manifest", JSON.stringify({ version: 1, targets: {} })],
    ["no targets", JSON.stringify({ version: 1, manifest: "/m" })],
    ["targets that are null", JSON.stringify({ version: 1, manifest: "/m", targets: null })],
    ["a target that is null", JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": null } })],
    ["targets that are a list", JSON.stringify({ version: 1, manifest: "/m", targets: [] })],
    ["a target that is a word", JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": "y" } })],
    [
      "a link that is null",
      JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": { ...target("x"), links: [null] } } }),
    ],
    [
      "a skill that is null",
      JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": { ...target("x"), skill: null } } }),
    ],
    [
      "links that are no list",
      JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": { ...target("x"), links: "/x" } } }),
    ],
    [
      "integrities that are missing",
      JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": { ...target("x"), integrities: undefined } } }),
    ],
    [
      "agents that are missing",
      JSON.stringify({ version: 1, manifest: "/m", targets: { "/x": { ...target("x"), agents: undefined } } }),
    ],
  ])("[R-PLAN-02] refuses a file that says %s, and leaves it untouched", (_, text) => {
    writeText(text);
    expect(() => openStore(root).states.read(manifest)).toThrow(
      expect.objectContaining({
        code: "STATE_UNREADABLE",
        facts: { path: openStore(root).states.pathOf(manifest), hint: expect.any(String) as string },
      }),
    );
    expect(readFileSync(openStore(root).states.pathOf(manifest), "utf8")).toBe(text);
  });

  it("[R-PLAN-02] takes a hostile key for a path like any other", () => {
    writeText(
      `{"version": 1, "manifest": ${JSON.stringify(manifest)}, "targets": {"__proto__": ${JSON.stringify(target("x"))}}}`,
    );
    expect(Object.keys(openStore(root).states.read(manifest)?.targets ?? {})).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["skill"]).toBeUndefined();
  });
});

describe("writeState", () => {
  it("[R-SYSTEM-01] writes sorted, for the owner alone, and not at all when nothing changed", () => {
    const path = openStore(root).states.pathOf(manifest);
    openStore(root).states.write(state({ "/b": target("b"), "/a": target("a"), "/B": target("B") }));
    expect(Object.keys(openStore(root).states.read(manifest)?.targets ?? {})).toEqual(["/B", "/a", "/b"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { ino } = statSync(path);
    openStore(root).states.write(state({ "/a": target("a"), "/B": target("B"), "/b": target("b") }));
    expect(statSync(path).ino).toBe(ino);
    openStore(root).states.write(state({}));
    expect(statSync(path).ino).not.toBe(ino);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });
});

describe("statePath", () => {
  it("[R-PLAN-02] is one file a manifest, whatever its path holds", () => {
    const paths = ["/a/skills.toml", "/a/../skills.toml", "/A/skills.toml", "/a/skills.toml/../..", "/ü"].map((path) =>
      openStore(root).states.pathOf(path),
    );
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path.slice(root.length)).toMatch(/^\/state\/[0-9a-f]{32}\.json$/u);
  });
});

describe("otherStates", () => {
  const standings = (of = manifest) =>
    Object.fromEntries(
      openStore(root)
        .states.others(of)
        .map(({ manifest: path, standing }) => [path, standing]),
    );

  it("[R-PLAN-09] tells other manifests from those that are gone and from other names of this one", () => {
    const [other, name] = [join(root, "other.toml"), join(root, "name.toml")];
    writeFileSync(other, "");
    symlinkSync(manifest, name);
    for (const path of [manifest, other, name, "/gone/skills.toml"])
      openStore(root).states.write(state({ "/a/x": target("x") }, path));
    expect(standings()).toEqual({ [other]: "other", [name]: "same", "/gone/skills.toml": "gone" });
    expect(standings(name)).toEqual({ [other]: "other", [manifest]: "same", "/gone/skills.toml": "gone" });
    rmSync(other);
    expect(standings()[other]).toBe("gone");
  });

  it("[R-PLAN-02] is not disturbed by damaged files of others, nor by none", () => {
    expect(standings()).toEqual({});
    writeText("{", "/damaged");
    writeText(JSON.stringify({ version: 9, manifest: "/etc/passwd", targets: { "/a": target("a") } }), "/newer");
    writeFileSync(join(root, "state", ".eden-tmp-1"), JSON.stringify(state({ "/a": target("a") }, "/etc/passwd")));
    expect(standings()).toEqual({});
  });
});

describe("recordOf", () => {
  it("[R-PLAN-09] keeps where a target really lies, if that is not its path", () => {
    const path = join(realpathSync(root), "dir/x");
    mkdirSync(dirname(path));
    expect(recordOf(path, { ...target("x"), place: "/elsewhere" })).toEqual(target("x"));
    symlinkSync("dir", join(root, "link"));
    expect(recordOf(join(root, "link/x"), target("x"))).toEqual({ ...target("x"), place: path });
  });
});
