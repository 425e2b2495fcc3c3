import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { tarball, zipFile, type Packed, type Zipped } from "../helpers/packed.js";
import type { Page } from "../helpers/site.js";
import { AGENT, artifact, listed, sha256 } from "../helpers/site-index.js";
import { NOTHING, useSite } from "../helpers/site-world.js";

const { serve, setUp } = useSite();

describe("a hostile site", () => {
  const bad = tarball([{ path: "SKILL.md", content: skillText("a") }]);
  const zipWith = (...more: Zipped[]) => zipFile([{ path: "SKILL.md", content: skillText("a") }, ...more]);
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
    ["a bomb in a bomb", "SKILL_UNSAFE", artifact("a", "a.tgz", gzipSync(bad))],
    ["half an archive", "SKILL_UNSAFE", artifact("a", "a.tgz", bad.subarray(0, bad.length / 2))],
    ["a zip with a path out", "SKILL_UNSAFE", artifact("a", "a.zip", zipWith({ path: "../x", content: "x" }))],
    [
      "a zip with a link out",
      "SKILL_UNSAFE",
      artifact("a", "a.zip", zipWith({ path: "l", content: "../../x", mode: 0o120777 })),
    ],
    ["a zip with a device", "SKILL_UNSAFE", artifact("a", "a.zip", zipWith({ path: "d", mode: 0o020666 }))],
    ["an encrypted zip", "SKILL_UNSAFE", artifact("a", "a.zip", zipWith({ path: "x", flags: 1 }))],
    [
      "a zip that lies about a size",
      "SKILL_UNSAFE",
      artifact("a", "a.zip", zipWith({ path: "x", content: Buffer.alloc(10_000_000), deflate: true, size: 10 })),
    ],
    [
      "a bomb in a zip",
      "SKILL_UNSAFE",
      artifact("a", "a.zip", zipWith({ path: "x", content: Buffer.alloc(100 * 1024 * 1024), deflate: true })),
    ],
    ["half a zip", "SKILL_UNSAFE", artifact("a", "a.zip", zipWith().subarray(0, 60))],
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

  it("that never ends its answer is given up: by the user, or after a while [R-SOURCE-07] [R-SOURCE-11]", async () => {
    const { site, sandbox, json, left } = await setUp(listed({ a: { "SKILL.md": skillText("a"), "x.md": "x" } }));
    site.pages.set(`${AGENT}/a/x.md`, (_, response) => void response.writeHead(200).write("x"));
    const running = sandbox.spawn(["install", site.url]);
    while (!site.asked.includes(`${AGENT}/a/x.md`)) await setTimeout(5);
    running.child.kill("SIGINT");
    expect([(await running.finished).code, left()]).toEqual([130, NOTHING]);
    const report = await json("install", site.url, "--timeout", "300ms", "--retries", "0");
    expect([report, left()]).toEqual([expect.objectContaining({ exit_code: 1 }), NOTHING]);
    expect(report.error.code).toBe("FETCH_TIMEOUT");
  });

  it("may say a name but not the place: a file never lies outside of its directory [R-SOURCE-11]", async () => {
    const { site, kept, json } = await setUp(listed({ a: { "SKILL.md": skillText("a"), "b/c.md": "c" } }));
    await json("install", site.url);
    expect(readdirSync(dirname(kept))).toHaveLength(1);
    expect(readdirSync(join(kept, "a"))).toEqual(["SKILL.md", "b"]);
  });
});
