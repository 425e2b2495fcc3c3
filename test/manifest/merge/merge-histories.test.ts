import { describe, expect, it } from "vitest";
import { parseToml } from "../../../src/manifest/format/parse-toml.js";
import { mergeManifests } from "../../../src/manifest/merge/merge-manifests.js";
import {
  branchOf,
  conflictsOf,
  mergedEntries,
  nameOfTable,
  randomManifest,
  textOf,
} from "../../helpers/manifest-history.js";
import { seeded } from "../../helpers/seeded.js";

const HISTORIES = 300;

describe("histories of two branches", () => {
  it(`merges ${HISTORIES} of them, with conflicts only where both changed one key [R-MERGE-09] [R-MERGE-10]`, () => {
    let clean = 0;
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
  });
});
