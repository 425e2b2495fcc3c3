import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLockfile, formatMerge } from "../../../src/manifest/lockfile/format-lockfile.js";
import { parseLockfile, type LockedSkill } from "../../../src/manifest/lockfile/lockfile.js";
import { mergeLockfiles } from "../../../src/manifest/lockfile/merge-lockfiles.js";

const place = { manifestDirectory: "/nowhere/project", home: "/nowhere/home" };

function skill(id: string, change: Partial<LockedSkill> = {}): LockedSkill {
  return {
    id,
    sourceRepo: `https://example.invalid/${id}.git`,
    sourceRef: "",
    sourceSubpath: ".",
    resolvedCommit: "1".repeat(40),
    tree: "2".repeat(40),
    integrity: `sha256-${"A".repeat(43)}=`,
    installMode: "symlink",
    targets: [at("claude-code", id)],
    ...change,
  };
}

const at = (agent: string, id = "a") => ({ agent, path: `/nowhere/project/.${agent}/skills/${id}` });
const row = (source: string, include: string[] = []) => ({
  source,
  include,
  exclude: [],
  prefix: "",
  incomplete: false,
});

const moved = (digit: string) => ({ resolvedCommit: digit.repeat(40), tree: digit.repeat(40) });

function merge(base: LockedSkill[], ours: LockedSkill[], theirs: LockedSkill[]) {
  return mergeLockfiles({ skills: base }, { skills: ours }, { skills: theirs });
}

const can = (letter: string) => ({ capabilities: `1:sha256-${letter.repeat(43)}=` });

const sorted = (skills: LockedSkill[]) => formatLockfile({ skills }, place);

describe("a merge of lockfiles", () => {
  it("keeps capabilities with their content, and none that the sides disagree about [R-MERGE-11]", () => {
    const old = skill("a");
    const pinned = skill("a", { ...moved("3"), ...can("B") });
    // The field alone is no change: here it was added with a target, there the pin was moved.
    const added = skill("a", { ...can("A"), installMode: "copy" });
    expect(merge([old], [added], [pinned])).toMatchObject({
      skills: [skill("a", { ...moved("3"), ...can("B"), installMode: "copy" })],
      conflicts: [],
    });
    expect(merge([old], [old], [skill("a", can("A"))]).skills).toEqual([skill("a", can("A"))]);
    expect(merge([old], [skill("a", can("A"))], [skill("a", can("B"))]).skills).toEqual([old]);
    const [conflict] = merge([old], [pinned], [skill("a", { ...moved("4"), ...can("C") })]).conflicts;
    expect(conflict).toMatchObject({ ours: can("B"), theirs: can("C") });
  });

  const [a, b, c] = ["a", "b", "c"].map((id) => skill(id)) as [LockedSkill, LockedSkill, LockedSkill];

  it.each([
    ["added on each side", [a], [a, b], [a, c], [a, b, c]],
    ["added on both, equal", [a], [a, b], [b, a], [a, b]],
    ["removed on one", [a, b], [a], [a, b], [a]],
    ["removed on the other", [a, b], [a, b], [a], [a]],
    ["removed on both", [a, b], [a], [a], [a]],
    ["changed on one", [a], [skill("a", moved("3"))], [a], [skill("a", moved("3"))]],
    ["changed on the other", [a], [a], [skill("a", moved("3"))], [skill("a", moved("3"))]],
    ["changed alike", [a], [skill("a", moved("3"))], [skill("a", moved("3"))], [skill("a", moved("3"))]],
    ["no ancestor", [], [a], [b], [a, b]],
    [
      "the pin here, the mode there",
      [a],
      [skill("a", moved("3"))],
      [skill("a", { installMode: "copy" })],
      [skill("a", { ...moved("3"), installMode: "copy" })],
    ],
    [
      "a version that came and one that went",
      [a, skill("b", { resolvedVersion: "1.0.0" })],
      [skill("a", { installMode: "copy" }), skill("b", { resolvedVersion: "1.0.0", installMode: "copy" })],
      [skill("a", { resolvedVersion: "2.0.0" }), skill("b")],
      [skill("a", { installMode: "copy", resolvedVersion: "2.0.0" }), skill("b", { installMode: "copy" })],
    ],
  ])("settles what was %s [R-MERGE-02]", (_, base, ours, theirs, expected) => {
    const merged = merge(base, ours, theirs);
    expect(merged.conflicts).toEqual([]);
    expect(formatMerge(merged, place)).toBe(sorted(expected));
  });

  it("merges targets as sets [R-MERGE-03]", () => {
    const base = skill("a", { targets: [at("x"), at("y"), at("z")] });
    const ours = skill("a", { targets: [at("y"), at("z"), at("new")] });
    const theirs = skill("a", { ...moved("3"), targets: [at("x"), at("z"), at("other")] });
    const { conflicts, skills } = merge([base], [ours], [theirs]);
    expect(conflicts).toEqual([]);
    expect(skills).toEqual([skill("a", { ...moved("3"), targets: [at("new"), at("other"), at("z")] })]);
  });

  it.each([
    ["the pin", skill("a", moved("3")), skill("a", moved("4"))],
    ["parts of one pin", skill("a", { sourceRef: "v2" }), skill("a", moved("4"))],
    ["a pin and its version", skill("a", moved("3")), skill("a", { resolvedVersion: "2.0.0" })],
    ["the mode, from a copy", skill("a", { installMode: "copy" }), null],
    ["nothing here any more", null, skill("a", moved("4"))],
  ])("is a conflict when both changed %s [R-MERGE-03]", (_, ours, theirs) => {
    const list = (one: LockedSkill | null) => (one === null ? [] : [one]);
    const { conflicts, skills } = merge([skill("a"), b], [...list(ours), b, c], [...list(theirs), b]);
    expect(conflicts).toEqual([{ id: "a", ours, theirs }]);
    expect(skills).toEqual([b, c]);
  });

  it("puts a conflict between markers, with what is settled merged in both forms [R-MERGE-04]", () => {
    const ours = skill("b", { ...moved("3"), targets: [at("x", "b")] });
    const theirs = skill("b", { ...moved("4"), installMode: "copy" });
    const text = formatMerge(merge([a, b, c], [a, ours, c], [a, theirs]), place);
    const form = (digit: string) => {
      const [, block = ""] = sorted([
        skill("b", { ...moved(digit), installMode: "copy", targets: [at("x", "b")] }),
      ]).split("\n\n");
      return block.trimEnd();
    };
    const head = sorted([a]);
    expect(text).toBe(`${head}\n<<<<<<< ours\n${form("3")}\n=======\n${form("4")}\n>>>>>>> theirs\n`);
    expect(parseLockfile(text, place)).toHaveProperty("problem");
    const one = text.replace("<<<<<<< ours\n", "").replace(/=======[^]*/u, "");
    expect(parseLockfile(one, place)).toHaveProperty("lockfile");
  });

  it("does not depend on which side is ours, and a side that did nothing has no say [R-MERGE-02]", () => {
    const entry = fc.record({ digit: fc.constantFrom("3", "4"), copy: fc.boolean(), x: fc.boolean(), y: fc.boolean() });
    const side = fc
      .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c"), entry), { selector: ([id]) => id })
      .map((rows) =>
        rows.map(([id, { digit, copy, x, y }]) =>
          skill(id, {
            ...moved(digit),
            installMode: copy ? "copy" : "symlink",
            targets: [...(x ? [at("x", id)] : []), ...(y ? [at("y", id)] : [])],
          }),
        ),
      );
    fc.assert(
      fc.property(side, side, side, (base, ours, theirs) => {
        const [one, other] = [merge(base, ours, theirs), merge(base, theirs, ours)];
        expect(sorted(one.skills)).toBe(sorted(other.skills));
        expect(one.conflicts.map(({ id }) => id).toSorted()).toEqual(other.conflicts.map(({ id }) => id).toSorted());
        expect(formatMerge(merge(base, base, theirs), place)).toBe(sorted(theirs));
        expect(formatMerge(merge(base, ours, ours), place)).toBe(sorted(ours));
      }),
    );
  });
});

describe("a merge of the collections of lockfiles", () => {
  const skills = [skill("a", { collection: "acme/skills" })];

  it("applies a changed row of one side, and drops one that both changed differently [R-MERGE-02] [R-COLLECTION-04]", () => {
    const base = { skills, collections: [row("x", ["a"]), row("y", ["a"])] };
    const ours = { skills, collections: [row("x", ["a", "b"]), row("y", ["a", "b"]), row("z")] };
    const theirs = { skills, collections: [row("x", ["a"]), row("y", ["a", "c"])] };
    const merged = mergeLockfiles(base, ours, theirs);
    expect(merged).toEqual({ skills, conflicts: [], collections: [row("x", ["a", "b"]), row("z")] });
    const text = formatMerge(merged, place);
    expect(text).toContain('collection = "acme/skills"\ninstall_mode');
    expect(
      text.endsWith('\n\n[[collections]]\nsource = "x"\ninclude = ["a", "b"]\n\n[[collections]]\nsource = "z"\n'),
    ).toBe(true);
    const read = parseLockfile(text, place);
    expect(read).toEqual({ lockfile: { skills, collections: [row("x", ["a", "b"]), row("z")] } });
  });

  it("merges an entry that became a member with one whose pin moved [R-MERGE-03] [R-COLLECTION-04]", () => {
    const [plain, member] = [skill("a"), skill("a", { collection: "acme/skills" })];
    const merged = mergeLockfiles({ skills: [plain] }, { skills: [member] }, { skills: [skill("a", moved("3"))] });
    expect(merged.skills).toEqual([skill("a", { ...moved("3"), collection: "acme/skills" })]);
  });
});
