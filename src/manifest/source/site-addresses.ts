import { parseRemoteUrl } from "./remote-url.js";

/** Possible locations of a site's index of skills. */
export interface SiteAddresses {
  /** In the order of requests; `base` is the address of the index without its well-known suffix. */
  indexes: { url: string; base: string }[];
  /** The one skill that the address names. */
  skill: string | null;
}

/** Names below `.well-known`, the newer one first. */
const NAMES = ["agent-skills", "skills"];

/**
 * The possible addresses of a site's index: below the given path, then at the root of the host; in
 * each location first `agent-skills`, then `skills`. An address that contains `.well-known` itself
 * is the only one.
 * @returns why it is refused if it is not the address of a site: a password, a query, http:// to
 *   another machine.
 */
export function siteAddresses(typed: string): SiteAddresses | { problem: string } {
  const address = typed.replace(/\/+$/u, "");
  if (!/^https?:\/\//iu.test(address)) return { problem: "a site is reached by https" };
  // As strict as for a repository, which always has a path.
  const parsed = parseRemoteUrl(`${address}/index.json`, false);
  if (parsed.kind === "refused") return { problem: parsed.reason };
  const { origin, pathname } = new URL(address);
  const path = pathname.replace(/\/+$/u, "");
  const [, before = "", name, rest = ""] = /^(.*?)\/\.well-known(?:\/([^/]+))?(?:\/(.*))?$/u.exec(path) ?? [];
  if (/(?:^|\/)\.well-known(?:\/|$)/u.test(path)) return named(origin, before, name, rest);
  const places = path === "" ? [origin] : [`${origin}${path}`, origin];
  return { indexes: places.flatMap((base) => NAMES.map((one) => indexOf(base, one))), skill: null };
}

function named(origin: string, before: string, name: string | undefined, rest: string): SiteAddresses {
  const base = `${origin}${before}`;
  if (name === undefined) return { indexes: NAMES.map((one) => indexOf(base, one)), skill: null };
  const whole = `${base}/.well-known/${name}${rest === "" ? "" : `/${rest}`}`;
  if (whole.endsWith(".json")) return { indexes: [{ url: whole, base }], skill: null };
  // A skill's directory, or its SKILL.md, is beside the index.
  const skill = /^(?<skill>[^/]+)(?:\/SKILL\.md)?$/u.exec(rest)?.groups?.["skill"];
  if (NAMES.includes(name) && skill !== undefined) return { indexes: [indexOf(base, name)], skill };
  return { indexes: [{ url: `${whole}/index.json`, base }], skill: null };
}

function indexOf(base: string, name: string): { url: string; base: string } {
  return { url: `${base}/.well-known/${name}/index.json`, base };
}
