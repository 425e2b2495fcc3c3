import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import {
  branchOf,
  conflictsOf,
  mergedEntries,
  nameOfTable,
  randomManifest,
  textOf,
  type HistoryEntry,
} from "../helpers/manifest-history.js";
import { skillText } from "../helpers/manifest-of.js";
import { seeded } from "../helpers/seeded.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Histories; `npm run test:long` sets the full number. */
const HISTORIES = Number(process.env["EDEN_HISTORIES"] ?? 20);

const SIDES = ["base", "ours", "theirs"] as const;
const FILES = ["toml", "lock"] as const;
const NAMES = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
for (const branch of ["o", "t"]) NAMES.push(...["0", "1", "2", "3"].map((step) => branch + step));

/** Two skills in each repository that a history may name; each tag has another version of one. */
async function createRepositories({ project }: Sandbox): Promise<void> {
  for (const name of NAMES) {
    const more = { "more/SKILL.md": skillText(`${name}-more`) };
    const versionOf = (tag: string) => ({ [`${name}/SKILL.md`]: skillText(name, `${tag}\n`) });
    const repository = await createRepository(join(project, name), { files: { ...versionOf("v0"), ...more } });
    await repository.tag("v0");
    for (const tag of ["v1", "v2"]) {
      await repository.commit({ files: versionOf(tag) });
      await repository.tag(tag);
    }
  }
}

it(`applies ${HISTORIES} merges of manifest and lockfile, and converges [R-MERGE-02] [R-MERGE-06] [R-MERGE-09]`, async () => {
  const sandbox = use.sandbox();
  const { manifestPath, lockfilePath, root } = sandbox;
  await createRepositories(sandbox);
  const run = async (about: string, ...args: string[]) => {
    const result = await sandbox.run(args);
    expect(result.code, `${about}\n${args.join(" ")}\n${result.stdout}\n${result.stderr}`).toBe(0);
    return result;
  };
  const pathOf = (ending: (typeof FILES)[number]) => (ending === "toml" ? manifestPath : lockfilePath);
  const fileOf = (side: string, ending: string) => join(root, `${side}.${ending}`);
  let applied = 0;
  for (let index = 0; applied < HISTORIES; index += 1) {
    const random = seeded(`history ${index}`);
    const base = randomManifest(random);
    const versions: Record<(typeof SIDES)[number], HistoryEntry[]> = {
      base,
      ours: branchOf(base, random, "o"),
      theirs: branchOf(base, random, "t"),
    };
    if (conflictsOf(versions).length > 0) continue;
    applied += 1;
    const about = `history ${index}`;
    // Each branch starts from the base, as its author would.
    writeFileSync(fileOf("base", "lock"), "version = 1\n");
    for (const side of SIDES) {
      writeFileSync(manifestPath, textOf(versions[side]));
      copyFileSync(fileOf("base", "lock"), lockfilePath);
      await run(about, "apply");
      for (const ending of FILES) copyFileSync(pathOf(ending), fileOf(side, ending));
    }
    for (const ending of FILES) {
      const [before, ours, theirs] = SIDES.map((side) => fileOf(side, ending)) as [string, string, string];
      await run(about, "lock", "merge", before, ours, theirs, pathOf(ending));
      copyFileSync(ours, pathOf(ending));
    }
    const lock = readFileSync(lockfilePath, "utf8");
    const merged = `${about}\n${readFileSync(manifestPath, "utf8")}\n${lock}`;
    const wanted = mergedEntries(versions).filter(({ enabled }) => enabled !== false);
    for (const name of wanted.map(nameOfTable)) expect(lock, merged).toContain(`id = "${name}"`);
    await run(merged, "apply", "--frozen");
    expect(readFileSync(lockfilePath, "utf8"), merged).toBe(lock);
    const plan = (await run(merged, "plan", "--json")).json<{ action: string }[]>();
    expect(
      plan.filter(({ action }) => action !== "noop"),
      merged,
    ).toEqual([]);
  }
}, 900_000);
