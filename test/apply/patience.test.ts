import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { startSite, type SiteServer } from "../helpers/site.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const sites: SiteServer[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});

async function setUp() {
  const sandbox = use.sandbox();
  mkdirSync(join(sandbox.home, ".claude"));
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("one") } });
  const remote = await use.remote(sandbox);
  const repo = `${remote.url}/r.git`;
  sandbox.writeManifest(manifestOf([{ id: "one", repo }]));
  return { sandbox, remote, repo };
}

describe("a server that says when to come back [R-REACTOR-08]", () => {
  it("is asked again then, and no retry is spent: in seconds, as a date, behind a 403", async () => {
    const sandbox = use.sandbox();
    const remote = await use.remote(sandbox);
    const cases: [id: string, status: number, when: string][] = [
      ["seconds", 429, "1"],
      ["date", 503, new Date(Date.now() + 3_000).toUTCString()],
      ["forbidden", 403, "1"],
    ];
    for (const [id, status, when] of cases) {
      await createRepository(join(sandbox.root, `served/${id}.git`), { files: { "SKILL.md": skillText(id) } });
      remote.fail(`${id}.git`, { kind: "status", status, headers: { "retry-after": when } }, { times: 1 });
    }
    sandbox.writeManifest(manifestOf(cases.map(([id]) => ({ id, repo: remote.urlOf(`${id}.git`) }))));
    const { exit_code, skills } = (await sandbox.run(["apply", "--json", "--retries", "0"])).json();
    expect([exit_code, skills.map((skill: any) => skill.sync.attempts)]).toEqual([0, [2, 2, 2]]);
    for (const [id] of cases) {
      const [first, second] = remote.traffic.log.filter(({ repository }) => repository === `${id}.git`);
      expect((second?.at ?? 0) - (first?.at ?? 0), id).toBeGreaterThanOrEqual(id === "date" ? 200 : 1_000);
    }
  });

  it.each([
    ["6 min", "360"],
    ["a year", new Date(Date.now() + 366 * 86_400_000).toUTCString()],
  ])("fails at once where that is %s away, in every command that asks", async (_, when) => {
    const { sandbox, remote, repo } = await setUp();
    remote.fail("r.git", { kind: "status", status: 429, headers: { "retry-after": when } });
    const named = /429: too many requests; it asks for a wait of (?:6 min|87\d\d\.?\d* h) \(tried once\)$/u;
    for (const args of [["apply"], ["warm"], ["update"]]) {
      const { skills } = (await sandbox.run([...args, "--json"])).json();
      expect(skills[0].diagnostics[0], args.join(" ")).toMatchObject({
        code: "FETCH_THROTTLED",
        message: expect.stringMatching(named),
        hint: expect.stringContaining("at most 5 min are waited for"),
      });
    }
    const behind = (await sandbox.run(["outdated", "--json"])).json();
    expect(behind.skills[0]).toMatchObject({ status: "unreachable", message: expect.stringMatching(named) });
    const { error } = (await sandbox.run(["install", repo, "--all", "--json"])).json();
    expect(error).toMatchObject({ code: "FETCH_THROTTLED", message: expect.stringMatching(named) });
    expect(remote.traffic.log.length).toBeLessThanOrEqual(10);
  });

  it("may be a site, too", async () => {
    const { sandbox } = await setUp();
    const page = { status: 429, headers: { "retry-after": "3600" } };
    const paths = ["agent-skills", "skills"].map((name) => `/.well-known/${name}/index.json`);
    const site = await startSite(Object.fromEntries(paths.map((path) => [path, page])));
    sites.push(site);
    const { error } = (
      await sandbox.run(["install", `${site.url}/.well-known/agent-skills/`, "--all", "--json"])
    ).json();
    expect(error).toMatchObject({
      code: "FETCH_THROTTLED",
      message: expect.stringMatching(/answered 429: too many requests; it asks for a wait of 1 h \(tried once\)$/u),
    });
  });
});
