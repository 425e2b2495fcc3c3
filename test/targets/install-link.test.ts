import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installLink } from "../../src/targets/install-link.js";
import { removeTree } from "../helpers/sandbox.js";
import { bundleScript, startScript } from "../system/child-module.js";

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eden-link-"));
  path = join(root, "skills", "x");
  mkdirSync(join(root, "skills"));
  for (const name of ["old", "new"]) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, "SKILL.md"), name);
  }
});
afterEach(async () => await removeTree(root));

const old = () => join(root, "old");
const fresh = () => join(root, "new");

describe("installLink", () => {
  it("[R-INSTALL-01] makes a link with exactly the text given, and leaves nothing beside it", async () => {
    await installLink(path, fresh(), () => true);
    expect([
      readlinkSync(path),
      readFileSync(join(path, "SKILL.md"), "utf8"),
      readdirSync(join(root, "skills")),
    ]).toEqual([fresh(), "new", ["x"]]);
  });

  it("[R-INSTALL-01] takes the place of a link, also of one that leads nowhere, and leaves what it led to", async () => {
    symlinkSync(old(), path);
    await installLink(path, fresh(), () => true);
    expect([readlinkSync(path), readFileSync(join(old(), "SKILL.md"), "utf8")]).toEqual([fresh(), "old"]);
    symlinkSync("nowhere", join(root, "skills/dangling"));
    await installLink(join(root, "skills/dangling"), fresh(), () => true);
    expect([readlinkSync(join(root, "skills/dangling")), readdirSync(join(root, "skills"))]).toEqual([
      fresh(),
      ["dangling", "x"],
    ]);
  });

  it("[R-INSTALL-01] takes the place of a former copy, read-only or not, without following links in it", async () => {
    mkdirSync(join(path, "deep"), { recursive: true });
    symlinkSync(old(), join(path, "deep/link"));
    chmodSync(join(path, "deep"), 0o555);
    chmodSync(path, 0o555);
    await installLink(path, fresh(), () => true);
    expect([readlinkSync(path), readdirSync(join(root, "skills")), existsSync(join(old(), "SKILL.md"))]).toEqual([
      fresh(),
      ["x"],
      true,
    ]);
  });

  it("[R-INSTALL-01] leaves nothing behind when the directory is not there", async () => {
    await expect(installLink(join(root, "absent/x"), fresh(), () => true)).rejects.toMatchObject({ name: "EdenError" });
    expect(readdirSync(root).toSorted()).toEqual(["new", "old", "skills"]);
  });

  it("[R-INSTALL-01] lets a reader see the old skill or the new one, never none", async () => {
    const writer = await bundleScript(
      root,
      "writer",
      `
      import { installLink } from "./targets/install-link.js";
      for (let turn = 0; turn < 1000; turn++) await installLink(${JSON.stringify(path)}, [${JSON.stringify(old())}, ${JSON.stringify(fresh())}][turn % 2], () => true);
      `,
    );
    await installLink(path, old(), () => true);
    const child = startScript(writer);
    const writing = { isDone: false };
    const ended = child.ended.then((code) => {
      writing.isDone = true;
      return code;
    });
    const seen = new Set<string>();
    for (let looks = 0; !writing.isDone; looks++) {
      seen.add(readFileSync(join(path, "SKILL.md"), "utf8"));
      expect(lstatSync(path).isSymbolicLink()).toBe(true);
      if (looks % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect([await ended, child.errors(), [...seen].toSorted()]).toEqual([0, "", ["new", "old"]]);
  });
});
