import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { strace } from "../helpers/strace.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Every command, with what it needs to get as far as it can. */
const COMMANDS = [
  ["apply"],
  ["apply", "--frozen", "--report", "r.json"],
  ["plan"],
  ["update"],
  ["outdated"],
  ["warm", "--bundle", "b.tgz"],
  ["doctor"],
  ["repair"],
  ["list"],
  ["install", "./src", "--all"],
  ["add", "--id", "y", "--repo", "./src", "--target", "claude-code"],
  ["set", "x", "--priority", "2"],
  ["remove", "x"],
  ["history"],
  ["rollback"],
  ["search", "x"],
  ["registry", "update"],
  ["audit"],
  ["clean"],
  ["import"],
  ["config", "export"],
  ["config", "import", "--from", "x.toml"],
  ["lock", "merge", "a", "b", "c"],
  ["lock", "merge", "--install"],
  ["init"],
];

async function localSkill(): Promise<{ sandbox: Sandbox; repo: string }> {
  const sandbox = use.sandbox();
  const { dir } = await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
  return { sandbox, repo: `file://${dir}` };
}

/** With --json one document that is an error or a result, and else no stack; never a fault of the program. */
async function isOrderly(
  sandbox: Sandbox,
  args: readonly string[],
  wrap: readonly string[],
  cwd?: string,
): Promise<void> {
  const at = cwd === undefined ? {} : { cwd };
  const json = await sandbox.run([...args, "--json"], { wrap, ...at });
  const text = json.stdout === "" && json.stderr === "" ? "" : JSON.stringify(json.json());
  expect([args, text.includes('"INTERNAL"'), /\n {4}at /u.test(json.stdout + json.stderr)]).toEqual([
    args,
    false,
    false,
  ]);
  expect(json.code === null || json.code > 3 ? json : null).toBe(null);
}

const gone = (sandbox: Sandbox) => {
  const directory = join(sandbox.root, "gone");
  mkdirSync(directory, { recursive: true });
  return { directory, wrap: ["sh", "-c", `cd "${directory}" && rmdir "${directory}" && exec "$@"`, "sh"] };
};

describe("a working directory that was removed", () => {
  it("is one clear error, in every command that needs it, the quick way too [R-SYSTEM-12]", async () => {
    const { sandbox } = await localSkill();
    for (const args of COMMANDS) {
      const { wrap } = gone(sandbox);
      const result = await sandbox.run([...args, "--json"], { wrap });
      expect([args, result.json().error?.code, result.code]).toEqual([args, "WORKING_DIRECTORY_GONE", 1]);
    }
    const text = await sandbox.run(["apply"], { wrap: gone(sandbox).wrap });
    expect([text.code, text.stdout]).toEqual([1, ""]);
    expect(text.stderr).toMatch(/^error\[WORKING_DIRECTORY_GONE\]: .*\n {2}hint: .*\n$/u);
  });

  it("matters to none that does without [R-SYSTEM-12]", async () => {
    const { sandbox, repo } = await localSkill();
    sandbox.writeManifest(manifestOf([{ id: "x", repo }]));
    const config = ["--config", sandbox.manifestPath];
    for (const args of [["--version"], ["--help"], ["apply", "--help"], ["schema", "plan"]])
      expect([args, (await sandbox.run(args, { wrap: gone(sandbox).wrap })).code]).toEqual([args, 0]);
    for (const args of [
      ["apply"],
      ["apply"],
      ["plan"],
      ["update"],
      ["outdated"],
      ["list"],
      ["doctor"],
      ["repair"],
      ["clean"],
      ["remove", "x"],
    ])
      expect([args, (await sandbox.run([...args, ...config], { wrap: gone(sandbox).wrap })).code]).toEqual([args, 0]);
  });
});

describe.runIf(process.getuid?.() === 0)("a user without an entry in the list of users, and without HOME", () => {
  const wrap = ["env", "-u", "HOME", "setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];

  it("gets one clear error, in every command [R-SYSTEM-12]", async () => {
    const { sandbox } = await localSkill();
    openToAll(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: "./src" }]));
    for (const args of COMMANDS.filter(([name]) => name !== "init")) await isOrderly(sandbox, args, wrap);
    const apply = await sandbox.run(["apply", "--json"], { wrap });
    expect([apply.code, apply.json().error.code]).toEqual([1, "HOME_UNKNOWN"]);
  });

  it("may do all that needs no home; USERPROFILE is one [R-SYSTEM-12]", async () => {
    const { sandbox, repo } = await localSkill();
    openToAll(sandbox);
    execFileSync("chown", ["-R", "54321", join(sandbox.root, "served")]);
    const head = `scope = "global"\n[storage]\nroot = "${sandbox.project}/storage"`;
    const skill = manifestOf([{ id: "x", repo, agents: ["custom"] }], head);
    sandbox.writeManifest(skill.replace('agent = "custom"', `agent = "custom"\npath = "${sandbox.project}/skills"`));
    for (const args of [["--version"], ["--help"], ["apply"], ["plan"], ["list"], ["update"]]) {
      const result = await sandbox.run(args, { wrap });
      expect([args, result.code, result.stderr.includes("error")]).toEqual([args, 0, false]);
    }
    sandbox.writeManifest(manifestOf([]));
    expect((await sandbox.run(["apply"], { wrap: [...wrap, "env", `USERPROFILE=${sandbox.home}`] })).code).toBe(0);
  });

  it("finds the home of the system's list when HOME is empty, not the working directory [R-SYSTEM-12]", async () => {
    const { sandbox } = await localSkill();
    const result = await sandbox.run(["init", "--global", "--json"], {
      env: { HOME: "" },
      wrap: ["setpriv", "--reuid=65534", "--clear-groups"],
    });
    expect(JSON.stringify(result.json())).not.toContain(sandbox.project);
  });
});

function openToAll(sandbox: Sandbox): void {
  for (const path of [sandbox.root, sandbox.project, sandbox.home]) chmodSync(path, 0o777);
}

describe.runIf(strace.isAvailable())("a system call that fails", () => {
  /** Beginning at which call: the first ones are Node's own. */
  const faults: [calls: string, errno: string, from: number][] = [
    ["mkdir", "EIO", 1],
    ["mkdir", "EROFS", 1],
    ["rename", "EIO", 1],
    ["rename", "EBUSY", 1],
    ["rename", "EXDEV", 1],
    ["unlink", "EBUSY", 1],
    ["rmdir", "ENOTEMPTY", 1],
    ["symlink", "EOPNOTSUPP", 1],
    ["fsync", "EIO", 1],
    ["fsync", "EINVAL", 1],
    ["chmod,fchmod", "EPERM", 1],
    ["chmod,fchmod", "EOPNOTSUPP", 1],
    ["readlink", "EIO", 20],
    ["getdents64", "ESTALE", 1],
    ["link", "EACCES", 1],
  ];
  const chosen = process.env["EDEN_FAULTS"] === undefined ? faults.filter((_, index) => index % 3 === 0) : faults;
  const commands = [["apply"], ["update"], ["doctor"], ["repair"], ["remove", "x"], ["clean"]];

  it.each(chosen)(
    "%s with %s is an error with its path, or none, and loses nothing [R-SYSTEM-05]",
    async (calls, errno, from) => {
      const { sandbox, repo } = await localSkill();
      const manifest = manifestOf([{ id: "x", repo, mode: "copy" }]);
      for (const args of commands) {
        sandbox.writeManifest(manifest);
        await isOrderly(sandbox, args, strace.failing(calls, errno, `:when=${from}+`));
        expect(readFileSync(sandbox.manifestPath, "utf8")).toMatch(/^version = 1/u);
      }
      sandbox.writeManifest(manifest);
      expect((await sandbox.run(["repair"])).code).toBe(0);
      expect(readFileSync(join(sandbox.home, ".claude/skills/x/SKILL.md"), "utf8")).toBe(skillText("x"));
    },
  );

  it("symlink with EPERM says that copies are the way out [R-INSTALL-17]", async () => {
    const { sandbox, repo } = await localSkill();
    sandbox.writeManifest(manifestOf([{ id: "x", repo }]));
    const result = await sandbox.run(["apply", "--json"], { wrap: strace.failing("symlink,symlinkat", "EPERM") });
    const [about] = result.json().skills[0].diagnostics;
    expect([result.code, about.code]).toEqual([1, "PERMISSION_DENIED"]);
    expect(about.hint).toContain('mode = "copy"');
  });

  it("chmod with EPERM keeps nothing from being installed as a copy [R-SYSTEM-11]", async () => {
    const { sandbox, repo } = await localSkill();
    sandbox.writeManifest(manifestOf([{ id: "x", repo }]));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    // git, which fails there, has nothing more to do.
    sandbox.writeManifest(manifestOf([{ id: "x", repo, mode: "copy" }]));
    const wrap = strace.failing("chmod,fchmod,fchmodat", "EPERM");
    expect((await sandbox.run(["apply"], { wrap })).code).toBe(0);
    expect((await sandbox.run(["remove", "x"], { wrap })).code).toBe(0);
  });
});
