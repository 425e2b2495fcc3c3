import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processToken } from "../../src/system/identity.js";
import { skillText } from "../helpers/manifest-of.js";
import { tarball, zipFile } from "../helpers/packed.js";
import type { SiteServer } from "../helpers/site.js";
import { AGENT, artifact, listed, sha256 } from "../helpers/site-index.js";
import { NOTHING, useSite } from "../helpers/site-world.js";

const { setUp } = useSite();

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
    expect(readFileSync(manifest, "utf8")).toContain(`source = "./well-known/${host}/pdf"`);
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

  it("takes a zip archive, too [R-SOURCE-09]", async () => {
    const long = "0123456789".repeat(10_000);
    const zip = zipFile([
      { path: "docs/", mode: 0o040755 },
      { path: "SKILL.md", content: skillText("zipped") },
      { path: "docs/ä.md", content: long, deflate: true, mode: 0o100644 },
      { path: "run.sh", content: "#!/bin/sh\n", mode: 0o100755 },
      { path: "empty", deflate: true },
      { path: "latest", content: "docs/ä.md", mode: 0o120777 },
    ]);
    const { site, json, installed, kept } = await setUp(artifact("zipped", "a.zip", zip));
    expect(await json("install", site.url, "--copy")).toMatchObject({ installed: ["zipped"] });
    expect([installed("zipped/SKILL.md"), installed("zipped/latest"), installed("zipped/empty")]).toEqual([
      skillText("zipped"),
      long,
      "",
    ]);
    expect([statSync(join(kept, "zipped/run.sh")).mode & 0o100, readlinkSync(join(kept, "zipped/latest"))]).toEqual([
      0o100,
      "docs/ä.md",
    ]);
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

  it("is replaced in copies, too, and by nothing when it is the same [R-SOURCE-10]", async () => {
    const { site, sandbox, kept, json, installed } = await setUp(version("First."));
    await json("install", site.url, "--copy");
    const before = statSync(join(kept, "a")).ino;
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0, summary: { install: { noop: 1 } } });
    expect(statSync(join(kept, "a")).ino).toBe(before);
    publish(site, "Second.");
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0, summary: { install: { update: 1 } } });
    expect(installed("a/SKILL.md")).toContain("Second.");
    expect((await sandbox.run(["apply", "--frozen"])).code).toBe(0);
    expect(await json("remove", "a")).toMatchObject({ removed: ["a"] });
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
    expect(await json("install", site.url)).toMatchObject({ installed: ["a"] });
  });

  it("is prepared anew beside what a run left that was killed [R-SOURCE-10]", async () => {
    const { site, kept, json } = await setUp(version("First."));
    await json("install", site.url);
    const [pid, machine] = [2_000_000_000, processToken().split("-").at(-1)];
    mkdirSync(join(kept, `.eden-tmp-${pid}-1-${machine}-aaaaaaaaaaaa`));
    publish(site, "Second.");
    rmSync(join(kept, "a"), { recursive: true });
    expect(await json("install", site.url)).toMatchObject({ installed: ["a"] });
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
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
    const failed = await json("install", site.url, "--target", "custom:~/.cursor/skills");
    expect(failed).toMatchObject({ installed: [], summary: { install: { conflict: 1 } } });
    expect(installed("a/SKILL.md")).toContain("First.");
    expect(readFileSync(join(kept, "a.source.json"), "utf8")).toBe(before);
    expect(readdirSync(kept)).toEqual(["a", "a.source.json"]);
  });

  it.runIf(process.platform === "linux")(
    "writes nothing through a link that takes the place of its directory during the run [R-SOURCE-10] [R-INSTALL-04]",
    async () => {
      const { site, kept, sandbox } = await setUp(listed({ pdf: { "SKILL.md": skillText("pdf") } }));
      const outside = join(sandbox.root, "outside");
      mkdirSync(outside);
      const exchange = join(sandbox.root, "exchange.cjs");
      writeFileSync(
        exchange,
        `const fs = require("node:fs"), path = require("node:path");
        const { mkdirSync } = fs, kept = ${JSON.stringify(kept)};
        fs.mkdirSync = (made, ...rest) => {
          if (path.basename(made).startsWith(".eden-tmp-") && fs.realpathSync(path.dirname(made)) === kept) {
            fs.renameSync(kept, kept + "-moved");
            fs.symlinkSync(${JSON.stringify(outside)}, kept);
          }
          return mkdirSync(made, ...rest);
        };
        require("node:module").syncBuiltinESMExports();`,
      );
      const env = { NODE_OPTIONS: `--require ${exchange}` };
      const result = await sandbox.run(["install", site.url, "--skill", "pdf", "--json"], { env });
      expect(readdirSync(outside)).toEqual([]);
      expect(readlinkSync(kept)).toBe(outside);
      expect(result.json()).toMatchObject({ error: { code: "TARGET_PATH_INVALID" }, exit_code: 2 });
    },
  );

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
