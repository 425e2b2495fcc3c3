import picomatch from "picomatch";

/**
 * True if a glob matches the name of a source, or a part of it from its beginning: `github.com` is
 * all of a host, `github.com/acme` all of an organisation. `*` stops at a slash, `**` does not.
 */
export function matchesSource(glob: string, name: string, { ignoreCase }: { ignoreCase: boolean }): boolean {
  const isMatch = picomatch(glob.replace(/\/+$/u, ""), {
    dot: true,
    nonegate: true,
    noextglob: true,
    nocase: ignoreCase,
  });
  const parts = name.split("/");
  return parts.some((_, index) => isMatch(parts.slice(0, index + 1).join("/")));
}
