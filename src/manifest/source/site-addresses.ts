import { parseRemoteUrl } from "./remote-url.js";

/** Where a site may have its index of skills. */
export interface SiteAddresses {
  /** To be asked in this order; `base` is what the address of the index would have without its well-known end. */
  indexes: { url: string; base: string }[];
  /** The one skill that the address names. */
  skill: string | null;
}

/** Names below `.well-known`, the newer one first. */
const NAMES = ["agent-skills", "skills"];

/**
 * The addresses at which the index of a site may lie: below the path that was given, then at the root of the host; in each place first
 * `agent-skills`, then `skills`. An address that names `.well-known` itself is the only one.
 * @returns why it is refused, for what is no address of a site: a password, a query, http:// to another machine.
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
  // A skill's directory, or its SKILL.md, stands beside the index.
  const skill = /^(?<skill>[^/]+)(?:\/SKILL\.md)?$/u.exec(rest)?.groups?.["skill"];
  if (NAMES.includes(name) && skill !== undefined) return { indexes: [indexOf(base, name)], skill };
  return { indexes: [{ url: `${whole}/index.json`, base }], skill: null };
}

function indexOf(base: string, name: string): { url: string; base: string } {
  return { url: `${base}/.well-known/${name}/index.json`, base };
}
