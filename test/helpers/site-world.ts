import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { startSite, type Page, type SiteServer } from "./site.js";
import { useSandbox } from "./with-sandbox.js";

/** What `left()` tells of a machine on which nothing was left. */
export const NOTHING = [false, false, false, false];

/** Makes machines with Claude Code on them, and sites, that end with the test that made them. */
export function useSite() {
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
    /** What a failed install must not leave: each is false then. */
    const left = () => [
      existsSync(join(own, "well-known")),
      existsSync(join(own, "skills.toml")),
      existsSync(join(own, "skills.lock")),
      existsSync(join(sandbox.home, ".claude/skills")),
    ];
    return { sandbox, site, kept, json, installed, left, manifest: join(own, "skills.toml") };
  }

  return { serve, setUp };
}
