import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { namesIn } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const REPOS = (canary: string) => [
  `--upload-pack=touch ${canary};`,
  "-utouch",
  `ext::sh -c touch% ${canary}`,
  "fd::3",
  "ssh://-oProxyCommand=touch/x/y",
  "-oProxyCommand=x:y",
  "u@-oProxyCommand=x:y",
  "ssh://u@-ox/y",
  "ssh://-u@h/y",
  "ssh://h/-x",
  "h:--upload-pack=x",
  "http://example.com/x",
  "git://example.com/x",
  "https://h%0ahost=x/y",
  "https://h/\u202ex",
  "a\nb",
  "file://h/x",
  "https:///x",
];
const SECRETS = [
  "https://u:s3cr3t@h/x",
  "HTTPS://u:s3cr3t@h/x",
  "https://ghp_s3cr3t0123456789abcdefgh@h/x",
  "https://s3cr3t%3Ax@h/y",
  "https://u:s3cr3t/x@h/x",
  "https://h/x?token=s3cr3t",
  "ssh://git:s3cr3t@h/x",
  "u:s3cr3t@h:x",
  " https://u:s3cr3t@h/x",
  "ftp://u:s3cr3t@h/x",
];
const REFS = ["--upload-pack=x", "-x", "a b", "a\u001bb", "a..b", "@{-1}", "refs/heads/../x", ":x", "^x", "x^{}"];
const SUBPATHS = ["../../etc", "/etc", "C:\\x", "a\\..\\b", "-x", "a/../b", ".git", "a/.GIT/b", ":(top)x", "a./b"];
const IDS = ["../x", "a/b", ".", "..", "CON", "nul.x", "", "-x", "a.", "__proto__", "x\u001b", ".eden-tmp-x"];

describe("a manifest", () => {
  it("with options, helpers, control characters or ways out in repo, ref, subpath or id is refused whole [R-SEC-02] [R-THREAT-01] [R-THREAT-02] [R-THREAT-05] [R-THREAT-06] [R-THREAT-07] [R-THREAT-09] [R-THREAT-28] [R-THREAT-29]", async () => {
    const sandbox = use.sandbox();
    const canary = join(sandbox.root, "CANARY");
    const repo = "http://127.0.0.1:1/x";
    const cases: [string, Parameters<typeof manifestOf>[0]][] = [
      ["INVALID_REPO_URL", REPOS(canary).map((bad, n) => ({ id: `s${n}`, repo: bad }))],
      ["INVALID_REF", REFS.map((ref, n) => ({ id: `s${n}`, repo, ref }))],
      ["INVALID_SUBPATH", SUBPATHS.map((subpath, n) => ({ id: `s${n}`, repo, subpath }))],
      ["INVALID_SKILL_ID", IDS.map((id) => ({ id, repo }))],
    ];
    for (const [code, skills] of cases) {
      sandbox.writeManifest(manifestOf(skills));
      const result = await sandbox.run(["apply", "--json"]);
      expect(result.code).toBe(2);
      const found = result.json().error.problems.filter((problem: any) => problem.code === code);
      expect(new Set(found.map(({ path }: any) => /\d+/u.exec(path)?.[0])).size).toBe(skills.length);
    }
    expect(existsSync(canary)).toBe(false);
    expect(await namesIn(sandbox.home)).toEqual([]);
  });

  it("with a password or a token in an address is refused without showing it [R-SEC-04] [R-THREAT-20]", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(manifestOf(SECRETS.map((repo, n) => ({ id: `s${n}`, repo }))));
    for (const args of [["apply", "--json"], ["apply", "--verbose"], ["list"], ["plan"]]) {
      const result = await sandbox.run(args);
      expect(result.code).toBe(2);
      expect(result.stdout + result.stderr).not.toContain("s3cr3t");
    }
    writeFileSync(sandbox.manifestPath, 'version = 1\n[[skills]]\nrepo = "https://u:s3cr3t@h/x" oops\n');
    const broken = await sandbox.run(["apply", "--verbose"]);
    expect([broken.code, (broken.stdout + broken.stderr).includes("s3cr3t")]).toEqual([2, false]);
  });

  it("with a target that is the root, home, ~/.ssh, a .git or the store is refused [R-SEC-07] [R-MANIFEST-12] [R-THREAT-30]", async () => {
    const sandbox = use.sandbox();
    const paths = ["/", "~", "~/.", "~/..", "~/.ssh", "~/.SSH/a", ".", ".git/hooks", "a/.GIT", "~/.eden-skills/skills"];
    const skills = paths.map(
      (path, n) =>
        `[[skills]]\nid = "s${n}"\n[skills.source]\nrepo = "./src"\n[[skills.targets]]\nagent = "custom"\npath = "${path}"\n`,
    );
    sandbox.writeManifest(`version = 1\n${skills.join("")}`);
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(2);
    const codes = result.json().error.problems.map(({ code }: any) => code);
    expect(codes.filter((code: string) => code === "TARGET_PATH_INVALID")).toHaveLength(paths.length);
    expect(await namesIn(sandbox.home)).toEqual([]);
  });
});

describe("a lockfile made by hand", () => {
  const entry = (path: string, id = "x") =>
    `[[skills]]\nid = "${id}"\nsource_repo = "./src"\nsource_ref = ""\nsource_subpath = "."\nresolved_commit = ""\ntree = ""\n` +
    `integrity = ""\ninstall_mode = "copy"\ntargets = [{ agent = "cursor", path = ${JSON.stringify(path)} }]\n`;
  const cases: Record<string, string> = {
    prototype: "__proto__.x = 1\n",
    "deep list": `a = ${"[".repeat(50_000)}\n`,
    "deep table": `a = ${"{a=".repeat(50_000)}\n`,
    "version 2": "version = 2\n",
    "an id that leaves": entry("x", "../x"),
    "a path that leaves": entry("../../x"),
    "the root": entry("/x"),
    home: entry("~/x"),
    ssh: entry("~/.ssh/x"),
    "a .git": entry(".GIT/hooks/x"),
    "terminal sequences": '"::error::\\u001b]0;x\\u0007" = 1\n',
    "nine megabytes": `# ${"x".repeat(9 * 1024 * 1024)}\n`,
    "no text": "\0\u0001",
  };
  it("is a warning and no more: nothing is removed, nothing crashes, it is written anew [R-LOCK-02] [R-LOCK-08] [R-THREAT-28] [R-THREAT-48]", async () => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, "x"));
    mkdirSync(join(sandbox.home, ".ssh/x"), { recursive: true });
    const outside = join(sandbox.root, "x");
    mkdirSync(outside);
    sandbox.writeManifest('version = 1\nscope = "global"\nskills = []\n');
    for (const text of Object.values(cases)) {
      writeFileSync(
        sandbox.lockfilePath,
        text.startsWith("version") || text.startsWith("\0") ? text : `version = 1\n${text}`,
      );
      const result = await sandbox.run(["apply"], { env: { GITHUB_ACTIONS: "true" } });
      expect([result.code, result.stderr]).toEqual([0, expect.stringContaining("warning[LOCK_OUT_OF_DATE]")]);
      // eslint-disable-next-line no-control-regex
      expect(result.stderr.replace(/^::warning file=skills\.toml,/gmu, "")).not.toMatch(/^\s*::|\u001b/mu);
    }
    for (const kept of [join(sandbox.home, "x"), join(sandbox.home, ".ssh/x"), outside])
      expect(existsSync(kept)).toBe(true);
  });
});

describe("a project that a repository brought along", () => {
  it("cannot lead its targets out of itself by a link [R-INSTALL-04] [R-SEC-07] [R-THREAT-31]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
    const remote = await use.remote(sandbox);
    const outside = join(sandbox.root, "outside");
    mkdirSync(outside);
    mkdirSync(join(sandbox.project, ".claude"));
    symlinkSync(outside, join(sandbox.project, ".claude/skills"));
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }], 'scope = "project"'));
    const result = await sandbox.run(["apply", "--json"]);
    expect(result.code).toBe(1);
    expect(result.json().skills[0].diagnostics[0].code).toBe("TARGET_PATH_INVALID");
    expect(await namesIn(outside)).toEqual([]);
  });
});
