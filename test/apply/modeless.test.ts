import { appendFileSync, chmodSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { canMountExfat, mountExfat } from "../helpers/exfat.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SHIM = fileURLToPath(new URL("../helpers/modeless.cjs", import.meta.url));

/** Two copied skills in a project, one of them with a script. */
async function projectWithCopies(sandbox: Sandbox, project = join(sandbox.root, "project"), storage = sandbox.storage) {
  const repository = await createRepository(join(sandbox.root, "served/r.git"), {
    files: {
      "a/SKILL.md": skillText("a"),
      "a/scripts/run.sh": { content: "#!/bin/sh\n", executable: true },
      "b/SKILL.md": skillText("b"),
    },
  });
  mkdirSync(project, { recursive: true });
  const skills = ["a", "b"].map((id) => ({ id, repo: `file://${repository.dir}`, subpath: id, mode: "copy" as const }));
  const head = `scope = "project"\n[storage]\nroot = ${JSON.stringify(storage)}`;
  writeFileSync(join(project, "skills.toml"), manifestOf(skills, head));
  return {
    storage,
    project,
    /** A run of the program, below a directory without modes when there is one. */
    run: async (args: readonly string[], modeless?: { below: string; mode: number; chmod: string }) => {
      const env = { NODE_OPTIONS: `--require ${SHIM}`, EDEN_TEST_MODELESS: JSON.stringify(modeless) };
      return await sandbox.run(args, { cwd: project, ...(modeless !== undefined && { env }) });
    },
    renew: async () => void (await repository.commit({ files: { "a/SKILL.md": skillText("a", "newer") } })),
    pathIn: (path: string) => join(project, ".claude/skills", path),
  };
}

type Project = Awaited<ReturnType<typeof projectWithCopies>>;

/** What each command does to the copies, from the first apply to the last remove; an edit is seen, and nothing else. */
async function expectOrdinaryLife({ run, renew, pathIn }: Project, modeless?: Parameters<Project["run"]>[1]) {
  const actions = async (...args: string[]) => {
    const result = await run([...args, "--json"], modeless);
    const targets = result.json().skills.flatMap((skill: any) => skill.targets.map(({ action }: any) => action));
    return [args.join(" "), result.code, ...targets];
  };
  expect(await actions("apply")).toEqual(["apply", 0, "create", "create"]);
  expect(await actions("apply")).toEqual(["apply", 0, "noop", "noop"]);
  expect(await actions("apply", "--frozen")).toEqual(["apply --frozen", 0, "noop", "noop"]);
  const { findings } = (await run(["doctor", "--json"], modeless)).json();
  expect(findings.filter(({ severity }: any) => severity === "error")).toEqual([]);
  expect(await actions("repair")).toEqual(["repair", 0, "noop", "noop"]);
  expect((await run(["audit", "--strict"], modeless)).code).toBe(0);
  await renew();
  expect((await run(["update", "--dry-run"], modeless)).code).toBe(0);
  expect(await actions("update")).toEqual(["update", 0, "update", "noop"]);
  expect(readFileSync(pathIn("a/SKILL.md"), "utf8")).toBe(skillText("a", "newer"));
  expect((await run(["warm", "--bundle", "skills.tgz"], modeless)).code).toBe(0);

  appendFileSync(pathIn("a/SKILL.md"), "edited");
  expect(await actions("apply")).toEqual(["apply", 3, "conflict", "noop"]);
  expect((await run(["apply", "--frozen"], modeless)).code).toBe(1);
  expect(await actions("apply", "--force")).toEqual(["apply --force", 0, "update", "noop"]);
  expect(await actions("apply", "--frozen")).toEqual(["apply --frozen", 0, "noop", "noop"]);
  expect(await actions("remove", "a")).toEqual(["remove a", 0, "remove"]);
  expect((await run(["plan", "--check"], modeless)).code).toBe(0);
}

/** All of them in the long form only. */
const some = <T>(cases: readonly T[], count: number): readonly T[] =>
  process.env["EDEN_FAULTS"] === "all" ? cases : cases.slice(0, count);

const MODELESS = some(
  [
    ["project", 0o755, "ignored"],
    ["storage", 0o644, "EPERM"],
    ["root", 0o777, "ignored"],
    ["project", 0o644, "ignored"],
    ["project", 0o777, "EPERM"],
    ["storage", 0o755, "ignored"],
    ["root", 0o644, "ignored"],
  ] as const,
  3,
);

describe("a file system that keeps no executable bits", () => {
  it.each(MODELESS)(
    "is one like any other for the %s, with mode %o for all and chmod %s [R-STORE-17]",
    async (...odd) => {
      const [place, mode, chmod] = odd;
      const sandbox = use.sandbox();
      await expectOrdinaryLife(await projectWithCopies(sandbox), { below: sandbox[place], mode, chmod });
    },
  );

  it("holds a store from which scripts are copied as scripts [R-STORE-17]", async () => {
    const { run, pathIn, storage } = await projectWithCopies(use.sandbox());
    expect((await run(["apply"], { below: storage, mode: 0o644, chmod: "ignored" })).code).toBe(0);
    const isExecutable = (path: string) => (lstatSync(pathIn(path)).mode & 0o100) !== 0;
    expect([isExecutable("a/scripts/run.sh"), isExecutable("a/SKILL.md")]).toEqual([true, false]);
    expect((await run(["apply", "--frozen"], { below: storage, mode: 0o755, chmod: "ignored" })).code).toBe(0);
  });

  it("does not hide an edited mode on a file system that keeps them [R-STORE-17]", async () => {
    const { run, pathIn } = await projectWithCopies(use.sandbox());
    expect((await run(["apply"])).code).toBe(0);
    chmodSync(pathIn("a/scripts/run.sh"), 0o644);
    expect((await run(["apply"])).code).toBe(3);
    expect((await run(["apply", "--frozen"])).code).toBe(1);
  });
});

const ON_EXFAT = some(
  [
    ["stick/project", "stick/storage"],
    ["stick/project", "storage"],
    ["project", "stick/storage"],
  ] as const,
  1,
);

describe.runIf(canMountExfat())("an exFAT", () => {
  it.each(ON_EXFAT)("is a file system like any other for %s and %s [R-STORE-17]", async (project, storage) => {
    const sandbox = use.sandbox();
    const unmount = mountExfat(join(sandbox.root, "stick"));
    try {
      const [at, root] = [join(sandbox.root, project), join(sandbox.root, storage)];
      await expectOrdinaryLife(await projectWithCopies(sandbox, at, root));
    } finally {
      unmount();
    }
  });
});
