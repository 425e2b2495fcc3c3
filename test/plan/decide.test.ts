import { describe, expect, it } from "vitest";
import { decide, decideRemoval, type Situation } from "../../src/plan/decide.js";
import type { Observed } from "../../src/plan/observe.js";
import type { DesiredContent } from "../../src/plan/plan.js";

const STORE = "/s/store";
const NEW = `${STORE}/bbbb/x`;
const OLD = `${STORE}/aaaa/x`;
const desired: DesiredContent = { kind: "store", tree: "bbbb", integrity: "sha256-new", path: NEW, link: NEW };
const live: DesiredContent = { kind: "live", path: "/home/me/x", link: "/home/me/x" };

const absent: Observed = { kind: "absent" };
const file: Observed = { kind: "file" };
const link = (text: string, resolves = true): Observed => ({ kind: "link", text, resolves });
const directory = (integrity: string): Observed => ({
  kind: "directory",
  holds: (wanted) => wanted.includes(integrity),
});
const owned = (links: string[], integrities: string[] = []) => ({ links, integrities });

function situation(changes: Partial<Situation>): Situation {
  return {
    desired,
    installMode: "symlink",
    observed: absent,
    owned: null,
    destinationOf: (text) => text,
    isStoreLink: (text) => text.startsWith(`${STORE}/`),
    claimedBy: () => null,
    force: false,
    ...changes,
  };
}

type Row = [name: string, changes: Partial<Situation>, action: string, reason: string | null, backup?: boolean];

const FOREIGN_FILE = "a file that is not managed by eden-skills is there";
const FOREIGN_DIRECTORY = "a directory that is not managed by eden-skills is there";
const foreignLink = (to: string) => `a link to ${to} that is not managed by eden-skills is there`;

const TABLE: Row[] = [
  ["nothing there", {}, "create", "nothing is there"],
  ["nothing there, copy", { installMode: "copy" }, "create", "nothing is there"],
  ["nothing there, once ours", { owned: owned([OLD], ["sha256-old"]) }, "create", "nothing is there"],
  ["nothing there, forced", { force: true }, "create", "nothing is there"],
  ["nothing there, never synced", { desired: null }, "create", "never synced"],
  ["nothing there, live", { desired: live }, "create", "nothing is there"],

  ["the right link", { observed: link(NEW) }, "noop", null],
  ["the right link, recorded", { observed: link(NEW), owned: owned([NEW]) }, "noop", null],
  ["the right link with a slash", { observed: link(`${NEW}/`) }, "noop", null],
  ["the right link with slashes", { observed: link(`${NEW}//`) }, "noop", null],
  ["the right link, claimed by another", { observed: link(NEW), claimedBy: () => "/other.toml" }, "noop", null],
  ["the right live link", { observed: link("/home/me/x"), desired: live }, "noop", null],
  ["the right link, forced", { observed: link(NEW), force: true }, "noop", null],

  ["a store link at a place of ours", { observed: link(OLD), owned: owned([]) }, "update", "its content changed"],
  ["the same, dangling", { observed: link(OLD, false), owned: owned([]) }, "update", "its link is broken"],
  ["a store link that nobody recorded", { observed: link(OLD) }, "conflict", foreignLink(OLD)],
  ["an old store link, recorded", { observed: link(OLD), owned: owned([OLD]) }, "update", "its content changed"],
  [
    "a store link of another entry than recorded",
    { observed: link(OLD), owned: owned([NEW]) },
    "update",
    "its content changed",
  ],
  ["a store link, never synced", { observed: link(OLD), owned: owned([OLD]), desired: null }, "update", "never synced"],
  [
    "a store link to become a copy",
    { observed: link(OLD), owned: owned([OLD]), installMode: "copy" },
    "update",
    "a link becomes a copy",
  ],
  [
    "the right link to become a copy",
    { observed: link(NEW), owned: owned([NEW]), installMode: "copy" },
    "update",
    "a link becomes a copy",
  ],
  [
    "the right link, which is not ours, to become a copy",
    { observed: link(NEW), installMode: "copy" },
    "conflict",
    foreignLink(NEW),
  ],
  [
    "a store link, forced, needs no backup",
    { observed: link(OLD), owned: owned([OLD]), force: true },
    "update",
    "its content changed",
    false,
  ],
  [
    "a recorded link outside the store",
    { observed: link("/home/me/old"), owned: owned(["/home/me/old"]) },
    "update",
    "its content changed",
  ],
  [
    "a live link to become a store link",
    { observed: link("/home/me/x"), owned: owned(["/home/me/x"]) },
    "update",
    "its content changed",
  ],

  [
    "a store link that another manifest claims",
    { observed: link(OLD), claimedBy: () => "/o.toml" },
    "conflict",
    "it is managed by /o.toml",
  ],
  [
    "the same, forced",
    { observed: link(OLD), claimedBy: () => "/o.toml", force: true },
    "update",
    "it is managed by /o.toml",
    true,
  ],
  [
    "a store link both claim",
    { observed: link(OLD), claimedBy: () => "/o.toml", owned: owned([OLD]) },
    "update",
    "its content changed",
  ],
  ["somebody's link", { observed: link("/elsewhere") }, "conflict", foreignLink("/elsewhere")],
  ["somebody's dangling link", { observed: link("/elsewhere", false) }, "conflict", foreignLink("/elsewhere")],
  [
    "somebody's link beside what we recorded",
    { observed: link("/elsewhere"), owned: owned([OLD]) },
    "conflict",
    foreignLink("/elsewhere"),
  ],
  [
    "somebody's link that only begins like ours",
    { observed: link("/s/storeroom/x") },
    "conflict",
    foreignLink("/s/storeroom/x"),
  ],
  ["somebody's link, forced", { observed: link("/elsewhere"), force: true }, "update", foreignLink("/elsewhere"), true],
  [
    "somebody's link, never synced",
    { observed: link("/elsewhere"), desired: null },
    "conflict",
    foreignLink("/elsewhere"),
  ],
  [
    "the right text, but in copy mode and not ours",
    { observed: link("/elsewhere"), installMode: "copy" },
    "conflict",
    foreignLink("/elsewhere"),
  ],

  ["a file", { observed: file }, "conflict", FOREIGN_FILE],
  [
    "a file, though we recorded the path",
    { observed: file, owned: owned([OLD], ["sha256-old"]) },
    "conflict",
    FOREIGN_FILE,
  ],
  ["a file, forced", { observed: file, force: true }, "update", FOREIGN_FILE, true],

  [
    "the right copy",
    { installMode: "copy", observed: directory("sha256-new"), owned: owned([], ["sha256-new"]) },
    "noop",
    null,
  ],
  ["the right copy, unrecorded", { installMode: "copy", observed: directory("sha256-new") }, "noop", null],
  [
    "our old copy",
    { installMode: "copy", observed: directory("sha256-old"), owned: owned([], ["sha256-old"]) },
    "update",
    "its content changed",
  ],
  [
    "one of our old copies",
    { installMode: "copy", observed: directory("sha256-old"), owned: owned([], ["sha256-a", "sha256-old"]) },
    "update",
    "its content changed",
  ],
  [
    "our old copy, never synced",
    { installMode: "copy", desired: null, observed: directory("sha256-old"), owned: owned([], ["sha256-old"]) },
    "update",
    "never synced",
  ],
  [
    "our copy to become a link",
    { observed: directory("sha256-old"), owned: owned([], ["sha256-old"]) },
    "update",
    "a copy becomes a link",
  ],
  [
    "our copy of the very content to become a link",
    { observed: directory("sha256-new"), owned: owned([], ["sha256-new"]) },
    "update",
    "a copy becomes a link",
  ],
  [
    "our copy, edited",
    { installMode: "copy", observed: directory("sha256-mine"), owned: owned([], ["sha256-old"]) },
    "conflict",
    "modified locally",
  ],
  [
    "our copy, edited, to become a link",
    { observed: directory("sha256-mine"), owned: owned([], ["sha256-old"]) },
    "conflict",
    "modified locally",
  ],
  [
    "our copy, edited, forced",
    { installMode: "copy", observed: directory("sha256-mine"), owned: owned([], ["sha256-old"]), force: true },
    "update",
    "modified locally",
    true,
  ],
  ["a directory", { observed: directory("sha256-mine") }, "conflict", FOREIGN_DIRECTORY],
  [
    "a directory of the very content, link wanted",
    { observed: directory("sha256-new") },
    "conflict",
    FOREIGN_DIRECTORY,
  ],
  [
    "a directory where we had a link",
    { observed: directory("sha256-mine"), owned: owned([OLD]) },
    "conflict",
    FOREIGN_DIRECTORY,
  ],
  ["a directory, forced", { observed: directory("sha256-mine"), force: true }, "update", FOREIGN_DIRECTORY, true],
  [
    "a directory where a live copy is wanted",
    { installMode: "copy", desired: live, observed: directory("sha256-new") },
    "conflict",
    FOREIGN_DIRECTORY,
  ],
];

describe("decide", () => {
  it.each(TABLE)("[R-PLAN-01] %s", (_, changes, action, reason, backup = false) => {
    const decision = decide(situation(changes));
    expect([decision.action, decision.reasons[0] ?? null, decision.backup]).toEqual([action, reason, backup]);
    expect(decision.reasons.length).toBe(action === "noop" ? 0 : backup ? 2 : 1);
  });

  it("[R-PLAN-02] says that a forced replacement keeps a backup", () => {
    expect(decide(situation({ observed: file, force: true })).reasons).toEqual([
      FOREIGN_FILE,
      "forced: a backup is kept",
    ]);
  });

  it("[R-PLAN-02] replaces without a backup nothing but what we wrote, whatever else holds", () => {
    const kinds = [file, link("/elsewhere"), link(OLD), link(NEW), directory("sha256-old"), directory("sha256-mine")];
    const owners = [null, owned([]), owned(["/elsewhere"]), owned([OLD]), owned([], ["sha256-old"])];
    for (const observed of kinds) {
      for (const owner of owners) {
        for (const [installMode, force, other] of [
          ["symlink", false, null],
          ["copy", true, null],
          ["symlink", true, "/o.toml"],
          ["copy", false, "/o.toml"],
        ] as const) {
          const decision = decide(situation({ observed, owned: owner, installMode, force, claimedBy: () => other }));
          const ours =
            (observed.kind === "link" &&
              (owner?.links.includes(observed.text) === true || (observed.text.startsWith(STORE) && owner !== null))) ||
            (observed.kind === "directory" && observed.holds(owner?.integrities ?? []));
          if (decision.action === "update") expect(decision.backup).toBe(!ours);
          if (!force && !ours) expect(["conflict", "noop"]).toContain(decision.action);
        }
      }
    }
  });

  it("[R-PLAN-01] does not read a directory, nor ask for other manifests, unless it matters", () => {
    const never = () => {
      throw new Error("asked");
    };
    const untold: Observed = { kind: "directory", holds: never };
    expect(decide(situation({ observed: untold })).action).toBe("conflict");
    expect(decide(situation({ observed: link(NEW), claimedBy: never })).action).toBe("noop");
    expect(decide(situation({ observed: link(OLD), owned: owned([OLD]), claimedBy: never })).action).toBe("update");
  });
});

describe("decideRemoval", () => {
  it.each<[string, Partial<Situation>, string | null]>([
    ["nothing there", {}, null],
    ["a file", { observed: file }, FOREIGN_FILE],
    ["somebody's link", { observed: link("/elsewhere") }, foreignLink("/elsewhere")],
    [
      "a store link another manifest claims",
      { observed: link(OLD), claimedBy: () => "/o.toml" },
      "it is managed by /o.toml",
    ],
    ["a store link that nobody recorded", { observed: link(OLD) }, foreignLink(OLD)],
    [
      "a copy another manifest claims",
      { observed: directory("sha256-old"), claimedBy: () => "/o.toml" },
      "it is managed by /o.toml",
    ],
    ["a directory", { observed: directory("sha256-mine") }, FOREIGN_DIRECTORY],
    ["our copy, edited", { observed: directory("sha256-mine"), owned: owned([], ["sha256-old"]) }, "modified locally"],
    ["somebody's directory, forced", { observed: directory("sha256-mine"), force: true }, FOREIGN_DIRECTORY],
  ])("[R-PLAN-02] leaves alone: %s", (_, changes, left) => {
    expect(decideRemoval(situation({ desired: null, ...changes }))).toEqual({
      action: "none",
      left,
      isEdited: left === "modified locally",
    });
  });

  it.each<[string, Partial<Situation>]>([
    ["a store link at a place of ours", { observed: link(OLD), owned: owned([NEW]) }],
    ["a dangling store link", { observed: link(OLD, false), owned: owned([OLD]) }],
    ["a recorded link", { observed: link("/home/me/x"), owned: owned(["/home/me/x"]) }],
    ["our copy", { observed: directory("sha256-old"), owned: owned([], ["sha256-old"]) }],
  ])("[R-PLAN-01] removes what is ours: %s", (_, changes) => {
    expect(decideRemoval(situation({ desired: null, ...changes }))).toEqual({ action: "remove", backup: false });
  });

  it("moves an edited copy of ours to the backups, by force [R-EDIT-05]", () => {
    const edited = { observed: directory("sha256-mine"), owned: owned([], ["sha256-old"]), force: true };
    expect(decideRemoval(situation({ desired: null, ...edited }))).toEqual({ action: "remove", backup: true });
  });
});
