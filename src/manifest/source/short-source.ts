/** A source in one string. */
export interface ShortSource {
  repo: string;
  ref?: string;
  subpath?: string;
}

/**
 * Reads the short form of a source: `owner/repo[/sub/path][#ref]`, or any address or path with
 * `//sub/path` and `#ref` after it. Splits only; the parts are validated like those of a table.
 */
export function parseShortSource(text: string): ShortSource {
  const [, before = "", ref] = /^([^#]*)(?:#(.*))?$/su.exec(text) ?? [];
  const [, address = "", below] =
    /^([^/:]+\/[^/:]+)\/(?!\/)(.+)$/su.exec(isPath(before) ? "" : before) ??
    /^((?:[a-z+]+:\/\/|(?![a-z+]+:\/\/)).+?)\/\/(.*)$/isu.exec(before) ??
    [];
  return {
    repo: below === undefined ? before : address,
    ...(ref !== undefined && { ref }),
    ...(below !== undefined && { subpath: below }),
  };
}

/** The short form of a source; null if its parts could not be read back from it. */
export function formatShortSource({ repo, ref, subpath = "." }: ShortSource): string | null {
  const end = ref === undefined ? "" : `#${ref}`;
  const places = subpath === "." ? [repo] : [`${repo}/${subpath}`, `${repo}//${subpath}`];
  const isSame = (text: string) => {
    const read = parseShortSource(text);
    return read.repo === repo && read.ref === ref && (read.subpath ?? ".") === subpath;
  };
  return places.map((place) => `${place}${end}`).find(isSame) ?? null;
}

function isPath(text: string): boolean {
  return /^(?:\.{1,2}|~)?\//u.test(text);
}
