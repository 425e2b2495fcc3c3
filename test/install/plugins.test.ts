import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Files } from "../helpers/fast-import.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { CERTIFICATE } from "../helpers/http-remote.js";
import { skillText } from "../helpers/manifest-of.js";
import { packageWith, publish } from "../helpers/npm-registry.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { startSite, type SiteServer } from "../helpers/site.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox(afterAll);

/** The files of the four vendors. */
const FILES = {
  "Claude Code": ".claude-plugin/marketplace.json",
  Codex: ".agents/plugins/marketplace.json",
  Cursor: ".cursor-plugin/marketplace.json",
  "GitHub Copilot": ".github/plugin/marketplace.json",
};

let machine: Sandbox;
let url: string;
let npm: SiteServer;
const repositories: Record<string, Repository> = {};

const skillsIn = (...directories: string[]): Files =>
  Object.fromEntries(directories.map((path) => [`${path}/SKILL.md`, skillText(path.split("/").at(-1) ?? "")]));

async function serve(name: string, files: Files): Promise<Repository> {
  const repository = await createRepository(join(machine.root, `served/${name}.git`), { files });
  repositories[name] = repository;
  return repository;
}

const marketplace = async (name: string, file: string, plugins: object[], files: Files = {}) =>
  await serve(name, { [file]: JSON.stringify({ name, owner: { name: "Acme" }, plugins }), ...files });

const json = async (...args: string[]) => (await machine.run([...args, "--json"])).json();
const sources = async () =>
  Object.fromEntries(
    (await json("list")).skills.map(({ id, source }: { id: string; source: object }) => [id, source]),
  ) as Record<string, object>;

beforeAll(async () => {
  machine = use.sandbox();
  mkdirSync(join(machine.home, ".claude"));
  ({ url } = await use.remote(machine, { tls: true }));
  const mirror = `[url "${url}/"]\n\tinsteadOf = https://github.com/\n`;
  writeFileSync(join(machine.home, ".gitconfig"), `[http]\n\tsslCAInfo = ${CERTIFICATE}\n${mirror}`);
  npm = await startSite();
  writeFileSync(join(machine.home, ".npmrc"), `registry=${npm.url}\n`);
  publish(npm, "@acme/tool", {
    "1.0.0": packageWith("@acme/tool", "1.0.0", ["packed"]),
    "2.0.0": packageWith("@acme/tool", "2.0.0", ["packed"]),
  });
  const far = await serve("acme/far", skillsIn("skills/far", "plugins/sub/skills/deep"));
  await far.tag("v1");
  await far.commit({ files: { "skills/far/SKILL.md": skillText("far", "After v1.") } });
});
afterAll(async () => await npm.close());
afterEach(() => rmSync(join(machine.home, ".eden-skills/skills.toml"), { force: true }));

describe("a plugin of a marketplace", () => {
  it.each(Object.entries(FILES))(
    "of %s is installed by its name, pinned and updated [R-SOURCE-28]",
    async (vendor, file) => {
      const name = vendor.toLowerCase().replace(" ", "-");
      const source = vendor === "Codex" ? { source: "local", path: "./plugins/own" } : "./plugins/own";
      const plugins = [
        { name: "own", source },
        { name: "other", source: "./plugins/other" },
      ];
      const files = skillsIn("plugins/own/skills/a", "plugins/own/skills/b", "plugins/other/skills/c");
      const repository = await marketplace(name, file, plugins, files);
      const typed = `own@${url}/${name}.git`;
      expect((await json("install", typed, "--list")).skills).toMatchObject([{ name: "a" }, { name: "b" }]);
      expect(await json("install", typed)).toMatchObject({ exit_code: 0, installed: ["a", "b"], skipped: [] });
      const repo = `${url}/${name}.git`;
      expect(await sources()).toEqual({
        a: { repo, ref: null, subpath: "plugins/own/skills/a" },
        b: { repo, ref: null, subpath: "plugins/own/skills/b" },
      });
      await repository.commit({ files: { "plugins/own/skills/a/SKILL.md": skillText("a", "Newer.") } });
      expect((await json("outdated")).skills).toMatchObject([{ status: "outdated" }, { status: "current" }]);
      expect(await json("update")).toMatchObject({ exit_code: 0 });
      expect(readFileSync(join(machine.home, ".claude/skills/a/SKILL.md"), "utf8")).toContain("Newer.");
      expect((await machine.run(["apply", "--frozen", "--offline"])).code).toBe(0);
      await json("remove", "a", "b");
    },
  );

  const github = (more: object = {}) => ({ source: "github", repo: "acme/far", ...more });
  it.each([
    ["of GitHub", github(), { repo: "https://github.com/acme/far.git", ref: null, subpath: "skills/far" }, "far"],
    ["at a tag", github({ ref: "v1" }), { ref: "v1", subpath: "skills/far" }, "far"],
    ["with a directory", github({ path: "plugins/sub" }), { subpath: "plugins/sub/skills/deep" }, "deep"],
    ["by its address", { source: "url", url: "URL/acme/far.git" }, { repo: "URL/acme/far.git" }, "far"],
    ["in a directory of a repository", subdir("URL/acme/far.git"), { subpath: "plugins/sub/skills/deep" }, "deep"],
    ["in a directory on GitHub", subdir("acme/far"), { subpath: "plugins/sub/skills/deep" }, "deep"],
    [
      "from npm",
      { source: "npm", package: "@acme/tool", version: "^1" },
      { repo: "npm:@acme/tool", ref: "^1" },
      "packed",
    ],
    ["from npm as it is", { source: "npm", package: "@acme/tool" }, { ref: "^2.0.0" }, "packed"],
  ])("elsewhere, %s, is an ordinary source [R-SOURCE-28]", async (name, source, wanted, id) => {
    const own = (value: object) => JSON.parse(JSON.stringify(value).replaceAll("URL", url)) as object;
    const market = name.replaceAll(" ", "-");
    await marketplace(market, FILES["Claude Code"], [{ name: "it", source: own(source) }]);
    expect(await json("install", `it@${url}/${market}.git`, "--skill", id)).toMatchObject({
      exit_code: 0,
      installed: [id],
    });
    expect((await sources())[id]).toMatchObject(own(wanted));
    const lock = readFileSync(join(machine.home, ".eden-skills/skills.lock"), "utf8");
    expect(lock).toMatch(/integrity = "sha256-/u);
    expect(lock).not.toContain(market);
    await json("remove", id);
  });

  it("is pinned to the commit of the marketplace, and moves with a new install [R-SOURCE-28]", async () => {
    const far = repositories["acme/far"] as Repository;
    const [old, now] = [await far.revParse("v1"), await far.revParse("main")];
    const entry = (sha: string) => [
      { name: "far", source: { source: "url", url: `${url}/acme/far.git`, ref: "main", sha } },
    ];
    const market = await marketplace("pinned", FILES["Claude Code"], entry(old));
    const typed = `far@${url}/pinned.git`;
    expect(await json("install", typed, "--skill", "far")).toMatchObject({ exit_code: 0 });
    expect((await sources())["far"]).toMatchObject({ ref: old });
    await market.commit({
      files: { [FILES["Claude Code"]]: JSON.stringify({ name: "pinned", plugins: entry(now) }) },
    });
    expect((await json("update")).skills).toMatchObject([{ status: "unchanged" }]);
    expect(await json("install", typed, "--skill", "far")).toMatchObject({ exit_code: 0 });
    expect(readFileSync(join(machine.home, ".claude/skills/far/SKILL.md"), "utf8")).toContain("After v1.");
    await json("remove", "far");
  });

  it("has the skills that the marketplace lists for it, and no other [R-SOURCE-28]", async () => {
    const plugins = [
      { name: "documents", source: "./", strict: false, skills: ["./skills/a", "./skills/b/SKILL.md"] },
      { name: "examples", source: "./", strict: false, skills: ["./skills/c"] },
    ];
    const all = skillsIn("skills/a", "skills/b", "skills/c", "skills/d");
    const market = await marketplace("listed", FILES["Claude Code"], plugins, all);
    const typed = `documents@${url}/listed.git`;
    expect(await json("install", typed)).toMatchObject({ exit_code: 0, installed: ["a", "b"] });
    await market.commit({ files: skillsIn("skills/e") });
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(Object.keys(await sources())).toEqual(["a", "b"]);
    await json("remove", "a", "b");
    // From a directory on this machine, too.
    mkdirSync(join(machine.project, "market/.claude-plugin"), { recursive: true });
    writeFileSync(join(machine.project, "market", FILES["Claude Code"]), JSON.stringify({ plugins }));
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(join(machine.project, "market", path, ".."), { recursive: true });
      writeFileSync(join(machine.project, "market", path), text as string);
    }
    expect(await json("install", "examples@./market")).toMatchObject({ exit_code: 0, installed: ["c"] });
    await marketplace("twin", FILES.Cursor, [{ name: "c", source: "./c" }], skillsIn("c/skills/c"));
    expect((await json("install", `c@${url}/twin.git`)).error).toMatchObject({
      code: "DUPLICATE_SKILL_ID",
      hint: expect.stringContaining("--id"),
    });
    expect(await json("install", `c@${url}/twin.git`, "--id", "c2")).toMatchObject({ installed: ["c2"] });
    await json("remove", "c", "c2");
  });

  it("that is not there, or has no usable source, is an error with what there is [R-SOURCE-28]", async () => {
    const hostile = [
      { name: "file", source: { source: "url", url: "/etc" } },
      { name: "option", source: { source: "github", repo: "--upload-pack=x" } },
      { name: "plain", source: { source: "url", url: "http://example.com/x.git" } },
      { name: "helper", source: { source: "url", url: "ext::sh -c x" } },
      { name: "moon", source: { source: "moon", at: "x" } },
      { name: "out", source: "../../etc" },
      { name: "foreign", source: { source: "npm", package: "x", registry: "https://npm.example.com" } },
    ];
    await marketplace(
      "hostile",
      FILES["Claude Code"],
      [{ name: "review", source: "./r" }, ...hostile],
      skillsIn("r/x"),
    );
    const codeOf = async (typed: string) => (await json("install", typed)).error;
    const at = `${url}/hostile.git`;
    expect(await codeOf(`reviews@${at}`)).toMatchObject({ code: "PLUGIN_NOT_FOUND", hint: "Did you mean review?" });
    expect(await codeOf(`x@${url}/acme/far.git`)).toMatchObject({ code: "PLUGIN_NOT_FOUND" });
    for (const name of ["file", "option", "plain", "helper"])
      expect(await codeOf(`${name}@${at}`), name).toMatchObject({ code: "INVALID_REPO_URL" });
    for (const name of ["moon", "out", "foreign"])
      expect(await codeOf(`${name}@${at}`), name).toMatchObject({ code: "PLUGIN_NOT_FOUND" });
    expect(await codeOf("review@some-marketplace")).toMatchObject({ hint: expect.stringContaining("@OWNER/REPO") });
  });
});

function subdir(address: string): object {
  return { source: "git-subdir", url: address, path: "plugins/sub" };
}
