import type { Site } from "../source/site.js";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { siteAddresses, type SiteAddresses } from "../manifest/source/site-addresses.js";
import { readSiteIndex, type SiteIndex } from "../skill/site-index.js";
import { requireSite } from "../policy/require-allowed.js";
import { oneTask } from "../run/one-task.js";
import type { OpenedSource } from "../source/open-source.js";
import type { RunContext } from "../run/run-context.js";
import { httpRoute } from "../git/http-route.js";
import { NO_SETTINGS, type OwnerSettings } from "../git/owner-settings.js";
import { gitFinder } from "../run/git-finder.js";
import { openStore } from "../store/store.js";
import { findProgram } from "../system/host.js";
import { statusText } from "../git/failures/http-rules.js";
import type { WebAccess } from "../web/ask-web.js";
import { askAgain } from "./ask-again.js";

/** Maximum bytes of an index. */
const MOST_INDEX_BYTES = 1024 * 1024;

type OpenedSite = OpenedSource & { site: Site; skill: string | null };

/**
 * Finds the index of a site. Fetches only the index.
 * @throws EdenError `INVALID_REPO_URL`; `POLICY_DENIED`; `FETCH_NOT_FOUND` if there is not an index; `SITE_INVALID` and
 *   as `askWeb`.
 */
export async function openSite(context: RunContext, manifest: Manifest, typed: string): Promise<OpenedSite> {
  const addresses = siteAddresses(typed);
  if ("problem" in addresses) throw new EdenError("INVALID_REPO_URL", addresses.problem);
  await requireSite(manifest, typed);
  const { origin, hostname } = new URL(addresses.indexes[0]?.url ?? "");
  context.step("source");
  const { host, settings } = context;
  const owner = await ownerOf(context, manifest.storageRoot);
  const routeTo = (url: URL) => httpRoute(url, { host, owner });
  const access: WebAccess = {
    origin,
    stallMs: settings.stallMs,
    offline: settings.offline,
    routeTo,
    refusal: "SITE_INVALID",
  };
  const { index, url, base } = await oneTask(context, {
    key: `site ${origin}`,
    name: hostname,
    host: hostname,
    run: async (signal) => await findIndex(access, addresses, manifest, signal),
  });
  const skills = index.skills.map(({ name, description }) => ({
    id: name,
    name,
    description,
    path: name,
    warnings: [],
  }));
  const site = { ...access, base, index: url, skills: new Map(index.skills.map((skill) => [skill.name, skill])) };
  return {
    skills,
    unlisted: [],
    skipped: index.skipped,
    repo: base,
    ref: null,
    start: ".",
    site,
    skill: addresses.skill,
  };
}

/**
 * Opens an address that may be a repository or a site; tries git first.
 * @throws EdenError the error of git, if the site has no index either.
 */
export async function orSite<T extends OpenedSource>(
  context: RunContext,
  manifest: Manifest,
  { repo, ref }: { repo: string; ref: string | null },
  openRepository: () => Promise<T>,
): Promise<T | OpenedSite> {
  // An address of a host alone is never a repository.
  if (/^https?:\/\/[^/]+\/*$/iu.test(repo) && ref === null) return await openSite(context, manifest, repo);
  try {
    return await openRepository();
  } catch (error) {
    if (!(error instanceof EdenError) || !NO_REPOSITORY.has(error.code) || ref !== null) throw error;
    try {
      return await openSite(context, manifest, repo);
    } catch (other) {
      if (other instanceof EdenError && !other.code.startsWith("FETCH_")) throw other;
      throw error;
    }
  }
}

/** Codes that git gives for a web page. */
const NO_REPOSITORY = new Set(["FETCH_NOT_FOUND", "FETCH_CORRUPT", "FETCH_AUTH"]);

/** Errors of one index address; the next is still tried. */
const NO_INDEX = new Set(["SITE_INVALID", "SKILL_UNSAFE"]);

/** What the owner has configured for git applies to sites as well; without git there is nothing. */
async function ownerOf(context: RunContext, storageRoot: string): Promise<OwnerSettings> {
  const { host, settings, signal } = context;
  if (settings.offline || findProgram("git", host.env) === null) return NO_SETTINGS;
  const staging = openStore(storageRoot).openStaging();
  try {
    return (await gitFinder(context, staging, signal)(signal)).owner;
  } finally {
    staging.dispose();
  }
}

interface FoundIndex {
  index: SiteIndex;
  url: URL;
  base: string;
}

async function findIndex(
  access: WebAccess,
  { indexes }: SiteAddresses,
  { limits, storageRoot }: Manifest,
  signal: AbortSignal,
): Promise<FoundIndex> {
  const reasons: string[] = [];
  for (const { url: address, base } of indexes) {
    const asked = new URL(address);
    try {
      const { url, status, body } = await askAgain({ ...access, storageRoot }, asked, {
        maxBytes: MOST_INDEX_BYTES,
        signal,
      });
      const index = status === 200 ? readSiteIndex(body, limits) : null;
      if (index !== null) return { index, url, base };
      reasons.push(`${asked.pathname} ${status === 200 ? "is not an index" : statusText(status)}`);
    } catch (error) {
      // A page may redirect to a login, or be large; the next address may work.
      const isPassed = error instanceof EdenError && error.facts.stage === "fetch" && NO_INDEX.has(error.code);
      if (!isPassed) throw error;
      reasons.push(error.message);
    }
  }
  throw new EdenError("FETCH_NOT_FOUND", `${access.origin} has no index of skills (${reasons.join("; ")})`, {
    stage: "resolve",
    hint: "Expected at /.well-known/agent-skills/index.json.",
  });
}
