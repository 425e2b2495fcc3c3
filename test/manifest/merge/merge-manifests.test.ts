import { describe, expect, it } from "vitest";
import { mergeManifests } from "../../../src/manifest/merge/merge-manifests.js";

const HEAD = "# The skills of the team.\nversion = 1\n";
const skill = (id: string, lines = "") => `\n[[skills]]\nid = "${id}"\nsource.repo = "acme/${id}"\n${lines}`;

const merge = (base: string, ours: string, theirs: string) => mergeManifests({ base, ours, theirs });

describe("a merge of manifests", () => {
  it.each([
    ["added on each side", skill("a"), skill("a") + skill("b"), skill("a") + skill("c"), "abc"],
    ["added on both, equal", skill("a"), skill("a") + skill("b"), skill("b") + skill("a"), "ab"],
    ["added at the beginning and at the end", skill("a"), skill("b") + skill("a"), skill("a") + skill("c"), "bac"],
    ["removed on one side", skill("a") + skill("b"), skill("a"), skill("a") + skill("b"), "a"],
    ["removed on each side", skill("a") + skill("b"), skill("a"), skill("b"), ""],
    ["moved on one side", "abc", "cab", "abcd", "cabd"],
    ["moved on the other side", "abc", "abcd", "cab", "cabd"],
    ["moved on both sides", "abc", "cab", "bca", "cab"],
    ["no ancestor", "", skill("a"), skill("b"), "ab"],
  ])("applies what was %s [R-MERGE-09]", (_, base, ours, theirs, expected) => {
    const text = (entries: string) =>
      HEAD + (/^[a-z]*$/u.test(entries) ? [...entries].map((id) => skill(id)).join("") : entries);
    const merged = merge(base === "" ? "" : text(base), text(ours), text(theirs));
    expect([merged.text, merged.conflicts]).toEqual([text(expected), []]);
  });

  it("takes time in proportion to the entries [R-MERGE-09]", () => {
    const skills = (count: number) => Array.from({ length: count }, (_, index) => skill(`s${index}`)).join("");
    const [base, theirs] = [HEAD, HEAD + skills(1_000)];
    const before = process.cpuUsage();
    expect(merge(base, base, theirs).text).toBe(theirs);
    // Ten times more, were each entry compared with all others.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2);
  });

  it("applies changes of different keys of one entry, with the comments of both [R-MERGE-09] [R-MERGE-10]", () => {
    const base = `${HEAD}scope = "project"\n\n# About a.\n[[skills]]\nid = "a" # short\n[skills.source]\nrepo = "acme/a"\nref = "v1"\n[[skills.targets]]\nagent = "cursor"\n`;
    const ours = base.replace('ref = "v1"', 'ref = "v2" # at last').replace("About a.", "All about a.\n# Ours.");
    const theirs = `${base.replace('id = "a" # short', 'id = "a" # short\npriority = 3').replace("About a.", "About a.\n# Theirs.")}[[skills.targets]]\nagent = "codex"\n\n# The end.\n`;
    const merged = merge(base, ours, theirs);
    expect(merged).toEqual({
      text: `${HEAD}scope = "project"\n\n# All about a.\n# Ours.\n# Theirs.\n[[skills]]\nid = "a" # short\npriority = 3\n[skills.source]\nrepo = "acme/a"\nref = "v2" # at last\n[[skills.targets]]\nagent = "cursor"\n[[skills.targets]]\nagent = "codex"\n\n# The end.\n`,
      count: 1,
      conflicts: [],
    });
  });

  it("writes only the key that both sides changed differently between markers [R-MERGE-10]", () => {
    const text = (ref: string, more = "") =>
      `${HEAD}\n[[skills]]\nid = "a"\nsource.repo = "acme/a"\nsource.ref = "${ref}"\n${more}targets = ["cursor"]\n`;
    const merged = merge(text("v1"), text("v2", "priority = 1\n"), text("v3") + skill("b"));
    expect(merged).toEqual({
      text: `${HEAD}\n[[skills]]\nid = "a"\nsource.repo = "acme/a"\n<<<<<<< ours\nsource.ref = "v2"\n=======\nsource.ref = "v3"\n>>>>>>> theirs\npriority = 1\ntargets = ["cursor"]\n${skill("b")}`,
      count: 2,
      conflicts: ["skills a source.ref"],
    });
  });

  it.each(["ours", "theirs"])(
    "is a conflict when %s removes an entry that the other changes [R-MERGE-10]",
    (remover) => {
      const base = HEAD + skill("a") + skill("b");
      const [removed, changed] = [HEAD + skill("b"), HEAD + skill("a", "priority = 1\n") + skill("b")];
      const [ours, theirs] = remover === "ours" ? [removed, changed] : [changed, removed];
      const merged = merge(base, ours, theirs);
      const one = skill("a", "priority = 1\n").slice(1);
      const sides = remover === "ours" ? `=======\n${one}` : `${one}=======\n`;
      expect([merged.text, merged.conflicts]).toEqual([
        `${HEAD}\n<<<<<<< ours\n${sides}>>>>>>> theirs\n${skill("b")}`,
        ["skills a"],
      ]);
    },
  );

  it("merges lists as sets, and keeps how they are written [R-MERGE-09]", () => {
    const text = (include: string) => `${HEAD}\n[[collections]]\nrepo = "acme/skills"\ninclude = ${include} # some\n`;
    const merged = merge(
      text('["a", "b", "c"]'),
      text('[\n  "a", # ours\n  "b",\n  "c",\n  "d",\n]'),
      text('["a", "c", "e"]'),
    );
    expect([merged.text, merged.conflicts]).toEqual([text('[\n  "a", # ours\n  "c",\n  "d", "e",\n]'), []]);
    const replaced = merge(text('["a"]'), text('["b"]'), text('["c"]'));
    expect(replaced.conflicts).toEqual(["collections acme/skills include"]);
  });

  it("merges other tables key by key [R-MERGE-09]", () => {
    const text = (timeout: string, more: string) =>
      `${HEAD}\n[reactor]\ntimeout = "${timeout}"\n\n[reactor.load]\ncpu_low = 1\n${more}`;
    const added = '\n[registries.official]\nurl = "https://example.com/x.git"\n';
    const merged = merge(text("1s", ""), text("2s", added), text("1s", "").replace("cpu_low = 1", "cpu_low = 2"));
    expect([merged.text, merged.conflicts]).toEqual([text("2s", added).replace("cpu_low = 1", "cpu_low = 2"), []]);
  });

  it("keeps an example in a comment once when both sides add the first skill below it [R-MERGE-10]", () => {
    const base = `${HEAD}\n# [[skills]]\n# id = "example"\n`;
    const merged = merge(base, base + skill("a"), base + skill("b"));
    expect([merged.text, merged.conflicts]).toEqual([base + skill("a") + skill("b"), []]);
  });

  it("makes an entry a conflict that both sides wrote in different forms [R-MERGE-10]", () => {
    const tables = `${HEAD}\n[[skills]]\nid = "a"\n[skills.source]\nrepo = "acme/a"\n`;
    const merged = merge(tables, `${HEAD}\n[[skills]]\nid = "a"\nsource = "acme/a"\n`, `${tables}ref = "v1"\n`);
    expect(merged.conflicts).toEqual(["skills a"]);
  });

  it("keeps the line endings and the byte order mark of our side [R-MERGE-10]", () => {
    const ours = `\ufeff${(HEAD + skill("a")).replaceAll("\n", "\r\n")}`;
    const merged = merge(HEAD, ours, HEAD + skill("b"));
    expect(merged.text).toBe(ours + skill("b").replaceAll("\n", "\r\n"));
  });

  it("is one conflict of the whole file when the parts do not fit together [R-MERGE-10]", () => {
    const merged = merge(HEAD, `${HEAD}skills = []\n`, HEAD + skill("b"));
    expect(merged.conflicts).toEqual(["the whole file"]);
    expect(merged.text).toBe(`<<<<<<< ours\n${HEAD}skills = []\n=======\n${HEAD}${skill("b")}>>>>>>> theirs\n`);
  });
});
