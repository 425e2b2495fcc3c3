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

  /** True if settings change how git asks that address. */
  affectsRequestsTo({ hostname }: URL): boolean {
    return this.#entries.some(({ section, subsection, name }) => {
      if (section === "protocol") return name === "version";
      return section === "http" && (subsection === "" || mayMean(subsection, hostname));
    });
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

/** Whether `http.<pattern>.…` may apply to that host; in doubt, true. */
function mayMean(pattern: string, hostname: string): boolean {
  const host = /^[a-z]+:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/iu.exec(pattern)?.[1];
  return host === undefined || host.includes("*") || host.toLowerCase() === hostname.toLowerCase();
}
