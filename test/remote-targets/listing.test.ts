import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { contentFiles } from "../../src/remote-targets/change.js";
import { digestOf, listingOf, observedIn } from "../../src/remote-targets/listing.js";
import { quoted } from "../../src/system/shell-word.js";
import { LOOKING } from "../../src/remote-targets/shell-text.js";
import { integrityOf } from "../../src/store/integrity.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]].filter(([program = ""]) => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

describe.each(SHELLS)("the listing of %s", (program = "", ...args: string[]) => {
  it("is the one that is computed here, for all names that a skill may have [R-REMOTE-02]", () => {
    const root = join(use.sandbox().root, "skill");
    const names = [
      "SKILL.md",
      ".a",
      "..b",
      "-rf",
      "a b",
      "a'b",
      "$x",
      "`y`",
      "ü/é",
      "b/.c/..d/e",
      "B",
      "b.c/x",
      "z/!",
      "z/#",
      "~",
      "=x",
    ];
    for (const name of names) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), name, { mode: name.length % 2 === 0 ? 0o755 : 0o644 });
    }
    symlinkSync("../SKILL.md", join(root, "z/link"));
    const script = `mark=@x\n${LOOKING}\nentry ${quoted(root)}`;
    const output = execFileSync(program, [...args, "-c", script], { encoding: "latin1" });
    const files = contentFiles(root, true, []);
    expect(output).toBe(listingOf(files));
    expect(digestOf(output)).toBe(
      execFileSync(program, [...args, "-c", `${script} | sha256sum`], { encoding: "utf8" }).slice(0, 64),
    );
    const seen = observedIn(output);
    expect(seen.kind === "directory" && seen.holds([integrityOf(files)])).toBe(true);
  });
});
