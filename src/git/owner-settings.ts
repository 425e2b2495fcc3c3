/** An address as the owner's configuration rewrites it. */
export interface Rewrite {
  /** The setting that does it: `url.<base>.insteadOf`. */
  setting: string;
  /** What the address becomes. */
  to: string;
}

interface Entry {
  section: string;
  /** Between the first and the last dot of the key; "" when there is nothing. */
  subsection: string;
  name: string;
  value: string;
}

/** What the owner's configuration says: the system's, the user's, and what came in the environment. */
export class OwnerSettings {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** @param text what `git config --list --null` prints: `key LF value NUL`, in the order in which later ones win. */
  static parse(text: string): OwnerSettings {
    return new OwnerSettings(text.split("\0").flatMap((line) => parseEntry(line) ?? []));
  }

  /** The last value of a setting without a subsection, or null. */
  value(key: string): string | null {
    const [section, name] = key.toLowerCase().split(".");
    return this.#last((entry) => entry.section === section && entry.subsection === "" && entry.name === name);
  }

  /** How ssh is to be started, or null. */
  get sshCommand(): string | null {
    return this.value("core.sshCommand") || null;
  }

  /** What becomes of an address, as git does it: once, by the longest match, the first of two that are as long. */
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

  /** The setting by which the owner forbids a transport, or null. */
  forbids(transport: string): string | null {
    const isPolicy = ({ section, name }: Entry) => section === "protocol" && name === "allow";
    const own = this.#last((entry) => isPolicy(entry) && entry.subsection === transport);
    if (own !== null) return own === "never" ? `protocol.${transport}.allow` : null;
    return this.#last((entry) => isPolicy(entry) && entry.subsection === "") === "never" ? "protocol.allow" : null;
  }

  /** True when git asks that address in another way than its defaults say. */
  affectsRequestsTo({ hostname }: URL): boolean {
    return this.#entries.some(({ section, subsection, name }) => {
      if (section === "protocol") return name === "version";
      return section === "http" && (subsection === "" || mayMean(subsection, hostname));
    });
  }

  /** True when settings depend on which remote is asked (`includeIf.hasconfig:remote.*.url:…`). */
  get dependOnRemote(): boolean {
    return this.#entries.some(
      ({ section, subsection }) => section === "includeif" && subsection.startsWith("hasconfig:"),
    );
  }

  #last(matches: (entry: Entry) => boolean): string | null {
    return this.#entries.findLast(matches)?.value ?? null;
  }
}

/** For git calls that talk to no remote. */
export const NO_SETTINGS = OwnerSettings.parse("");

/** Sections and names are not told apart by case, and git prints them in small letters. A key without a value stands for true. */
function parseEntry(line: string): Entry | null {
  const end = line.indexOf("\n");
  const key = end < 0 ? line : line.slice(0, end);
  const [, section = "", subsection = "", name = ""] = /^([^.]+)\.(?:(.*)\.)?([^.]+)$/u.exec(key) ?? [];
  return name === "" ? null : { section, subsection, name, value: end < 0 ? "true" : line.slice(end + 1) };
}

/** Whether `http.<pattern>.…` may be about that host; when in doubt it is. */
function mayMean(pattern: string, hostname: string): boolean {
  const host = /^[a-z]+:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:]*)/iu.exec(pattern)?.[1];
  return host === undefined || host.includes("*") || host.toLowerCase() === hostname.toLowerCase();
}
