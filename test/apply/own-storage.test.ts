import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { asOrdinaryUser, giveToOrdinaryUser, runAsOrdinaryUser } from "../helpers/ordinary-user.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const HEAD = 'scope = "project"\n[storage]\nroot = ".eden"';
const IDS = ["one", "two"];

/** A project of an ordinary user with its storage in it, applied. */
async function setUp(mode: "symlink" | "copy" = "symlink") {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: Object.fromEntries(
      IDS.flatMap((id) => [
        [`${id}/SKILL.md`, skillText(id)],
        [`${id}/deep/er/file`, id],
      ]),
    ),
  });
  const { url } = await use.remote(sandbox);
  const manifest = (ids: readonly string[], text = "") =>
    sandbox.writeManifest(
      manifestOf(
        ids.map((id) => ({ id, repo: `${url}/r.git`, subpath: id, mode })),
        HEAD,
      ) + text,
    );
  manifest(IDS);
  giveToOrdinaryUser(sandbox);
  await run(sandbox, "apply");
  return { sandbox, repository, manifest, storage: join(sandbox.project, ".eden") };
}

async function run(sandbox: Sandbox, ...args: string[]) {
  const result = await sandbox.run([...args, "--json"], { wrap: asOrdinaryUser() });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

/** As an earlier version left a store. */
function close(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }).filter((one) => one.isDirectory()))
    close(join(directory, entry.name));
  if (/\/store\/[0-9a-f]{40}\//u.test(directory)) chmodSync(directory, 0o555);
}

const closedIn = (directory: string): string[] => [
  ...((lstatSync(directory).mode & 0o200) === 0 ? [directory] : []),
  ...readdirSync(directory, { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .flatMap(({ name }) => closedIn(join(directory, name))),
];

describe("a storage of an ordinary user", () => {
  it("goes with the project, by rm -rf, after all that fills it [R-STORE-16]", async () => {
    const { sandbox, repository } = await setUp();
    await repository.commit({ files: { "one/SKILL.md": skillText("one", "Better.") } });
    for (const command of ["update", "warm", "repair", "rollback"]) await run(sandbox, command);
    const { code, stderr } = await runAsOrdinaryUser(["rm", "-rf", sandbox.project], sandbox.root);
    expect([code, stderr, existsSync(sandbox.project)]).toEqual([0, "", false]);
  });

  it("keeps its files read-only, and repair brings back what was changed in it [R-STORE-03] [R-THREAT-24]", async () => {
    const { sandbox, storage } = await setUp();
    const [tree = ""] = readdirSync(join(storage, "store")).filter((name) => !name.endsWith(".json"));
    const [id = ""] = readdirSync(join(storage, "store", tree));
    const file = join(storage, "store", tree, id, "SKILL.md");
    expect(lstatSync(file).mode & 0o222).toBe(0);
    const edit = `rm -f ${file} && echo changed > ${file}`;
    expect((await runAsOrdinaryUser(["sh", "-c", edit], sandbox.project)).code).toBe(0);
    const { findings } = await run(sandbox, "doctor");
    expect(findings.map(({ code }: { code: string }) => code)).toContain("STORE_CORRUPT");
    await run(sandbox, "repair");
    expect(readFileSync(file, "utf8")).toBe(skillText(id));
  });

  it.each(["clean", "repair", "clean --all", "apply"])(
    "that an earlier version closed is opened by %s [R-STORE-16]",
    async (command) => {
      const { sandbox, storage, repository, manifest } = await setUp();
      close(join(storage, "store"));
      expect(closedIn(storage).length).toBeGreaterThan(4);
      // Only a run that brings something into the store looks at it.
      await repository.commit({ files: { "three/SKILL.md": skillText("three") } });
      manifest([...IDS, "three"]);
      await run(sandbox, ...command.split(" "));
      expect(closedIn(storage)).toEqual([]);
      expect((await runAsOrdinaryUser(["rm", "-rf", sandbox.project], sandbox.root)).code).toBe(0);
    },
  );

  it("takes a cache that is unpacked over it, and a second time [R-STORE-16]", async () => {
    const { sandbox, storage } = await setUp();
    const archive = join(sandbox.tmp, "cache.tar");
    const tar = async (...args: string[]) => await runAsOrdinaryUser(["tar", "-P", ...args], sandbox.project);
    expect((await tar("-cf", archive, join(storage, "store"))).code).toBe(0);
    for (let again = 0; again < 2; again++) expect(await tar("-xf", archive)).toEqual({ code: 0, stderr: "" });
    await run(sandbox, "apply", "--frozen", "--offline");
  });
});

describe("clean --all", () => {
  it("leaves state, history and backups, says what leads nowhere, and the next apply fetches again [R-CLEAN-08]", async () => {
    const { sandbox, storage } = await setUp();
    mkdirSync(join(storage, "backups/mine"), { recursive: true });
    writeFileSync(join(storage, "store/notes of mine"), "mine");
    const targets = IDS.map((id) => join(sandbox.project, ".claude/skills", id));
    const announced = await run(sandbox, "clean", "--all", "--dry-run");
    expect(announced.broken_targets).toEqual(targets);
    expect(existsSync(join(targets[0] ?? "", "SKILL.md"))).toBe(true);
    const text = await sandbox.run(["clean", "--all"], { wrap: asOrdinaryUser() });
    expect(text.stdout).toMatch(
      /\n2 targets lead nowhere until `eden-skills apply` fetches it again\nclean: .* freed\n$/u,
    );
    expect(readdirSync(join(storage, "store"))).toEqual(["notes of mine"]);
    for (const name of ["mirrors", "staging"]) expect(existsSync(join(storage, name))).toBe(false);
    for (const name of ["state", "history", "backups/mine"]) expect(existsSync(join(storage, name))).toBe(true);
    expect(announced.removed.filter((path: string) => existsSync(path))).toEqual([]);
    expect((await run(sandbox, "doctor")).summary.error).toBeGreaterThan(0);
    await run(sandbox, "apply");
    expect(readFileSync(join(targets[0] ?? "", "SKILL.md"), "utf8")).toBe(skillText("one"));
  });

  it("breaks no copies, and needs no state that can be read [R-CLEAN-08]", async () => {
    const { sandbox, storage } = await setUp("copy");
    const [state = ""] = readdirSync(join(storage, "state")).filter((name) => name.endsWith(".json"));
    const text = readFileSync(join(storage, "state", state), "utf8");
    expect((await run(sandbox, "clean", "--all")).broken_targets).toEqual([]);
    expect(existsSync(join(sandbox.project, ".claude/skills/one/SKILL.md"))).toBe(true);
    await run(sandbox, "apply");
    writeFileSync(join(storage, "state", state), "{");
    await run(sandbox, "clean", "--all");
    writeFileSync(join(storage, "state", state), text);
    expect(existsSync(join(storage, "store"))).toBe(false);
  });
});

describe("clean --history", () => {
  it("tells what only a rollback needs, and frees it; older states leave the history [R-CLEAN-09]", async () => {
    const { sandbox, repository, storage } = await setUp();
    for (const word of ["Better.", "Best."]) {
      await repository.commit({ files: { "one/SKILL.md": skillText("one", word) } });
      await run(sandbox, "update");
    }
    const numbers = async () => (await run(sandbox, "history")).entries.map(({ number }: { number: number }) => number);
    expect(await numbers()).toEqual([3, 2, 1]);
    const kept = await run(sandbox, "clean", "--dry-run");
    expect([kept.removed, kept.kept_for_rollback.states]).toEqual([[], 2]);
    expect(kept.kept_for_rollback.bytes).toBeGreaterThan(0);
    expect((await sandbox.run(["clean"], { wrap: asOrdinaryUser() })).stdout).toMatch(
      /^kept for a rollback to 2 earlier states: .*; `eden-skills clean --history 0` frees it\nclean: nothing to remove\n$/u,
    );
    const one = await run(sandbox, "clean", "--history", "1");
    expect([one.kept_for_rollback.states, await numbers()]).toEqual([1, [3, 2]]);
    await run(sandbox, "rollback", "2");
    await run(sandbox, "rollback", "3");
    const bytes = (await run(sandbox, "clean")).kept_for_rollback.bytes;
    const none = await run(sandbox, "clean", "--history", "0");
    expect(none.bytes_freed).toBeGreaterThanOrEqual(bytes);
    expect(none.kept_for_rollback).toEqual({ states: 0, bytes: 0 });
    expect(readdirSync(join(storage, "store")).filter((name) => !name.endsWith(".json"))).toHaveLength(2);
    expect(await numbers()).toHaveLength(1);
    await run(sandbox, "apply", "--offline");
    expect((await sandbox.run(["clean", "--history", "-1"])).code).toBe(2);
  });
});
