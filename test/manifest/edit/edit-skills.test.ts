import { describe, expect, it } from "vitest";
import { appendTables } from "../../../src/manifest/edit/append-tables.js";
import { appendSkill, appendSkills, changeSkill, removeSkill } from "../../../src/manifest/edit/edit-skills.js";
import { skillTable } from "../../../src/manifest/edit/skill-draft.js";

const LOCAL = { kind: "local" } as const;
const DRAFT = {
  id: "new",
  source: { repo: "https://example.com/a.git", ref: "v1", subpath: "skills/new" },
  mode: "copy",
  priority: 3,
  enabled: false,
  targets: [{ agent: "cursor", environment: LOCAL }],
};
const ADDED = `[[skills]]
id = "new"
priority = 3
enabled = false
source = "https://example.com/a.git//skills/new#v1"
targets = ["cursor"]
[skills.install]
mode = "copy"
`;

/** Comments wherever TOML lets them stand. */
const COMMENTED = `# one
version = 1 # two
# three

# four
[[skills]] # five
# six
id = "a" # seven
  # eight
[skills.source] # nine
repo = "https://example.com/a.git" # ten
# eleven

[[skills.targets]]
# twelve
agent = "claude-code" # thirteen
# fourteen

# fifteen
[[skills]]
id = "b"
source = { repo = "https://example.com/b.git", ref = "main" } # sixteen
targets = [{ agent = "cursor" }] # seventeen

# eighteen
[reactor]
concurrency = 5 # nineteen
`;

describe("editing a manifest", () => {
  it("appends after everything, and removes again to the same bytes [R-EDIT-01]", async () => {
    for (const before of [
      COMMENTED,
      "version = 1\n",
      "version = 1\n\n# [[skills]]\n",
      COMMENTED.replaceAll("\n", "\r\n"),
    ]) {
      const after = await appendSkill(before, DRAFT);
      const newline = before.includes("\r\n") ? "\r\n" : "\n";
      expect(after).toBe(`${before}${newline}${ADDED.replaceAll("\n", newline)}`);
      const index = after.split("[[skills]]").length - 2 - (before.includes("# [[skills]]") ? 1 : 0);
      expect(await removeSkill(after, index)).toBe(before);
    }
  });

  it("ends the last line first", async () => {
    expect(await appendSkill("version = 1", DRAFT)).toBe(`version = 1\n\n${ADDED}`);
  });

  it("removes a skill with what stands inside it, and nothing else [R-EDIT-01]", async () => {
    const without = await removeSkill(COMMENTED, 0);
    const start = COMMENTED.indexOf("[[skills]] # five");
    const end = COMMENTED.indexOf("# fourteen");
    expect(without).toBe(COMMENTED.slice(0, start) + COMMENTED.slice(end));
    const last = await removeSkill(COMMENTED, 1);
    const from = COMMENTED.lastIndexOf("[[skills]]");
    expect(last).toBe(COMMENTED.slice(0, from) + COMMENTED.slice(COMMENTED.indexOf("\n# eighteen")));
  });

  it("changes values where they stand and adds what was not there [R-EDIT-02]", async () => {
    const changes = { ref: "v2", repo: "https://example.com/z.git", mode: "copy", priority: 7 };
    expect(await changeSkill(COMMENTED, 0, changes)).toBe(
      COMMENTED.replace(
        '"https://example.com/a.git" # ten\n',
        '"https://example.com/z.git" # ten\nref = "v2"\n[skills.install]\nmode = "copy"\n',
      ).replace('id = "a" # seven\n', 'id = "a" # seven\npriority = 7\n'),
    );
    expect(await changeSkill(COMMENTED, 1, { ...changes, subpath: "x", id: "c" })).toBe(
      COMMENTED.replace('id = "b"', 'id = "c"')
        .replace(
          '{ repo = "https://example.com/b.git", ref = "main" }',
          '{ repo = "https://example.com/z.git", ref = "v2", subpath = "x" }',
        )
        .replace(
          'targets = [{ agent = "cursor" }] # seventeen\n',
          'targets = [{ agent = "cursor" }] # seventeen\npriority = 7\n[skills.install]\nmode = "copy"\n',
        ),
    );
  });

  it("sets targets, and leaves alone those that stay [R-EDIT-03]", async () => {
    const targets = [
      { agent: "claude-code", environment: LOCAL },
      { agent: "custom", path: "/opt/x", environment: { kind: "docker", container: "web" } as const },
    ];
    const table = '[[skills.targets]]\nagent = "custom"\npath = "/opt/x"\nenvironment = "docker:web"\n';
    expect(await changeSkill(COMMENTED, 0, { targets })).toBe(
      COMMENTED.replace("# thirteen\n", `# thirteen\n${table}`),
    );
    expect(await changeSkill(COMMENTED, 0, { targets: targets.slice(1) })).toBe(
      COMMENTED.replace('[[skills.targets]]\n# twelve\nagent = "claude-code" # thirteen\n', table),
    );
    expect(await changeSkill(COMMENTED, 1, { targets: targets.slice(0, 1) })).toBe(
      COMMENTED.replace('[{ agent = "cursor" }]', '["claude-code"]'),
    );
  });

  it("keeps the scope of a target that stays [R-EDIT-03]", async () => {
    const manifest = `version = 1
[[skills]]
id = "a"
source = "acme/a"
[[skills.targets]]
agent = "cursor"
scope = "project"
`;
    const targets = ["cursor", "codex"].map((agent) => ({ agent, environment: LOCAL }));
    expect(await changeSkill(manifest, 0, { targets })).toBe(`${manifest}[[skills.targets]]\nagent = "codex"\n`);
  });

  it("knows skills that are written as an array [R-EDIT-01] [R-EDIT-02]", async () => {
    const entry =
      '{ id = "new", priority = 3, enabled = false, source = "https://example.com/a.git//skills/new#v1", install = { mode = "copy" }, targets = ["cursor"] }';
    const empty = "version = 1\nskills = [] # none\n";
    const one = await appendSkill(empty, DRAFT);
    expect(one).toBe(`version = 1\nskills = [${entry}] # none\n`);
    const two = await appendSkill(one, { ...DRAFT, id: "other" });
    expect(two).toBe(one.replace(entry, `${entry},\n  ${entry.replace('"new"', '"other"')}`));
    expect(await removeSkill(two, 1)).toBe(one);
    expect(await removeSkill(two, 0)).toBe(one.replace('"new"', '"other"'));
    expect(await removeSkill(one, 0)).toBe(empty);
    expect(await changeSkill(one, 0, { ref: "v2", enabled: true })).toBe(
      one.replace('#v1"', '#v2"').replace("enabled = false", "enabled = true"),
    );
  });

  it("keeps a source in its short form, or writes a table for what has none [R-EDIT-08]", async () => {
    const manifest = `version = 1
[[skills]]
id = "a" # one
source = "acme/skills/skills/a#v1" # two
targets = ["cursor"]
`;
    const changed = async (changes: Parameters<typeof changeSkill>[2]) =>
      (await changeSkill(manifest, 0, changes))
        .replace(manifest.slice(0, manifest.indexOf("source")), "")
        .split("\n")[0];
    expect(await changed({ ref: "v2" })).toBe('source = "acme/skills/skills/a#v2" # two');
    expect(await changed({ subpath: "b" })).toBe('source = "acme/skills/b#v1" # two');
    expect(await changed({ repo: "git@example.com:a/b" })).toBe('source = "git@example.com:a/b//skills/a#v1" # two');
    expect(await changed({ repo: "a/b/c" })).toBe(
      'source = { repo = "a/b/c", ref = "v1", subpath = "skills/a" } # two',
    );
    expect(await changed({ repo: "./x#y" })).toBe(
      'source = { repo = "./x#y", ref = "v1", subpath = "skills/a" } # two',
    );
    expect(await changed({ priority: 2 })).toBe('source = "acme/skills/skills/a#v1" # two');
  });

  it("leaves out targets that equal the default ones [R-EDIT-09]", async () => {
    const manifest = `version = 1
[defaults]
targets = ["cursor", { agent = "custom", path = "~/x" }] # any order
mode = "copy"
[[skills]]
id = "a"
source = "acme/a"
[[skills]]
id = "b"
source = "acme/b"
targets = [
  "codex", # its own
]
`;
    const defaults = [
      { agent: "custom", path: "~/x", environment: LOCAL },
      { agent: "cursor", environment: LOCAL },
    ];
    const codex = { agent: "codex", environment: LOCAL };
    const draft = { id: "c", source: { repo: "acme/c" }, targets: defaults };
    const added = `${manifest}\n[[skills]]\nid = "c"\nsource = "acme/c"\n`;
    expect(await appendSkill(manifest, draft)).toBe(added);
    expect(await appendSkill(manifest, { ...draft, mode: "copy" })).toBe(added);
    expect(await appendSkill(manifest, { ...draft, mode: "symlink" })).toBe(
      `${added}[skills.install]\nmode = "symlink"\n`,
    );
    expect(await changeSkill(manifest, 1, { targets: defaults })).toBe(
      manifest.slice(0, manifest.lastIndexOf("targets")),
    );
    expect(await changeSkill(manifest, 0, { targets: defaults })).toBe(manifest);
    expect(await changeSkill(manifest, 0, { moreTargets: [codex] })).toBe(
      manifest.replace('"acme/a"\n', '"acme/a"\ntargets = ["cursor", "custom:~/x", "codex"]\n'),
    );
    expect(await changeSkill(manifest, 0, { targets: [codex] })).toBe(
      manifest.replace('"acme/a"\n', '"acme/a"\ntargets = ["codex"]\n'),
    );
  });

  it("appends several at once, as tables with a blank line between them or in the array [R-EDIT-01] [R-IMPORT-03]", async () => {
    const tables = ["new", "other"].map((id) => skillTable({ ...DRAFT, id }));
    const other = ADDED.replace('"new"', '"other"');
    expect(await appendSkills("version = 1\r\n", tables)).toBe(
      `version = 1\n\n${ADDED}\n${other}`.replaceAll("\n", "\r\n"),
    );
    const array = await appendSkills("version = 1\nskills = []\n", tables);
    expect(await removeSkill(await removeSkill(array, 1), 0)).toBe("version = 1\nskills = []\n");
    expect(array.match(/^ {2}\{ id = "other"/gmu)?.length).toBe(1);
    expect(await appendSkills(COMMENTED, [])).toBe(COMMENTED);
  });

  it("appends registries where they are tables, and refuses where they are not [R-IMPORT-03] [R-EDIT-04]", () => {
    const added = { own: { url: "./own", priority: 3 } };
    const append = (text: string) => appendTables(text, "registries", added);
    const table = '[registries.own]\nurl = "./own"\npriority = 3\n';
    expect(append("version = 1 # one")).toBe(`version = 1 # one\n\n${table}`);
    expect(append("[registries.a]\nurl = 'x'\n")).toBe(`[registries.a]\nurl = 'x'\n\n${table}`);
    const refused = expect.objectContaining({ code: "INVALID_TOML" });
    expect(() => append("registries = { a = { url = 'x' } }\n")).toThrow(refused);
    expect(() => append("[registries.own]\nurl = 'x'\n")).toThrow(refused);
  });

  it("refuses what it cannot edit without touching something else [R-EDIT-04]", async () => {
    const torn = `version = 1\n[[skills]]\nid = "a"\n[reactor]\nconcurrency = 2\n[skills.source]\nrepo = "x"\n`;
    await expect(removeSkill(torn, 0)).rejects.toMatchObject({ code: "INVALID_TOML" });
  });
});

it("keeps a comment in an array without skills, and several skills come as one by one [R-EDIT-01]", async () => {
  const before = "version = 1\nskills = [\n  # keep\n]\n";
  const after = await appendSkill(before, DRAFT);
  expect(after).toContain("  # keep\n");
  expect(await removeSkill(after, 0)).toBe(before);
  const other = { ...DRAFT, id: "other" };
  for (const text of ["", "version = 1\n", before, "skills = []\n"])
    expect(await appendSkills(text, [skillTable(DRAFT), skillTable(other)])).toBe(
      await appendSkill(await appendSkill(text, DRAFT), other),
    );
});
