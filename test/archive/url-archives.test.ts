import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { tarball, zipFile, type Packed } from "../helpers/packed.js";
import type { Page } from "../helpers/site.js";
import { sha256 } from "../helpers/site-index.js";
import { useSite } from "../helpers/site-world.js";

const { serve, setUp } = useSite();

/** An archive as forges make them: everything is below one directory. */
const archiveOf = (body: string, ...more: Packed[]) =>
  tarball([
    { path: "skills-1.0/README.md", content: "Skills." },
    { path: "skills-1.0/skills/a/SKILL.md", content: skillText("a", body) },
    { path: "skills-1.0/skills/a/run.sh", content: "echo a", mode: 0o755 },
    { path: "skills-1.0/skills/b/SKILL.md", content: skillText("b", body) },
    ...more,
  ]);

const ONE = archiveOf("One.");
const TWO = archiveOf("Two.");

const tableOf = (url: string, archive: Buffer, extra = "") =>
  `version = 1\nscope = "project"\n\n[[skills]]\nid = "a"\ntargets = ["claude-code"]\n` +
  `source = { url = "${url}", sha256 = "${sha256(archive).slice("sha256:".length)}", subpath = "skills/a"${extra} }\n`;

describe("an archive at an address", () => {
  it("is installed, pinned, and then read without network [R-ARCHIVE-01] [R-ARCHIVE-02] [R-ARCHIVE-04]", async () => {
    const { sandbox, site, json, installed, manifest } = await setUp({ "/x.tar.gz": ONE });
    const url = `${site.url}/x.tar.gz`;
    expect((await json("install", url, "--list")).skills).toMatchObject([{ path: "skills/a" }, { path: "skills/b" }]);
    expect(await json("install", url, "--skill", "a")).toMatchObject({ exit_code: 0, installed: ["a"] });
    expect(readFileSync(manifest, "utf8")).toContain(`source = "${url}//skills/a#${sha256(ONE)}"`);
    expect(installed("a/SKILL.md")).toContain("One.");
    const lock = readFileSync(manifest.replace(".toml", ".lock"), "utf8");
    expect(lock).toContain(`source_ref = "${sha256(ONE)}"`);
    expect(lock).toContain(`archive_digest = "${sha256(ONE)}"`);
    const asked = site.asked.length;
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
    expect((await json("list")).skills[0].source).toEqual({ repo: url, ref: sha256(ONE), subpath: "skills/a" });
    expect((await json("outdated")).skills).toMatchObject([{ id: "a", status: "pinned" }]);
    expect(await json("update")).toMatchObject({ exit_code: 0, skills: [{ id: "a", status: "unchanged" }] });
    expect((await json("plan"))[0]).toMatchObject({ action: "noop" });
    expect((await json("audit")).exit_code ?? 0).toBe(0);
    expect((await sandbox.run(["show", "a"])).stdout).toContain(url);
    expect((await sandbox.run(["why", "a"])).stdout).toContain(url);
    expect(site.asked.length).toBe(asked);
  });

  it("moves with the digest of the manifest, which diff shows [R-ARCHIVE-02] [R-ARCHIVE-05]", async () => {
    const { sandbox, site } = await setUp({ "/x.tar.gz": ONE });
    const url = `${site.url}/x.tar.gz`;
    sandbox.writeManifest(tableOf(url, ONE));
    expect((await sandbox.run(["apply"])).code).toBe(0);
    site.pages.set("/x.tar.gz", TWO);
    sandbox.writeManifest(tableOf(url, TWO));
    expect((await sandbox.run(["apply", "--frozen"])).stderr).toContain("LOCK_OUT_OF_DATE");
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readFileSync(join(sandbox.project, ".claude/skills/a/SKILL.md"), "utf8")).toContain("Two.");
  });

  it("is refused when it was replaced, or when it is no longer there [R-ARCHIVE-03] [R-ARCHIVE-06]", async () => {
    const { sandbox, site } = await setUp({ "/x.tar.gz": TWO });
    const url = `${site.url}/x.tar.gz`;
    sandbox.writeManifest(tableOf(url, ONE));
    const codes = async (...args: string[]) => {
      const { skills } = (await sandbox.run(["apply", "--json", ...args])).json();
      return skills[0].diagnostics.map(({ code }: { code: string }) => code);
    };
    expect(await codes()).toEqual(["INTEGRITY_MISMATCH"]);
    site.pages.set("/x.tar.gz", ONE);
    expect(await codes()).toEqual([]);
    rmSync(join(sandbox.home, ".eden-skills"), { recursive: true });
    site.pages.set("/x.tar.gz", TWO);
    expect(await codes("--frozen")).toEqual(["INTEGRITY_MISMATCH"]);
    site.pages.delete("/x.tar.gz");
    expect(await codes("--frozen")).toEqual(["ARCHIVE_GONE"]);
    expect(await codes("--frozen", "--offline")).toEqual(["OFFLINE_MISS"]);
    // A lockfile that names another archive with its right digest is refused, too.
    site.pages.set("/x.tar.gz", TWO);
    const lock = readFileSync(sandbox.lockfilePath, "utf8");
    writeFileSync(sandbox.lockfilePath, lock.replace(/archive_digest = .*/u, `archive_digest = "${sha256(TWO)}"`));
    expect(await codes()).toEqual(["INTEGRITY_MISMATCH"]);
  });

  it("comes from a bundle where there is no network, and as a collection [R-ARCHIVE-04]", async () => {
    const { sandbox, site } = await setUp({ "/x.zip": zipOf("Zip.") });
    const url = `${site.url}/x.zip`;
    sandbox.writeManifest(
      `version = 1\nscope = "project"\n\n[[collections]]\nrepo = "${url}"\nref = "${sha256(zipOf("Zip."))}"\ntargets = ["claude-code"]\n`,
    );
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(readFileSync(sandbox.lockfilePath, "utf8").match(/archive_digest/gu)).toHaveLength(2);
    expect((await sandbox.run(["warm", "--bundle", "b.tgz"])).code).toBe(0);
    for (const place of [join(sandbox.home, ".eden-skills"), join(sandbox.project, ".claude")])
      rmSync(place, { recursive: true });
    expect((await sandbox.run(["apply", "--frozen", "--offline", "--from-bundle", "b.tgz"])).code).toBe(0);
    expect(readFileSync(join(sandbox.project, ".claude/skills/b/SKILL.md"), "utf8")).toContain("Zip.");
  });
});

const zipOf = (body: string) =>
  zipFile(["a", "b"].map((id) => ({ path: `skills/${id}/SKILL.md`, content: skillText(id, body) })));

describe("credentials for an archive", () => {
  const guarded = (wanted: string, then: Page): Page => {
    return (request, response) => {
      if (request.headers.authorization !== wanted) response.writeHead(401).end();
      else if (typeof then === "function") then(request, response);
      else response.end(then);
    };
  };

  it("come from the variable that is named after the host, or from netrc [R-ARCHIVE-07]", async () => {
    const { sandbox, site } = await setUp({});
    const variable = `EDEN_SKILLS_AUTH_${new URL(site.url).host.replaceAll(/[.:]/gu, "_")}`;
    site.pages.set("/t.tgz", guarded("Bearer s3cret", ONE));
    site.pages.set("/b.tgz", guarded(`Basic ${Buffer.from("me:pass").toString("base64")}`, ONE));
    sandbox.writeManifest(tableOf(`${site.url}/t.tgz`, ONE));
    const refused = (await sandbox.run(["apply", "--json"])).json();
    expect(refused.skills[0].diagnostics[0]).toMatchObject({ code: "FETCH_AUTH" });
    expect((await sandbox.run(["apply"], { env: { [variable]: "s3cret" } })).code).toBe(0);
    sandbox.writeManifest(tableOf(`${site.url}/b.tgz`, ONE));
    writeFileSync(
      join(sandbox.home, ".netrc"),
      "machine 127.0.0.2 login x password y\nmachine 127.0.0.1\n  login me\n  password pass\n",
    );
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });

  it("are sent to no other host, and no redirect leads into a private network [R-ARCHIVE-07] [R-ARCHIVE-08]", async () => {
    const { sandbox, site } = await setUp({});
    const seen: (string | undefined)[] = [];
    const other = await serve({
      "/x.tgz": (request, response) => {
        seen.push(request.headers.authorization);
        response.end(ONE);
      },
    });
    const redirect: Page = { status: 302, headers: { location: `${other.url}/x.tgz` } };
    site.pages.set("/x.tgz", redirect);
    const variable = `EDEN_SKILLS_AUTH_${new URL(site.url).host.replaceAll(/[.:]/gu, "_")}`;
    sandbox.writeManifest(tableOf(`${site.url}/x.tgz`, ONE));
    const report = (await sandbox.run(["apply", "--json"], { env: { [variable]: "s3cret" } })).json();
    expect(report.skills[0].diagnostics[0]).toMatchObject({ code: "ARCHIVE_INVALID" });
    expect(seen).toEqual([]);
  });
});

describe("a hostile archive", () => {
  it.each<[string, string, Buffer]>([
    ["a path out", "SKILL_UNSAFE", archiveOf("x", { path: "../../x", content: "x" })],
    ["an absolute path", "SKILL_UNSAFE", archiveOf("x", { path: "/tmp/x", content: "x" })],
    ["a hook", "SKILL_UNSAFE", archiveOf("x", { path: "skills-1.0/.git/hooks/x", content: "x" })],
    [
      "a link out",
      "SKILL_UNSAFE",
      archiveOf("x", { path: "skills-1.0/skills/a/l", type: "SymbolicLink", linkpath: "../../../x" }),
    ],
    ["a hard link", "SKILL_UNSAFE", archiveOf("x", { path: "h", type: "Link", linkpath: "/etc/x" })],
    ["one path twice", "SKILL_UNSAFE", archiveOf("x", { path: "skills-1.0/README.md", content: "x" })],
    ["a file below a file", "SKILL_UNSAFE", archiveOf("x", { path: "skills-1.0/README.md/x", content: "x" })],
    ["half an archive", "ARCHIVE_INVALID", ONE.subarray(0, ONE.length / 2)],
    ["no archive", "ARCHIVE_INVALID", Buffer.from("<html>")],
  ])("with %s is refused as a whole [R-ARCHIVE-08]", async (_, code, archive) => {
    const { sandbox, site } = await setUp({ "/x.tgz": archive });
    sandbox.writeManifest(tableOf(`${site.url}/x.tgz`, archive));
    const report = (await sandbox.run(["apply", "--json"])).json();
    expect(report.skills[0].diagnostics[0]).toMatchObject({ code });
    expect(report.exit_code).toBe(1);
  });

  it("of a manifest without its digest, or by http, is a problem of the manifest [R-ARCHIVE-02] [R-ARCHIVE-09]", async () => {
    const { sandbox } = await setUp({});
    const codesOf = async (source: string) => {
      sandbox.writeManifest(`version = 1\n\n[[skills]]\nid = "a"\ntargets = ["claude-code"]\nsource = ${source}\n`);
      const { error } = (await sandbox.run(["apply", "--json"])).json();
      return error.problems.map(({ code, path }: { code: string; path: string }) => [code, path]);
    };
    const digest = "0".repeat(64);
    expect(await codesOf('{ url = "https://host/x.tgz" }')).toEqual([["MISSING_FIELD", "skills[0].source.sha256"]]);
    expect(await codesOf('"https://host/x.tgz"')).toEqual([["MISSING_FIELD", "skills[0].source"]]);
    expect(await codesOf(`{ sha256 = "${digest}" }`)).toEqual([
      ["MISSING_FIELD", "skills[0].source.repo"],
      ["MISSING_FIELD", "skills[0].source.url"],
    ]);
    expect(await codesOf(`{ url = "http://host/x.tgz", sha256 = "${digest}" }`)).toEqual([
      ["INVALID_REPO_URL", "skills[0].source.repo"],
    ]);
    expect(await codesOf(`{ repo = "npm:Not A Name" }`)).toEqual([["INVALID_REPO_URL", "skills[0].source.repo"]]);
    expect(await codesOf(`{ repo = "oci://host/repo", ref = "^1" }`)).toEqual([
      ["INVALID_REF", "skills[0].source.ref"],
    ]);
    expect(await codesOf(`{ repo = "acme/skills", ref = "^1" }`)).toEqual([["INVALID_REF", "skills[0].source.ref"]]);
  });
});
