import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { request as ask } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { commitTree, writeObject, writeTree } from "../helpers/hostile-tree.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { packet, startOddHttp } from "../helpers/odd-server.js";
import { startStaticRemote } from "../helpers/static-remote.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const large = (name: string) => skillText(name, "x".repeat(40_000));

async function setUp(options: { notGet?: number; type?: string } = {}) {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const root = join(sandbox.root, "static");
  const repository = await createRepository(join(root, "r.git"), {
    files: { "skills/one/SKILL.md": skillText("one"), "skills/two/SKILL.md": large("two") },
  });
  const publish = async () => await repository.git(["update-server-info"]);
  await publish();
  const remote = await startStaticRemote({ root, ...options });
  open.push(remote);
  const repo = remote.urlOf("r.git");
  const text = (id: string) => readFileSync(join(sandbox.home, ".claude/skills", id, "SKILL.md"), "utf8");
  return { sandbox, repository, publish, remote, repo, text };
}

describe("a plain web server with the files of a repository [R-GIT-24]", () => {
  it("is fetched whole: by apply, outdated, update along a branch, a tag, and an old commit", async () => {
    const { sandbox, repository, publish, repo, text } = await setUp();
    const first = await repository.revParse("main");
    await repository.tag("v1", { message: "one" });
    await publish();
    sandbox.writeManifest(
      manifestOf([
        { id: "one", repo, subpath: "skills/one" },
        { id: "two", repo, ref: "v1", subpath: "skills/two" },
      ]),
    );
    const applied = await sandbox.run(["apply", "--json"]);
    expect(
      applied.json().skills.map(({ id, status, commit, diagnostics }: any) => [id, status, commit, diagnostics]),
    ).toEqual([
      ["one", "installed", first, []],
      ["two", "installed", first, []],
    ]);
    expect(text("two")).toBe(large("two"));
    for (const body of ["Better.", "Best."])
      await repository.commit({ files: { "skills/one/SKILL.md": skillText("one", body) } });
    await publish();
    const behind = await sandbox.run(["outdated", "--json"]);
    expect(behind.json().skills.map(({ id, status }: any) => [id, status])).toEqual([
      ["one", "outdated"],
      ["two", "pinned"],
    ]);
    const updated = await sandbox.run(["update", "--json"]);
    expect(updated.json()).toMatchObject({ exit_code: 0, skills: [{ status: "installed", diagnostics: [] }, {}] });
    expect(text("one")).toContain("Best.");
    sandbox.writeManifest(manifestOf([{ id: "one", repo, ref: first, subpath: "skills/one" }]));
    const pinned = (await sandbox.run(["apply", "--json"])).json();
    expect([pinned.exit_code, pinned.skills[0].commit]).toEqual([0, first]);
    expect(text("one")).toBe(skillText("one"));
  });

  it.each([
    [501, "text/plain"],
    [404, "text/html"],
    [403, "application/octet-stream"],
  ])("whatever it answers to POST (%i) and calls its files (%s): install, and warm", async (notGet, type) => {
    const { sandbox, repo, text } = await setUp({ notGet, type });
    sandbox.writeManifest('version = 1\nscope = "global"\n');
    const installed = await sandbox.run(["install", repo, "--all", "--json"]);
    expect(installed.json()).toMatchObject({ exit_code: 0, installed: ["one", "two"] });
    expect(text("two")).toBe(large("two"));
    const cold = use.sandbox();
    cold.writeManifest(manifestOf([{ id: "one", repo, subpath: "skills/one", ref: "main" }]));
    expect((await cold.run(["warm", "--json"])).json()).toMatchObject({ exit_code: 0 });
    expect((await cold.run(["apply", "--offline", "--json"])).json()).toMatchObject({ exit_code: 0 });
  });

  it("says which ref or commit is not there, and what there is", async () => {
    const { sandbox, repo } = await setUp();
    sandbox.writeManifest(
      manifestOf([
        { id: "lost", repo, ref: "e".repeat(40), subpath: "skills/one" },
        { id: "good", repo, subpath: "skills/one" },
      ]),
    );
    const { skills } = (await sandbox.run(["apply", "--json"])).json();
    expect(skills[0].diagnostics[0]).toMatchObject({ code: "REF_NOT_FOUND" });
    expect(skills[1].status).toBe("installed");
    sandbox.writeManifest(manifestOf([{ id: "one", repo, ref: "nope", subpath: "skills/one" }]));
    const missing = (await sandbox.run(["apply", "--json"])).json().skills[0].diagnostics[0];
    expect(missing).toMatchObject({ code: "REF_NOT_FOUND", hint: "It has: main." });
  });

  it("gives no hostile tree past the checks, although git does not check what comes so", async () => {
    const { sandbox, repository, publish, repo } = await setUp();
    const blob = await writeObject(repository, "blob", skillText("one"));
    const inner = await writeTree(repository, [{ mode: "100644", name: "config", id: blob }]);
    const entries = [
      { mode: "40000", name: ".git", id: inner },
      { mode: "100644", name: "SKILL.md", id: blob },
    ];
    await commitTree(repository, await writeTree(repository, entries), "hostile");
    await publish();
    sandbox.writeManifest(manifestOf([{ id: "one", repo, ref: "hostile" }]));
    const [skill] = (await sandbox.run(["apply", "--json"])).json().skills;
    expect(skill).toMatchObject({ status: "failed", diagnostics: [{ code: "SKILL_UNSAFE" }] });
    expect(existsSync(join(sandbox.home, ".claude/skills/one"))).toBe(false);
  });

  it("serves a registry", async () => {
    const { sandbox, remote, repo } = await setUp();
    const index = await createRepository(join(sandbox.root, "static/index.git"), {
      files: {
        "manifest.toml": 'format_version = 1\nname = "plain"\n',
        "index/o/one.toml": `[skill]\nname = "one"\ndescription = "One."\nrepo = "${repo}"\nsubpath = "skills/one"\n[[versions]]\nversion = "1.0.0"\nref = "main"\n`,
      },
    });
    await index.git(["update-server-info"]);
    sandbox.writeManifest(
      `version = 1\nscope = "global"\n[registries]\nplain = { url = "${remote.urlOf("index.git")}" }\n`,
    );
    const updated = await sandbox.run(["registry", "update", "--json"]);
    expect(updated.code, updated.stdout).toBe(0);
    expect((await sandbox.run(["search", "one", "--json"])).stdout).toContain('"one"');
  });
});

describe("a git server that knows no shallow fetch [R-GIT-24]", () => {
  it.each(["2", "0"])("is fetched whole, over protocol %s, old commits too", async (protocol) => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    const repository = await createRepository(join(sandbox.root, "served/r.git"), {
      files: { "SKILL.md": skillText("one") },
    });
    const first = await repository.revParse("main");
    await repository.commit({ files: { "SKILL.md": large("one") } });
    const remote = await use.remote(sandbox);
    const server = await startOddHttp((request, response, body) => {
      const { "git-protocol": version, host: _, ...headers } = request.headers;
      const onward = ask(
        `${remote.url}${request.url}`,
        { method: request.method, headers: { ...headers, ...(protocol === "2" && { "git-protocol": version }) } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => {
            response.writeHead(answer.statusCode ?? 500, { "content-type": answer.headers["content-type"] ?? "" });
            response.end(request.method === "GET" ? withoutShallow(Buffer.concat(chunks)) : Buffer.concat(chunks));
          });
        },
      );
      onward.end(Buffer.from(body, "latin1"));
    });
    open.push(server);
    const repo = `http://127.0.0.1:${server.port}/r.git`;
    sandbox.writeManifest(manifestOf([{ id: "one", repo }]));
    const applied = await sandbox.run(["apply", "--json"]);
    expect(applied.json()).toMatchObject({ exit_code: 0, skills: [{ status: "installed", diagnostics: [] }] });
    sandbox.writeManifest(manifestOf([{ id: "one", repo, ref: first }]));
    expect((await sandbox.run(["apply", "--json"])).json()).toMatchObject({
      exit_code: 0,
      skills: [{ commit: first }],
    });
    expect(existsSync(join(sandbox.home, ".claude/skills/one/SKILL.md"))).toBe(true);
  });
});

/** An advertisement whose server has never heard of shallow. */
function withoutShallow(body: Buffer): Buffer {
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const length = Number.parseInt(body.subarray(at, at + 4).toString(), 16);
    if (length === 0) lines.push(body.subarray(at, at + 4));
    else
      lines.push(
        packet(
          body
            .subarray(at + 4, at + length)
            .toString("latin1")
            .replaceAll(/\bshallow |deepen-\S+ /gu, ""),
        ),
      );
    at += length === 0 ? 4 : length;
  }
  return Buffer.concat(lines);
}
