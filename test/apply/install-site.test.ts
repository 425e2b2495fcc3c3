import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import { afterEach, describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { startSite, type Page, type SiteServer } from "../helpers/site.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const open: SiteServer[] = [];
afterEach(async () => {
  for (const site of open.splice(0)) await site.close();
});

async function serve(pages: Record<string, Page>): Promise<SiteServer> {
  const site = await startSite(pages);
  open.push(site);
  return site;
}

/** A machine with Claude Code on it, and a site. */
async function setUp(pages: Record<string, Page>) {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  const site = await serve(pages);
  const own = join(sandbox.home, ".eden-skills");
  const kept = join(own, "well-known", new URL(site.url).host.replace(":", "_"));
  const json = async (...args: string[]) => (await sandbox.run([...args, "--json"])).json();
  const installed = (path: string) => readFileSync(join(sandbox.home, ".claude/skills", path), "utf8");
  /** What a failed install must not leave. */
  const left = () => [
    existsSync(join(own, "well-known")),
    existsSync(join(own, "skills.toml")),
    existsSync(join(own, "skills.lock")),
    existsSync(join(sandbox.home, ".claude/skills")),
  ];
  return { sandbox, site, kept, json, installed, left, manifest: join(own, "skills.toml") };
}

const NOTHING = [false, false, false, false];
const AGENT = "/.well-known/agent-skills";
const SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";
const sha256 = (content: string | Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const about = (name: string) => ({ name, description: `What ${name} is for.` });

/** An index of version 0.1 with its files. */
function listed(skills: Record<string, Record<string, string>>, at = AGENT): Record<string, Page> {
  const entries = Object.entries(skills);
  const index = { skills: entries.map(([name, files]) => ({ ...about(name), files: Object.keys(files) })) };
  const pages = entries.flatMap(([name, files]) =>
    Object.entries(files).map(([path, text]) => [`${at}/${name}/${path}`, text] as const),
  );
  return { [`${at}/index.json`]: JSON.stringify(index), ...Object.fromEntries(pages) };
}

/** An index of version 0.2 with one artifact. */
function artifact(name: string, file: string, content: string | Buffer, more: object = {}): Record<string, Page> {
  const type = file.endsWith(".md") ? "skill-md" : "archive";
  const entry = { ...about(name), type, url: `${AGENT}/${file}`, digest: sha256(content), ...more };
  return {
    [`${AGENT}/index.json`]: JSON.stringify({ $schema: SCHEMA, skills: [entry] }),
    [`${AGENT}/${file}`]: content,
  };
}

interface Packed {
  path: string;
  content?: string;
  type?: "File" | "SymbolicLink" | "Link" | "FIFO" | "Directory" | "CharacterDevice";
  linkpath?: string;
  mode?: number;
}

function tarball(entries: Packed[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "File", linkpath, mode = 0o644 }) => {
    const size = Buffer.byteLength(content);
    const header = new Header({ path, size, mode, type, mtime: new Date(0), ...(linkpath && { linkpath }) });
    header.encode();
    return [header.block ?? Buffer.alloc(0), Buffer.from(content), Buffer.alloc((512 - (size % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe("install from a site", () => {
  it("takes files that an index lists, and keeps them beside the manifest [R-SOURCE-09] [R-SOURCE-10]", async () => {
    const { site, kept, json, installed, manifest, sandbox } = await setUp(
      listed({ pdf: { "SKILL.md": skillText("pdf"), "scripts/my tool.py": "print(1)\n" }, csv: { "SKILL.md": "-" } }),
    );
    const report = await json("install", site.url, "--skill", "pdf");
    expect(report).toMatchObject({ command: "install", exit_code: 0, installed: ["pdf"] });
    expect([installed("pdf/SKILL.md"), installed("pdf/scripts/my tool.py")]).toEqual([skillText("pdf"), "print(1)\n"]);
    expect(readdirSync(kept)).toEqual(["pdf", "pdf.source.json"]);
    expect(JSON.parse(readFileSync(join(kept, "pdf.source.json"), "utf8"))).toEqual({
      format_version: 1,
      site: site.url,
      index: `${site.url}${AGENT}/index.json`,
      url: `${site.url}${AGENT}/pdf/`,
      digest: null,
      integrity: expect.stringMatching(/^sha256-/u),
    });
    const host = new URL(site.url).host.replace(":", "_");
    expect(readFileSync(manifest, "utf8")).toContain(`repo = "./well-known/${host}/pdf"`);
    expect(site.asked).not.toContain(`${AGENT}/csv/SKILL.md`);
    await site.close();
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
  });

  it("asks git first where an address may be a repository, and tells what git says where there is neither [R-SOURCE-09]", async () => {
    const { site, json, installed, left } = await setUp({});
    const failed = await json("install", `${site.url}/docs/guide`);
    expect(failed).toMatchObject({ error: { code: "FETCH_NOT_FOUND" }, exit_code: 1 });
    expect(failed.error.message).toContain("absent or private");
    expect(left()).toEqual(NOTHING);
    expect(site.asked.filter((path) => path.endsWith("index.json"))).toEqual([
      `/docs/guide${AGENT}/index.json`,
      "/docs/guide/.well-known/skills/index.json",
      `${AGENT}/index.json`,
      "/.well-known/skills/index.json",
    ]);
    for (const [path, page] of Object.entries(listed({ pdf: { "SKILL.md": skillText("pdf") } }, "/.well-known/skills")))
      site.pages.set(path, page);
    // A site that answers everything with its home page, as many do.
    site.pages.set(`${AGENT}/index.json`, "<!doctype html>");
    expect(await json("install", `${site.url}/docs/guide`)).toMatchObject({ installed: ["pdf"] });
    expect(installed("pdf/SKILL.md")).toBe(skillText("pdf"));
  });

  it("prefers the index below the path, and takes an address of an index or a skill as it is [R-SOURCE-09]", async () => {
    const { site, json } = await setUp({
      ...listed({ root: { "SKILL.md": skillText("root") } }),
      ...listed({ deep: { "SKILL.md": skillText("deep") }, other: { "SKILL.md": skillText("other") } }, `/a${AGENT}`),
    });
    const names = async (address: string) =>
      (await json("install", address, "--list")).skills.map(({ name }: { name: string }) => name);
    expect(await names(`${site.url}/a`)).toEqual(["deep", "other"]);
    expect(await names(`${site.url}/b`)).toEqual(["root"]);
    expect(await names(`${site.url}/a${AGENT}`)).toEqual(["deep", "other"]);
    expect(await json("install", `${site.url}/a${AGENT}/deep`)).toMatchObject({ installed: ["deep"] });
    expect(await json("install", `${site.url}/.well-known/none`)).toMatchObject({
      error: { code: "FETCH_NOT_FOUND" },
      exit_code: 1,
    });
  });

  it("takes a single file and an archive whose digests are right [R-SOURCE-09]", async () => {
    const { site, json, installed, kept } = await setUp(artifact("one", "one.md", skillText("one")));
    expect(await json("install", site.url)).toMatchObject({ installed: ["one"] });
    const packed = tarball([
      { path: "./", type: "Directory" },
      { path: "./SKILL.md", content: skillText("many") },
      { path: "./scripts/run.sh", content: "#!/bin/sh\n", mode: 0o755 },
      { path: "./latest", type: "SymbolicLink", linkpath: "scripts/run.sh" },
    ]);
    for (const [path, page] of Object.entries(artifact("many", "v1/many.tar.gz", packed))) site.pages.set(path, page);
    expect(await json("install", site.url, "--copy")).toMatchObject({ installed: ["many"] });
    expect([installed("many/latest"), installed("one/SKILL.md")]).toEqual(["#!/bin/sh\n", skillText("one")]);
    expect(JSON.parse(readFileSync(join(kept, "many.source.json"), "utf8"))).toMatchObject({ digest: sha256(packed) });
  });

  it("lists and plans without fetching a skill or writing anything; offline it says so [R-SOURCE-05] [R-SOURCE-09]", async () => {
    const { site, sandbox, json, left } = await setUp(listed({ a: { "SKILL.md": "-" }, b: { "SKILL.md": "-" } }));
    const { skills } = await json("install", site.url, "--list");
    expect(skills).toMatchObject([{ name: "a", description: "What a is for.", path: "a" }, { name: "b" }]);
    const plan = await json("install", site.url, "--skill", "a", "--id", "mine", "--dry-run");
    expect(plan).toMatchObject({ would_install: ["mine"], plan: [{ skill_id: "mine", action: "create" }] });
    expect(site.asked.filter((path) => path.endsWith("SKILL.md"))).toEqual([]);
    expect((await sandbox.run(["install", site.url])).stderr).toMatch(/2 skills here.*: a, b/u);
    expect(await json("install", site.url, "--all", "--offline")).toMatchObject({ error: { code: "OFFLINE_MISS" } });
    expect(await json("install", site.url, "--all", "--ref", "main")).toHaveProperty("error");
    expect(left()).toEqual(NOTHING);
  });

  it("warns of a SKILL.md that is not what the index says, and shows nothing raw [R-SOURCE-11]", async () => {
    const { site, sandbox } = await setUp({
      ...listed({ a: { "SKILL.md": skillText("other") } }),
      [`${AGENT}/index.json`]: JSON.stringify({
        skills: [{ name: "a", description: "red \u001b[31m text", files: ["SKILL.md"] }],
      }),
    });
    expect((await sandbox.run(["install", site.url, "--list"])).stdout).toContain("red \\x1b[31m text");
    expect((await sandbox.run(["install", site.url])).stderr).toContain("its name is other, in the index a");
  });

  it("waits for a site that asks for it, and tries a broken one again [R-SOURCE-11]", async () => {
    const pages = listed({ a: { "SKILL.md": skillText("a") } });
    const { site, json } = await setUp(pages);
    const answers = [
      { status: 429, headers: { "Retry-After": "0" } },
      { status: 500 },
      { status: 200, body: pages[`${AGENT}/index.json`] as string },
    ];
    site.pages.set(`${AGENT}/index.json`, (_, response) => {
      const { status, headers = {}, body = "" } = answers.length > 1 ? (answers.shift() ?? { status: 1 }) : answers[0]!;
      response.writeHead(status, headers).end(body);
    });
    expect(await json("install", site.url)).toMatchObject({ installed: ["a"] });
    site.pages.set(`${AGENT}/index.json`, { status: 500 });
    expect(await json("install", site.url, "--retries", "0")).toMatchObject({ error: { code: "FETCH_NETWORK" } });
  });
});

describe("a skill of a site that is there already", () => {
  const version = (text: string) => listed({ a: { "SKILL.md": skillText("a", text) } });
  const publish = (site: SiteServer, text: string) => {
    for (const [path, page] of Object.entries(version(text))) site.pages.set(path, page);
  };

  it("is replaced when it is what was installed, and kept when somebody changed it [R-SOURCE-10]", async () => {
    const { site, sandbox, kept, json, installed } = await setUp(version("First."));
    await json("install", site.url);
    publish(site, "Second.");
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0 });
    expect(installed("a/SKILL.md")).toContain("Second.");
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
    writeFileSync(join(kept, "a/SKILL.md"), skillText("a", "Mine."));
    publish(site, "Third.");
    const before = readFileSync(join(kept, "a.source.json"), "utf8");
    const refused = await sandbox.run(["install", site.url]);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("was changed since it was installed")]);
    expect(installed("a/SKILL.md")).toContain("Mine.");
    expect(readFileSync(join(kept, "a.source.json"), "utf8")).toBe(before);
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
    expect((await sandbox.run(["install", site.url, "--force"])).code).toBe(0);
    expect(installed("a/SKILL.md")).toContain("Third.");
    const backups = join(sandbox.storage, "backups");
    const [time = ""] = readdirSync(backups);
    const backup = join(backups, time, "well-known", kept.split("/").at(-1) ?? "", "a/SKILL.md");
    expect(readFileSync(backup, "utf8")).toContain("Mine.");
  });

  it("is not replaced by one from elsewhere, nor is anything that nobody installed [R-SOURCE-10]", async () => {
    const { site, kept, json } = await setUp({
      ...version("Root."),
      ...listed({ a: { "SKILL.md": skillText("a", "Deep.") } }, `/deep${AGENT}`),
    });
    mkdirSync(join(kept, "a"), { recursive: true });
    writeFileSync(join(kept, "a/notes.md"), "mine");
    expect(await json("install", site.url)).toMatchObject({ error: { code: "TARGET_CONFLICT" }, exit_code: 3 });
    expect(readdirSync(kept)).toEqual(["a"]);
    rmSync(join(kept, "a"), { recursive: true });
    await json("install", site.url);
    const other = await json("install", `${site.url}/deep`);
    expect(other).toMatchObject({ error: { code: "TARGET_CONFLICT" } });
    expect(other.error.message).toContain(`came from ${site.url}`);
  });

  it("is as it was when the install fails [R-SOURCE-07] [R-SOURCE-10]", async () => {
    const { site, sandbox, kept, json, installed } = await setUp(version("First."));
    await json("install", site.url);
    const before = readFileSync(join(kept, "a.source.json"), "utf8");
    publish(site, "Second.");
    mkdirSync(join(sandbox.home, ".cursor/skills/a"), { recursive: true });
    writeFileSync(join(sandbox.home, ".cursor/skills/a/mine.txt"), "mine");
    expect(await json("install", site.url, "--target", "custom:~/.cursor/skills")).toMatchObject({ exit_code: 3 });
    expect(installed("a/SKILL.md")).toContain("First.");
    expect(readFileSync(join(kept, "a.source.json"), "utf8")).toBe(before);
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
  });

  it("does not go where a link leads out of the manifest's directory [R-SOURCE-10]", async () => {
    const { site, sandbox, json } = await setUp(version("First."));
    const outside = join(sandbox.root, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(sandbox.project, "well-known"));
    expect(await json("install", site.url, "--project", "--target", "claude-code")).toMatchObject({
      error: { code: "TARGET_PATH_INVALID" },
    });
    expect([readdirSync(outside), existsSync(sandbox.manifestPath)]).toEqual([[], false]);
  });
});

describe("a hostile site", () => {
  const bad = tarball([{ path: "SKILL.md", content: skillText("a") }]);
  const withEntry = (...more: Packed[]) => tarball([{ path: "SKILL.md", content: skillText("a") }, ...more]);

  it.each<[string, string, Record<string, Page>]>([
    ["a wrong digest", "INTEGRITY_MISMATCH", artifact("a", "a.tgz", bad, { digest: sha256("other") })],
    ["a SKILL.md with a wrong digest", "INTEGRITY_MISMATCH", artifact("a", "a.md", "x", { digest: sha256("y") })],
    ["a path out", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "../../x", content: "x" }))],
    ["an absolute path", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "/tmp/x", content: "x" }))],
    ["a hook", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: ".git/hooks/x", content: "x" }))],
    [
      "a link out",
      "SKILL_UNSAFE",
      artifact("a", "a.tgz", withEntry({ path: "l", type: "SymbolicLink", linkpath: "../../../x" })),
    ],
    [
      "a file behind a link",
      "SKILL_UNSAFE",
      artifact(
        "a",
        "a.tgz",
        withEntry({ path: "l", type: "SymbolicLink", linkpath: "SKILL.md" }, { path: "l/x", content: "x" }),
      ),
    ],
    ["a hard link", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "h", type: "Link", linkpath: "/etc/x" }))],
    ["a pipe", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "p", type: "FIFO" }))],
    ["one path twice", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "SKILL.md", content: "x" }))],
    ["names that collide", "SKILL_UNSAFE", artifact("a", "a.tgz", withEntry({ path: "skill.md", content: "x" }))],
    ["no SKILL.md", "SKILL_UNSAFE", artifact("a", "a.tgz", tarball([{ path: "x/SKILL.md", content: "x" }]))],
    ["a bomb", "SKILL_UNSAFE", artifact("a", "a.tgz", gzipSync(Buffer.alloc(100 * 1024 * 1024)))],
    ["a bomb in a bomb", "SKILL_UNSAFE", artifact("a", "a.tgz", gzipSync(gzipSync(Buffer.alloc(1024 * 1024))))],
    ["half an archive", "SKILL_UNSAFE", artifact("a", "a.tgz", bad.subarray(0, bad.length / 2))],
    ["an archive that is none", "SKILL_UNSAFE", artifact("a", "a.tgz", Buffer.from("<html>"))],
    ["a huge file", "SKILL_UNSAFE", artifact("a", "a.md", Buffer.alloc(9 * 1024 * 1024))],
    ["an address elsewhere", "SITE_INVALID", artifact("a", "a.md", "x", { url: "http://127.0.0.2:1/x" })],
    ["an address of this machine", "SITE_INVALID", artifact("a", "a.md", "x", { url: "https://127.0.0.1:1/x" })],
    ["a name of this machine", "SITE_INVALID", artifact("a", "a.md", "x", { url: "https://localhost:1/x" })],
    ["an address that is a file", "SITE_INVALID", artifact("a", "a.md", "x", { url: "file:///etc/passwd" })],
    ["a password", "SITE_INVALID", artifact("a", "a.md", "x", { url: "https://a:b@example.com/x" })],
    ["a file that is lacking", "FETCH_NOT_FOUND", artifact("a", "a.md", "x", { url: "gone.md" })],
    [
      "an unknown schema",
      "SITE_INVALID",
      { [`${AGENT}/index.json`]: JSON.stringify({ $schema: "https://x/9.9/schema.json", skills: [] }) },
    ],
    ["an index without end", "FETCH_NOT_FOUND", { [`${AGENT}/index.json`]: Buffer.alloc(1024 * 1024 + 1, 32) }],
    ["deep nesting", "FETCH_NOT_FOUND", { [`${AGENT}/index.json`]: "[".repeat(500_000) }],
  ])("with %s changes nothing: %s [R-SOURCE-11]", async (_, code, pages) => {
    const { site, json, left } = await setUp(pages);
    const report = await json("install", site.url, "--retries", "0");
    expect(report, JSON.stringify(report)).toMatchObject({ error: { code }, exit_code: 1 });
    expect(left()).toEqual(NOTHING);
  });

  it("has single skills left out, never all of them for one [R-SOURCE-11]", async () => {
    const files = ["SKILL.md"];
    const description = "x";
    const skills = [
      { name: "good", description, files },
      { name: "../up", description, files },
      { name: "__proto__", description, files },
      { name: "a", description, files: ["SKILL.md", "../../x"] },
      { name: "b", description, files: ["SKILL.md", "/etc/passwd"] },
      { name: "c", description, files: ["skill.md"] },
      { name: "d", description, files: "SKILL.md" },
      { name: "e", description: " ", files },
      { name: "f", description, files: ["SKILL.md", 1] },
      { name: "twice", description, files },
      { name: "twice", description, files: ["SKILL.md", "x"] },
      null,
      "constructor",
      { name: "constructor", description, files },
    ];
    const { site, json } = await setUp({ [`${AGENT}/index.json`]: JSON.stringify({ skills, __proto__: 1 }) });
    const listing = await json("install", site.url, "--list");
    expect(listing.skills.map(({ name }: { name: string }) => name)).toEqual(["good", "constructor"]);
    expect(listing.skipped.map(({ path }: { path: string }) => path)).toEqual([
      ..."../up __proto__ a b c d e f twice twice".split(" "),
      "entry 12",
      "entry 13",
    ]);
  });

  it("is followed on its own host, three times, and to nowhere else [R-SOURCE-11]", async () => {
    const other = await serve(listed({ evil: { "SKILL.md": skillText("evil") } }));
    const to = (location: string): Page => ({ status: 302, headers: { Location: location } });
    const { site, json, left } = await setUp({
      ...listed({ a: { "SKILL.md": skillText("a") } }, "/moved"),
      [`${AGENT}/index.json`]: to(`${other.url}${AGENT}/index.json`),
    });
    expect(await json("install", site.url)).toMatchObject({ error: { code: "FETCH_NOT_FOUND" } });
    expect([other.asked, left()]).toEqual([[], NOTHING]);
    site.pages.set(`${AGENT}/index.json`, to("/4"));
    for (const step of [4, 3, 2, 1]) site.pages.set(`/${step}`, to(step === 1 ? "/moved/index.json" : `/${step - 1}`));
    expect((await json("install", site.url)).error.message).toContain("redirects more than 3 times");
    site.pages.set(`${AGENT}/index.json`, to("/2"));
    expect(await json("install", site.url)).toMatchObject({ installed: ["a"] });
  });

  it("that fails in the second skill leaves nothing of the first [R-SOURCE-07]", async () => {
    const pages = listed({ a: { "SKILL.md": skillText("a") }, b: { "SKILL.md": skillText("b"), "x.md": "x" } });
    const { site, json, left } = await setUp({ ...pages, [`${AGENT}/b/x.md`]: { status: 404 } });
    expect(await json("install", site.url, "--all")).toMatchObject({ error: { code: "FETCH_NOT_FOUND" } });
    expect(left()).toEqual(NOTHING);
  });

  it("may say a name but not the place: a file never lies outside of its directory [R-SOURCE-11]", async () => {
    const { site, kept, json } = await setUp(listed({ a: { "SKILL.md": skillText("a"), "b/c.md": "c" } }));
    await json("install", site.url);
    expect(readdirSync(dirname(kept))).toHaveLength(1);
    expect(readdirSync(join(kept, "a"))).toEqual(["SKILL.md", "b"]);
  });
});
