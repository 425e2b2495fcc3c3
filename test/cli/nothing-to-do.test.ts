import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import type { HttpRemote } from "../helpers/http-remote.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree, type Sandbox } from "../helpers/sandbox.js";
import { strace } from "../helpers/strace.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const SETTLED = /^apply: 3 skills from 1 source\n3 of 3 skills installed; (?:\d+ min )?[\d.]+ s\n$/u;

/** Two linked skills and a copied one, installed, and with the receipt of it. */
async function settled(
  head?: string,
): Promise<{ sandbox: Sandbox; remote: HttpRemote; skills: string; manifest: string }> {
  const sandbox = use.sandbox();
  const names = ["linked", "other", "copied"];
  const files = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  await createRepository(join(sandbox.root, "served/all.git"), { files });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/all.git`;
  const skills = names.map((id) => ({
    id,
    repo,
    subpath: id,
    mode: id === "copied" ? ("copy" as const) : ("symlink" as const),
  }));
  const manifest = sandbox.writeManifest(manifestOf(skills, head));
  for (let run = 0; run < 2; run++) expect((await sandbox.run(["apply"])).code).toBe(0);
  remote.traffic.log.length = 0;
  return { sandbox, remote, skills: join(sandbox.home, ".claude/skills"), manifest };
}

/** True when the run was told from the receipt: nothing but the entry was loaded. */
async function isShort(
  sandbox: Sandbox,
  args: readonly string[] = ["apply"],
  env: Record<string, string> = {},
): Promise<boolean> {
  const log = join(sandbox.root, "calls");
  const result = await sandbox.run(args, { wrap: strace.wrap(log, "openat"), env });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return !strace.calls(log).some((call) => call.includes("/program.cjs"));
}

if (!strace.isAvailable()) console.warn("no strace: what an apply with nothing to do loads IS NOT LOOKED AT");
const withStrace = strace.isAvailable() ? describe : describe.skip;

withStrace("an apply with nothing to do", () => {
  it("is told from the receipt, in the words of the long way [R-CLI-20]", async () => {
    const { sandbox, remote } = await settled();
    expect(await isShort(sandbox)).toBe(true);
    const timeless = (text: string) => text.replace(/; [\d.]+ (?:min \d+ )?s$/mu, "…");
    const short = await sandbox.run(["apply"]);
    const long = await sandbox.run(["apply", "--retries", "1"]);
    expect(await isShort(sandbox, ["apply", "--retries", "1"])).toBe(false);
    expect(timeless(short.stdout)).toBe(timeless(long.stdout));
    expect(short.stdout).toMatch(SETTLED);
    expect((await sandbox.run(["apply", "--quiet"])).stdout).toBe("");
    for (const args of [
      ["apply", "--offline"],
      ["apply", "--concurrency", "auto"],
      ["apply", "--isolated"],
      ["apply", "--config", "skills.toml"],
    ])
      expect(await isShort(sandbox, args), args.join(" ")).toBe(true);
    for (const args of [
      ["apply", "--json"],
      ["apply", "linked"],
      ["apply", "--frozen"],
      ["apply", "--strict"],
      ["plan"],
    ])
      expect(await isShort(sandbox, args), args.join(" ")).toBe(false);
    expect(remote.traffic.log).toEqual([]);
  });

  it("finds its receipt in a storage of the user's choice [R-CLI-20]", async () => {
    const { sandbox } = await settled('scope = "global"\n[storage]\nroot = "~/elsewhere"');
    expect(existsSync(join(sandbox.home, "elsewhere/store"))).toBe(true);
    expect(await isShort(sandbox)).toBe(true);
  });
});

/** What may happen between two runs, and what the next must have done about it. */
const changes: [string, (one: Awaited<ReturnType<typeof settled>>) => void | Promise<void>, RegExp][] = [
  ["a link is removed", ({ skills }) => unlinkSync(join(skills, "linked")), /\n\+ linked {2}claude-code\n/u],
  [
    "a link is turned",
    ({ sandbox, skills }) => {
      const store = join(sandbox.storage, "store");
      const tree = readdirSync(store).find((name) => existsSync(join(store, name, "other"))) ?? "";
      unlinkSync(join(skills, "linked"));
      symlinkSync(join(store, tree, "other"), join(skills, "linked"));
    },
    /\n~ linked {2}claude-code/u,
  ],
  [
    "the content that a link leads to is gone",
    async ({ skills }) => await removeTree(readlinkSync(join(skills, "linked"))),
    SETTLED,
  ],
  [
    "a copied skill is gone",
    async ({ skills }) => await removeTree(join(skills, "copied")),
    /\n\+ copied {2}claude-code\n/u,
  ],
  [
    "an entry leaves the manifest",
    ({ manifest }) =>
      writeFileSync(
        manifest,
        readFileSync(manifest, "utf8").replace(/\[\[skills\]\]\nid = "other"[^]*?(?=\n\[\[skills\]\])/u, ""),
      ),
    /\n- other {2}claude-code/u,
  ],
  ["the lockfile is gone", ({ manifest }) => rmSync(manifest.replace(/toml$/u, "lock")), SETTLED],
  ["the state is gone", ({ sandbox }) => rmSync(stateFile(sandbox)), SETTLED],
  [
    "a process died in a target directory",
    ({ skills }) => mkdirSync(join(skills, ".eden-tmp-1-1-dead-0123456789ab")),
    SETTLED,
  ],
  [
    "the receipt is damaged",
    ({ sandbox }) => writeFileSync(stateFile(sandbox).replace(/json$/u, "receipt"), "{}"),
    SETTLED,
  ],
];

describe("an apply after a change", () => {
  for (const [what, change, expected] of changes) {
    it(`notices that ${what} [R-CLI-20]`, async () => {
      const one = await settled();
      await change(one);
      if (strace.isAvailable()) {
        const log = join(one.sandbox.root, "calls");
        const result = await one.sandbox.run(["apply"], { wrap: strace.wrap(log, "openat") });
        expect(strace.calls(log).some((call) => call.includes("/program.cjs"))).toBe(true);
        expect(result.stdout).toMatch(expected);
      }
      for (const name of ["linked", "copied"])
        expect(readFileSync(join(one.skills, name, "SKILL.md"), "utf8")).toBe(skillText(name));
      expect(existsSync(one.manifest.replace(/toml$/u, "lock"))).toBe(true);
    });
  }

  it("keeps a copy that was edited, whatever its size and time [R-CLI-20]", async () => {
    const { sandbox, skills } = await settled();
    const file = join(skills, "copied/SKILL.md");
    writeFileSync(file, skillText("copied").replace("Do it well", "Do it bad!").slice(0, -1));
    const result = await sandbox.run(["apply"]);
    expect(result.code).toBe(3);
    expect(result.stdout).toContain("modified locally");
  });

  it("looks again where a variable moves the directory of an agent [R-CLI-20]", async () => {
    const { sandbox } = await settled();
    const elsewhere = join(sandbox.root, "elsewhere");
    const result = await sandbox.run(["apply"], { env: { CLAUDE_CONFIG_DIR: elsewhere } });
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(existsSync(join(elsewhere, "skills/linked/SKILL.md"))).toBe(true);
  });

  it("refuses a wrong EDEN_SKILLS_CONCURRENCY as ever [R-CLI-20]", async () => {
    const { sandbox } = await settled();
    expect((await sandbox.run(["apply"], { env: { EDEN_SKILLS_CONCURRENCY: "0" } })).code).toBe(2);
  });
});

function stateFile(sandbox: Sandbox): string {
  const directory = join(sandbox.storage, "state");
  return join(directory, readdirSync(directory).find((name) => name.endsWith(".json")) ?? "");
}
