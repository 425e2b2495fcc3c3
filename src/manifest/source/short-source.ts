/** A source in one string. */
export interface ShortSource {
  repo: string;
  ref?: string;
  subpath?: string;
}

/**
 * Reads the short form of a source: `owner/repo[/sub/path][#ref]`, or any address or path with
 * `//sub/path` and `#ref` after it; `npm:name[@range][//sub/path]`;
 * `oci://host/repository[:tag|@digest][//sub/path]`. Splits only; the parts are validated like those of a table.
 */
export function parseShortSource(text: string): ShortSource {
  const archive = (PACKAGE.exec(text) ?? IMAGE.exec(text))?.groups;
  if (archive !== undefined) return sourceOf(archive["repo"] ?? "", archive["ref"] ?? archive["tag"], archive["below"]);
  const [, before = "", ref] = /^([^#]*)(?:#(.*))?$/su.exec(text) ?? [];
  const [, address = "", below] =
    /^([^/:]+\/[^/:]+)\/(?!\/)(.+)$/su.exec(isPath(before) ? "" : before) ??
    /^((?:[a-z+]+:\/\/|(?![a-z+]+:\/\/)).+?)\/\/(.*)$/isu.exec(before) ??
    [];
  return sourceOf(below === undefined ? before : address, ref, below);
}

const PACKAGE = /^(?<repo>npm:(?:@[^/@]*\/)?[^/@]*)(?:@(?<ref>.*?))?(?:\/\/(?<below>.*))?$/su;
const IMAGE = /^(?<repo>oci:\/\/[^/]+\/(?:(?!\/\/)[^@])*?)(?:@(?<ref>[^/]*)|:(?<tag>[^/:@]+))?(?:\/\/(?<below>.*))?$/su;

function sourceOf(repo: string, ref: string | undefined, subpath: string | undefined): ShortSource {
  return { repo, ...(ref !== undefined && { ref }), ...(subpath !== undefined && { subpath }) };
}

/** The short form of a source; null if its parts could not be read back from it. */
export function formatShortSource({ repo, ref, subpath = "." }: ShortSource): string | null {
  const isImage = repo.startsWith("oci://");
  if (isImage || repo.startsWith("npm:")) {
    const version = ref === undefined ? "" : `${isImage && !ref.includes(":") ? ":" : "@"}${ref}`;
    return `${repo}${version}${subpath === "." ? "" : `//${subpath}`}`;
  }
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
