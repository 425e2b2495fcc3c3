/** An address as the owner's configuration rewrites it. */
export interface Rewrite {
  /** The setting that rewrites it: `url.<base>.insteadOf`. */
  setting: string;
  /** The new address. */
  to: string;
}

interface Entry {
  section: string;
  /** The part between the first and the last dot of the key; "" if there is none. */
  subsection: string;
  name: string;
  value: string;
}

/** The owner's configuration: of the system, of the user, and from the environment. */
export class OwnerSettings {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /**
   * @param text the output of `git config --list --null`: `key LF value NUL`; later ones take
   *   precedence.
   */
  static parse(text: string): OwnerSettings {
    return new OwnerSettings(text.split("\0").flatMap((line) => parseEntry(line) ?? []));
  }

  /** The last value of a setting without a subsection, or null. */
  value(key: string): string | null {
    const [section, name] = key.toLowerCase().split(".");
    return this.#last((entry) => entry.section === section && entry.subsection === "" && entry.name === name);
  }

  /** The ssh command, or null. */
  get sshCommand(): string | null {
    return this.value("core.sshCommand") || null;
  }

  /**
   * Rewrites an address as git does: once, by the longest match, and by the first of two equally
   * long ones.
   */
  rewriteOf(url: string): Rewrite | null {
    let best: Entry | null = null;
    for (const entry of this.#entries) {
      if (entry.section !== "url" || entry.name !== "insteadof" || !url.startsWith(entry.value)) continue;
      if (best === null || entry.value.length > best.value.length) best = entry;
    }
    if (best === null) return null;
    const { subsection, value } = best;
    return { setting: `url.${subsection}.insteadOf`, to: subsection + url.slice(value.length) };
  }

  /** The setting that forbids a transport, or null. */
  forbids(transport: string): string | null {
    const isPolicy = ({ section, name }: Entry) => section === "protocol" && name === "allow";
    const own = this.#last((entry) => isPolicy(entry) && entry.subsection === transport);
    if (own !== null) return own === "never" ? `protocol.${transport}.allow` : null;
    return this.#last((entry) => isPolicy(entry) && entry.subsection === "") === "never" ? "protocol.allow" : null;
  }

  /**
   * The value of `http.<name>` for an address: of all `http.<pattern>.<name>` that match, the one
   * with the longest pattern, and the last of equal ones; null if none matches.
   */
  http(name: "proxy" | "sslcainfo", url: URL): string | null {
    let best = { rank: 0, value: null as string | null };
    for (const entry of this.#entries) {
      if (entry.section !== "http" || entry.name !== name) continue;
      const rank = rankOf(entry.subsection, url);
      if (rank !== null && rank >= best.rank) best = { rank, value: entry.value };
    }
    return best.value;
  }

  /** True if settings other than those that `http` returns change how git asks that address. */
  affectsRequestsTo(url: URL): boolean {
    return this.#entries.some(({ section, subsection, name }) => {
      if (section === "protocol") return name === "version";
      return section === "http" && !["proxy", "sslcainfo"].includes(name) && rankOf(subsection, url) !== null;
    });
  }

  /** True if settings change which objects `git fetch` accepts (`fetch.fsck.…`). */
  get hasCheckRules(): boolean {
    return this.#entries.some(({ section, subsection }) => section === "fetch" && subsection === "fsck");
  }

  /** True if settings depend on the remote (`includeIf.hasconfig:remote.*.url:…`). */
  get dependOnRemote(): boolean {
    return this.#entries.some(
      ({ section, subsection }) => section === "includeif" && subsection.startsWith("hasconfig:"),
    );
  }

  #last(matches: (entry: Entry) => boolean): string | null {
    return this.#entries.findLast(matches)?.value ?? null;
  }
}

/** For git calls without a remote. */
export const NO_SETTINGS = OwnerSettings.parse("");

/**
 * Sections and names are case-insensitive, and git prints them in lower case. A key without a value
 * means true.
 */
function parseEntry(line: string): Entry | null {
  const end = line.indexOf("\n");
  const key = end < 0 ? line : line.slice(0, end);
  const [, section = "", subsection = "", name = ""] = /^([^.]+)\.(?:(.*)\.)?([^.]+)$/u.exec(key) ?? [];
  return name === "" ? null : { section, subsection, name, value: end < 0 ? "true" : line.slice(end + 1) };
}

const PATTERN = /^([a-z]+:)\/\/(?:([^/@]*)@)?(\[[^\]]*\]|[^/:]*)(?::(\d+))?(?:\/(.*?))?\/?$/iu;

/**
 * How closely `http.<pattern>.…` matches an address; 0 for no pattern, null if it does not match.
 */
function rankOf(pattern: string, url: URL): number | null {
  if (pattern === "") return 0;
  const [, scheme, user = url.username, host = "", port = "", path = ""] = PATTERN.exec(pattern) ?? [];
  if (scheme?.toLowerCase() !== url.protocol || user !== url.username || portOf(url.protocol, port) !== url.port)
    return null;
  const [labels, wanted] = [url.hostname.split("."), host.toLowerCase().split(".")];
  if (labels.length !== wanted.length || !wanted.every((label, at) => label === "*" || label === labels[at]))
    return null;
  if (path !== "" && !`${url.pathname}/`.startsWith(`/${path}/`)) return null;
  return host.length * 10_000 + path.length;
}

/** As in a `URL`: "" for the default port. */
function portOf(scheme: string, port: string): string {
  return port === (scheme === "https:" ? "443" : "80") ? "" : port;
}
