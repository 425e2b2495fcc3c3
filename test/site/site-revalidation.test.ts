import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import type { Page } from "../helpers/site.js";
import { AGENT, artifact, listed } from "../helpers/site-index.js";
import { useSite } from "../helpers/site-world.js";

const { setUp } = useSite();
const INDEX = `${AGENT}/index.json`;
const KINDS = [["etag"], ["weak"], ["date"]] as const;
const packed = (text: string) => artifact("a", "a.md", skillText("a", text));
const files = (text: string) => listed({ a: { "SKILL.md": skillText("a", text), "notes.md": "The same.\n" } });

/** A machine, and a site that answers 304 for what did not change. */
async function revalidating(kind: (typeof KINDS)[number][0], first: Record<string, Page>) {
  const machine = await setUp({});
  let answers: string[] = [];
  const pageOf = (path: string, body: string): Page => {
    const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
    const date = new Date(Number.parseInt(hash.slice(0, 8), 16) * 1000).toUTCString();
    const tag = kind === "weak" ? `W/"${hash}"` : `"${hash}"`;
    return ({ headers }, response) => {
      const isSame = kind === "date" ? headers["if-modified-since"] === date : headers["if-none-match"] === tag;
      answers.push(`${path.slice(AGENT.length)} ${isSame ? "304, 0 bytes" : `200, ${body.length} bytes`}`);
      response.writeHead(isSame ? 304 : 200, kind === "date" ? { "Last-Modified": date } : { ETag: tag });
      response.end(isSame ? undefined : body);
    };
  };
  const publish = (pages: Record<string, Page>) => {
    for (const [path, body] of Object.entries(pages)) machine.site.pages.set(path, pageOf(path, body as string));
  };
  publish(first);
  /** What the site has answered since the last call, in the order of the paths. */
  const answered = () => {
    const [all] = [answers.toSorted(), (answers = [])];
    return all;
  };
  return { ...machine, answered, publish, kept: join(machine.sandbox.storage, "sites") };
}

describe("the index of a site", () => {
  it.each(KINDS)("is sent once, and then revalidated: %s [R-SOURCE-25]", async (kind) => {
    const { json, site, answered, publish } = await revalidating(kind, packed("First."));
    const whole = `/index.json 200, ${String(packed("First.")[INDEX]).length} bytes`;
    const text = `/a.md 200, ${skillText("a", "First.").length} bytes`;
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0 });
    expect(answered()).toEqual([text, whole]);
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "current" }] });
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(answered()).toEqual(["/index.json 304, 0 bytes", "/index.json 304, 0 bytes"]);
    publish(packed("Other!"));
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "outdated" }] });
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "outdated" }] });
    expect(answered()).toEqual([whole, "/index.json 304, 0 bytes"].toSorted());
  });

  it("is not taken from a damaged file, nor from a 304 for what was never fetched [R-SOURCE-25]", async () => {
    const { json, site, answered, kept } = await revalidating("etag", packed("First."));
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0 });
    const before = answered().filter((one) => one.startsWith("/index"));
    const [name = "none"] = readdirSync(kept);
    const path = join(kept, name);
    const known = JSON.parse(readFileSync(path, "utf8"));
    const other = Buffer.from(String(packed("Other!")[INDEX])).toString("base64");
    writeFileSync(path, JSON.stringify({ ...known, body: other }));
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "current" }] });
    expect(answered()).toEqual(before);
    expect(await json("clean", "--all")).toMatchObject({ removed: expect.arrayContaining([path]) });
    expect(existsSync(path)).toBe(false);
    site.pages.set(INDEX, { status: 304 });
    expect(await json("outdated")).toMatchObject({
      skills: [{ status: "unreachable", message: expect.stringContaining("304") }],
    });
  });

  it("is not asked for on another address with what the first one sent [R-SOURCE-25]", async () => {
    const { json, site, answered } = await revalidating("etag", packed("First."));
    expect(await json("install", site.url)).toMatchObject({ exit_code: 0 });
    const index = site.pages.get(INDEX) as Page;
    site.pages.set(`${AGENT}/moved.json`, (request, response) => {
      expect(request.headers["if-none-match"]).toBeUndefined();
      response.writeHead(304).end();
    });
    site.pages.set(INDEX, { status: 302, headers: { Location: `${AGENT}/moved.json` } });
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "unreachable" }] });
    answered();
    site.pages.set(INDEX, index);
    expect(await json("outdated")).toMatchObject({ skills: [{ status: "current" }] });
    expect(answered()).toEqual(["/index.json 304, 0 bytes"]);
  });
});

it.each(KINDS)("files of a site without digests are revalidated one by one: %s [R-SOURCE-25]", async (kind) => {
  const { json, site, answered, publish, installed } = await revalidating(kind, files("First."));
  const text = `/a/SKILL.md 200, ${skillText("a", "First.").length} bytes`;
  const same = (path: string) => `${path} 304, 0 bytes`;
  expect(await json("install", site.url)).toMatchObject({ exit_code: 0 });
  expect(answered()).toHaveLength(3);
  expect(await json("outdated")).toMatchObject({ skills: [{ status: "current" }] });
  expect(answered()).toEqual([same("/a/SKILL.md"), same("/a/notes.md"), same("/index.json")]);
  publish(files("Other!"));
  expect(await json("outdated")).toMatchObject({ skills: [{ status: "outdated" }] });
  expect(answered()).toEqual([text, same("/a/notes.md"), same("/index.json")]);
  expect(await json("update")).toMatchObject({ exit_code: 0 });
  expect(new Set(answered())).toEqual(new Set([same("/a/SKILL.md"), same("/a/notes.md"), same("/index.json")]));
  expect(installed("a/SKILL.md")).toContain("Other!");
});
