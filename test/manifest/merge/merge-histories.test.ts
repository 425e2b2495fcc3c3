import { describe, expect, it } from "vitest";
import { formatMerge } from "../../../src/manifest/lockfile/format-lockfile.js";
import { parseLockfile, type Lockfile } from "../../../src/manifest/lockfile/lockfile.js";
import { mergeLockfiles } from "../../../src/manifest/lockfile/merge-lockfiles.js";
import { parseToml } from "../../../src/manifest/format/parse-toml.js";
import { mergeManifests } from "../../../src/manifest/merge/merge-manifests.js";
import {
  branchOf,
  conflictsOf,
  mergedEntries,
  nameOfTable,
  randomManifest,
  textOf,
  type HistoryEntry,
} from "../../helpers/manifest-history.js";
import { seeded } from "../../helpers/seeded.js";

const HISTORIES = 300;

const PLACE = { manifestDirectory: "/nowhere/project", home: "/nowhere/home" };

/** The lockfile of the skills of a manifest: the same content for the same ref. */
function lockfileOf(entries: readonly HistoryEntry[]): Lockfile {
  const skills = entries.filter(({ table }) => table === "skills");
  return {
    skills: skills.map(({ name: id, keys }) => {
      const [, ref = ""] = String(keys["source"]).split("#");
      const digit = String(ref.length === 0 ? 9 : Number(ref.slice(1)));
      const agents = keys["enabled"] === false ? [] : (keys["targets"] as string[]);
      return {
        id,
        sourceRepo: `acme/${id}`,
        sourceRef: ref,
        sourceSubpath: ".",
        resolvedCommit: digit.repeat(40),
        tree: digit.repeat(40),
        integrity: `sha256-${digit.repeat(43)}=`,
        installMode: "symlink",
        targets: agents.map((agent) => ({ agent, path: `/nowhere/project/.${agent}/skills/${id}` })),
      };
    }),
  };
}

describe("histories of two branches", () => {
  it(`merges ${HISTORIES} of them, with conflicts only where both changed one key [R-MERGE-09] [R-MERGE-10]`, () => {
    let clean = 0;
    let locked = 0;
    for (let index = 0; index < HISTORIES; index += 1) {
      const random = seeded(`history ${index}`);
      const base = randomManifest(random);
      const versions = { base, ours: branchOf(base, random, "o"), theirs: branchOf(base, random, "t") };
      const texts = { base: textOf(base), ours: textOf(versions.ours), theirs: textOf(versions.theirs) };
      const merged = mergeManifests(texts);
      const about = `history ${index}\n${merged.text}`;
      const conflicts = conflictsOf(versions);
      expect(merged.conflicts.toSorted(), about).toEqual(conflicts.toSorted());
      expect(merged.text.match(/^<<<<<<< ours$/gmu)?.length ?? 0, about).toBe(conflicts.length);
      if (conflicts.length > 0) continue;
      clean += 1;
      const [before, here, there] = [base, versions.ours, versions.theirs].map(lockfileOf) as [
        Lockfile,
        Lockfile,
        Lockfile,
      ];
      const lock = mergeLockfiles(before, here, there);
      const file = parseLockfile(formatMerge(lock, PLACE), PLACE);
      if ("problem" in file) throw new Error(`${about}\n${file.problem}`);
      expect(lock.conflicts, about).toEqual([]);
      // Both files of the merge name the same skills, from the same refs.
      const wanted = mergedEntries(versions).filter(({ id }) => id !== undefined);
      const pins = file.lockfile.skills.map(({ id, sourceRef }) => `${id} ${sourceRef}`);
      expect(pins.toSorted(), about).toEqual(
        wanted.map(({ id, source }) => `${id} ${String(source).split("#")[1] ?? ""}`).toSorted(),
      );
      locked += pins.length;
      const parsed = parseToml(merged.text, 1e6);
      if ("problem" in parsed) throw new Error(`${about}\n${parsed.problem.message}`);
      const found = Object.values(parsed.document)
        .flat()
        .filter((one) => typeof one === "object");
      const keyOf = (entry: unknown) => JSON.stringify(entry);
      expect(found.map(keyOf).toSorted(), about).toEqual(mergedEntries(versions).map(keyOf).toSorted());
      for (const comment of merged.text.match(/^#.*$/gmu) ?? [])
        expect(`${texts.ours}${texts.theirs}`, about).toContain(comment);
      // A comment goes with its entry when the other side removes that.
      const left = mergedEntries(versions).map(nameOfTable);
      for (const { name, comment } of [...versions.ours, ...versions.theirs])
        if (comment.startsWith("# new") && left.includes(name)) expect(merged.text, about).toContain(comment);
    }
    expect(clean).toBeGreaterThan(HISTORIES / 3);
    expect(locked).toBeGreaterThan(HISTORIES);
  });
});
