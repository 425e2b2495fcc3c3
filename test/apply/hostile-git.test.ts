import { spawnSync } from "node:child_process";
import { appendFileSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { writeObject } from "../helpers/hostile-tree.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { gitTree, namesIn, readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe("git", () => {
  it.each([
    { where: "GIT_CONFIG_SYSTEM", flags: [] },
    { where: "home", flags: [] },
    { where: "home", flags: ["--isolated"] },
  ])(
    "runs nothing of a hostile configuration and environment ($where $flags) [R-SEC-01] [R-SEC-13] [R-THREAT-14] [R-THREAT-15] [R-THREAT-18] [R-THREAT-19]",
    async ({ where, flags }) => {
      const sandbox = use.sandbox();
      const repository = await createRepository(join(sandbox.root, "served/r.git"), {
        files: {
          "SKILL.md": skillText("x"),
          "a.md": "$Id$\n",
          ".gitattributes": "* filter=evil diff=evil eol=crlf ident working-tree-encoding=UTF-16\n",
        },
      });
      const remote = await use.remote(sandbox);
      const touch = (name: string) => `touch ${sandbox.root}/CANARY-${name}`;
      const hooks = join(sandbox.root, "hooks");
      mkdirSync(hooks);
      writeFileSync(join(hooks, "reference-transaction"), `#!/bin/sh\n${touch("hook")}\n`, { mode: 0o755 });
      const settings = {
        core: `hooksPath = ${hooks}\nfsmonitor = "${touch("fsmonitor")}"\nsshCommand = "${touch("ssh")}"\naskPass = "${touch("ask")}"\npager = "${touch("pager")}"`,
        init: `templateDir = ${hooks}`,
        'filter "evil"': `smudge = "${touch("smudge")}"\nprocess = "${touch("process")}"`,
        'diff "evil"': `textconv = "${touch("textconv")}"`,
        'protocol "ext"': "allow = always",
        // Served with it unless isolated: see the requirement.
        ...(flags.length > 0 && { uploadpack: `packObjectsHook = "${touch("pack")}"` }),
        alias: `fetch = "!${touch("alias")}"\nls-remote = "!${touch("alias")}"`,
      };
      const config = where === "home" ? join(sandbox.home, ".gitconfig") : join(sandbox.root, "system");
      writeFileSync(
        config,
        Object.entries(settings)
          .map(([section, lines]) => `[${section}]\n${lines}\n`)
          .join(""),
      );
      const victim = join(sandbox.root, "victim/.git");
      mkdirSync(victim, { recursive: true });
      const env = {
        ...(where !== "home" && { [where]: config }),
        GIT_DIR: victim,
        GIT_WORK_TREE: victim,
        GIT_COMMON_DIR: victim,
        GIT_NAMESPACE: "evil",
        GIT_SHALLOW_FILE: join(victim, "shallow"),
        GIT_QUARANTINE_PATH: victim,
        GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${touch("parameters")}'`,
        GIT_ICASE_PATHSPECS: "1",
        GIT_TEMPLATE_DIR: hooks,
        GIT_OBJECT_DIRECTORY: join(victim, "objects"),
        GIT_INDEX_FILE: join(victim, "index"),
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.fsmonitor",
        GIT_CONFIG_VALUE_0: touch("environment"),
        GIT_SSH_COMMAND: touch("ssh"),
        GIT_ASKPASS: touch("ask"),
        GIT_TRACE: join(sandbox.root, "CANARY-trace"),
        GIT_TRACE2_EVENT: join(sandbox.root, "CANARY-trace2"),
        GIT_EXEC_PATH: "/nonexistent",
        GIT_ALLOW_PROTOCOL: "ext",
      };
      sandbox.writeManifest(
        manifestOf([
          { id: "x", repo: `${remote.url}/r.git`, mode: "copy" },
          { id: "y", repo: `file://${repository.dir}`, mode: "copy" },
        ]),
      );
      for (const args of [["apply"], ["update"], ["list"]])
        expect((await sandbox.run([...args, ...flags], { env })).code).toBe(0);
      expect((await namesIn(sandbox.root)).filter((name) => name.startsWith("CANARY"))).toEqual([]);
      expect(await namesIn(victim)).toEqual([]);
      for (const id of ["x", "y"])
        expect(await readTree(join(sandbox.home, ".claude/skills", id))).toEqual(await gitTree(repository.dir, "HEAD"));
    },
  );

  it("does not let url.insteadOf turn a remote into a local path or a helper [R-SEC-11] [R-THREAT-05]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
    for (const instead of [`file://${sandbox.root}/served/`, `ext::sh -c touch% ${sandbox.root}/CANARY% `]) {
      const rewrite = `[url ${JSON.stringify(instead)}]\ninsteadOf = ${remote.url}/\n[protocol "ext"]\nallow = always\n`;
      writeFileSync(join(sandbox.home, ".gitconfig"), rewrite);
      const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
      const { code, message } = result.json().skills[0].diagnostics[0];
      expect([result.code, code, message.includes(".insteadOf")]).toEqual([1, "POLICY_DENIED", true]);
    }
    expect(existsSync(join(sandbox.root, "CANARY"))).toBe(false);
  });

  it("never sees a default branch that is named like an option, nor replaced objects [R-SEC-03] [R-THREAT-03] [R-THREAT-70]", async () => {
    const sandbox = use.sandbox();
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("x") },
    });
    const commit = await repository.revParse("HEAD");
    const evil = await writeObject(repository, "blob", skillText("x", "REPLACED"));
    await repository.git(["replace", await repository.revParse("HEAD:SKILL.md"), evil]);
    writeFileSync(join(repository.gitDir, "refs/heads/--upload-pack=touch"), `${commit}\n`);
    await repository.git(["symbolic-ref", "HEAD", "refs/heads/--upload-pack=touch"]);
    await repository.git(["update-ref", "-d", "refs/heads/main"]);
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
    const result = await sandbox.run(["apply", "--json"]);
    expect([result.code, result.json().skills[0].commit]).toEqual([0, commit]);
    expect(readFileSync(join(sandbox.home, ".claude/skills/x/SKILL.md"), "utf8")).toBe(skillText("x"));
  });

  it("gives credentials to the host that asks and to no other, and shows them nowhere [R-SEC-04] [R-SEC-11] [R-THREAT-08] [R-THREAT-20] [R-THREAT-61]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("x") } });
    const remote = await use.remote(sandbox);
    const seen: string[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization ?? "none");
      response.writeHead(404).end();
    });
    const helper = join(sandbox.root, "helper");
    writeFileSync(helper, "#!/bin/sh\necho username=u; echo password=s3cr3t\n", { mode: 0o755 });
    appendFileSync(join(sandbox.home, ".gitconfig"), `[credential]\nhelper = ${helper}\n`);
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${remote.url}/r.git` }]));
    remote.fail("r.git", { kind: "redirect", to: `${other}/r.git` });
    const redirected = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect(redirected.json().skills[0].diagnostics[0].code).toBe("FETCH_NOT_FOUND");
    expect(new Set(seen)).toEqual(new Set(["none"]));
    remote.heal();
    remote.fail("r.git", { kind: "credentials", user: "u", password: "s3cr3t" });
    const result = await sandbox.run(["apply", "--json", "--verbose"]);
    expect(result.code).toBe(0);
    const grep = spawnSync("grep", ["-rl", "s3cr3t", sandbox.home, sandbox.project]);
    expect([grep.status, grep.stdout.toString()]).toEqual([1, ""]);
    expect(result.stdout + result.stderr).not.toContain("s3cr3t");
  });

  it("does not pass on what a server writes to the terminal or to a build server [R-SEC-05] [R-SEC-06] [R-THREAT-42] [R-THREAT-66]", async () => {
    const sandbox = use.sandbox();
    const text = "x\u001b]0;PWNED\u0007\u001b[2J\u009b31m\u202e\n::error::pwned\n##[error]x ##vso[task.complete]";
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
      response.end(`${packet("# service=git-upload-pack\n")}0000${packet(`ERR ${text}`)}`);
    });
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `${url}/r.git` }]));
    for (const args of [["apply"], ["apply", "--json"], ["apply", "--verbose", "--color", "never"]]) {
      const result = await sandbox.run([...args, "--retries", "0"], { env: { GITHUB_ACTIONS: "true" } });
      expect(result.code).toBe(1);
      const output = result.stdout + result.stderr;
      expect(output.match(/^::error file=skills\.toml,line=\d+,title=FETCH_NETWORK::x: /gmu)).toHaveLength(1);
      // eslint-disable-next-line no-control-regex
      expect(output.replace(/^::error file=/gmu, "")).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^\s*::|##(?:\[|vso\[)/mu,
      );
    }
  });

  it("installs LFS pointers as they are, and no SKILL.md that is one [R-SEC-12] [R-THREAT-13]", async () => {
    const sandbox = use.sandbox();
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12\n`;
    await createRepository(join(sandbox.root, "served/r.git"), {
      files: {
        "one/SKILL.md": pointer,
        "two/SKILL.md": skillText("two"),
        "two/big.bin": pointer,
        ".gitattributes": "* filter=lfs\n",
        ".lfsconfig": "[lfs]\nurl = http://127.0.0.1:1/\n",
      },
    });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf(["one", "two"].map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id }))));
    const [one, two] = (await sandbox.run(["apply", "--json"])).json().skills;
    expect([one.status, one.diagnostics[0].code, two.status]).toEqual(["failed", "SKILL_UNSAFE", "installed"]);
    expect(remote.traffic.log.every(({ repository }) => repository === "r.git")).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)(
    "says who owns a local repository that is somebody else's [R-SEC-13] [R-THREAT-10]",
    async () => {
      const sandbox = use.sandbox();
      const { dir } = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
      chownSync(dir, 65_534, 65_534);
      sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${dir}` }]));
      const { diagnostics } = (await sandbox.run(["apply", "--json"])).json().skills[0];
      expect([diagnostics[0].code, diagnostics[0].hint]).toEqual([
        "PERMISSION_DENIED",
        expect.stringContaining("safe.directory"),
      ]);
    },
  );
});

type Handler = Parameters<typeof createServer>[1];

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}
