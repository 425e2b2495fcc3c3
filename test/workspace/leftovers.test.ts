import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processIdentity, processToken } from "../../src/system/identity.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** An installed skill, with what killed and living processes left everywhere. */
async function littered() {
  const sandbox = use.sandbox();
  const { root, project, storage } = sandbox;
  await createRepository(join(root, "served/r.git"), { files: { "a/SKILL.md": skillText("a") } });
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${root}/served/r.git`, subpath: "a" }]));
  for (let run = 0; run < 2; run++) expect((await sandbox.run(["apply"])).code).toBe(0);
  const dead = spawnSync(process.execPath, ["-p", "process.pid"]).stdout.toString().trim();
  const token = processToken().replace(/^\d+/u, dead);
  const mirror = readdirSync(join(storage, "mirrors")).find((name) => !name.endsWith(".json")) ?? "";
  const lock = (pid: number) => JSON.stringify({ ...processIdentity(), pid, nonce: "0123456789abcdef" });
  const left = {
    [`runs/${token}.0`]: sandbox.manifestPath,
    "locks/install-0123.lock": lock(Number(dead)),
    "locks/install-0123.lock.after-0123456789abcdef": lock(Number(dead)),
    [`locks/${mirror}.lock`]: lock(Number(dead)),
    [`mirrors/${mirror}/objects/pack/tmp_pack_x`]: "half",
    ...Object.fromEntries(
      ["locks", "runs", "state", "store", "mirrors", "mirrors/" + mirror, "backups/t/g"].map((directory) => [
        `${directory}/.eden-tmp-${token}-00`,
        "half",
      ]),
    ),
  };
  const living = {
    [`mirrors/.eden-tmp-${processToken()}-00`]: "in use",
    "locks/other.lock": lock(process.pid),
    "locks/foreign.lock": JSON.stringify({ pid: 1, start: "1", machine: "other", boot: "b", nonce: "1" }),
  };
  for (const [path, text] of Object.entries({ ...left, ...living })) {
    mkdirSync(join(storage, path, ".."), { recursive: true });
    writeFileSync(join(storage, path), text);
  }
  mkdirSync(join(storage, `staging/${token}.0/empty`), { recursive: true });
  const beside = `.eden-tmp-${token}-01`;
  writeFileSync(join(project, beside), "half");
  const remaining = () => {
    const names = readdirSync(storage, { recursive: true }).map(String);
    return [...Object.keys(left), `staging/${token}.0`]
      .filter((path) => names.includes(path))
      .concat(readdirSync(project).includes(beside) ? [beside] : []);
  };
  const kept = () => Object.keys(living).filter((path) => existsSync(join(storage, path)));
  return { sandbox, remaining, kept, living: Object.keys(living) };
}

describe("what ended processes left", () => {
  it.each([["apply"], ["clean"]])(
    "is removed by %s, and nothing of others [R-SYSTEM-16] [R-CLEAN-10]",
    async (name) => {
      const { sandbox, remaining, kept, living } = await littered();
      expect((await sandbox.run([name])).code).toBe(0);
      expect(remaining()).toEqual([]);
      expect(kept()).toEqual(living);
    },
  );

  it("is reported by clean --dry-run, which leaves it [R-CLEAN-06] [R-CLEAN-10]", async () => {
    const { sandbox, remaining } = await littered();
    const before = remaining();
    const { removed } = (await sandbox.run(["clean", "--dry-run", "--json"])).json();
    expect(remaining()).toEqual(before);
    expect(removed.join("\n")).toContain("install-0123.lock");
    expect(removed.join("\n")).toContain("/.eden-tmp-");
  });
});
