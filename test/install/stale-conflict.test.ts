import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it.each([
  ["with the manifest", 1, "MANIFEST_CHANGED"],
  ["and was killed before it wrote the manifest", 0, null],
])(
  "a target that another process installed during the sync, %s, is no conflict of an install [R-INSTALL-18]",
  async (_, exitCode, code) => {
    const sandbox = use.sandbox();
    const { home, storage, manifestPath } = sandbox;
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "a/SKILL.md": skillText("a") },
    });
    let change: (() => void) | null = null;
    let looks = 0;
    const remote = await use.remote(sandbox, {
      delayFor(_repository, kind) {
        // The first one is for the source, the second one begins the sync.
        if (kind === "ls-refs" && change !== null && ++looks === 2) change();
        return 0;
      },
    });
    const install = ["install", `${remote.url}/r.git`, "--skill", "a", "--target", "claude-code", "--json"];
    const empty = manifestOf([]);
    sandbox.writeManifest(empty);
    // What the other process will write.
    expect((await sandbox.run(install)).code).toBe(0);
    const target = join(home, ".claude/skills/a");
    const text = readlinkSync(target);
    const states = join(storage, "state");
    const stateFile = join(states, readdirSync(states).find((name) => name.endsWith(".json")) ?? "");
    const state = readFileSync(stateFile);
    expect((await sandbox.run(["remove", "a"])).code).toBe(0);
    sandbox.writeManifest(empty);
    await repository.commit({ files: { "a/SKILL.md": skillText("a", "Newer.") } });
    change = () => {
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(text, target);
      mkdirSync(states, { recursive: true });
      writeFileSync(stateFile, state);
      if (code !== null) appendFileSync(manifestPath, "# changed\n");
    };
    const result = await sandbox.run(install);
    expect(looks).toBe(2);
    expect(result.code, result.stdout).toBe(exitCode);
    expect(result.json().diagnostics.map((one: { code: string }) => one.code)).toEqual(code === null ? [] : [code]);
    expect(result.stdout).not.toContain("not managed");
  },
);
