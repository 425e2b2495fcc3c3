/** The repository that a page of a forge shows. */
export interface ShownRepository {
  repo: string;
  ref?: string;
  /** A ref and a path in one string; only the repository knows where the ref ends. */
  refAndPath?: string;
  subpath?: string;
}

/**
 * The repository behind the address of a web page: a tree or a file on GitHub, GitLab, Gitea,
 * Forgejo, Bitbucket or Azure DevOps, on their own hosts as well as on others; or a gist. Null for
 * any other address. The page of a SKILL.md means its directory.
 */
export function readPage(address: string): ShownRepository | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  for (const read of FORGES) {
    const found = read(url);
    if (found !== null) return withDirectory(found);
  }
  return null;
}

type Forge = (url: URL) => ShownRepository | null;

/** `gist.github.com/[user/]ID[/REVISION]`, maybe with the file of the page. */
const gist: Forge = ({ hostname, pathname }) => {
  if (hostname !== "gist.github.com") return null;
  const { id, revision } =
    /^\/(?:[^/]+\/)?(?<id>[0-9a-f]{20,})(?:\.git)?(?:\/(?<revision>[0-9a-f]{40}))?\/?$/u.exec(pathname)?.groups ?? {};
  if (id === undefined) return null;
  return { repo: `https://gist.github.com/${id}.git`, ...(revision !== undefined && { ref: revision }) };
};

/** `raw.githubusercontent.com/owner/repo/REF/path`. */
const raw: Forge = ({ hostname, pathname }) => {
  const match = /^\/(?<name>[^/]+\/[^/]+)\/(?:refs\/(?:heads|tags)\/)?(?<rest>.+)$/u.exec(pathname)?.groups;
  if (hostname !== "raw.githubusercontent.com" || match === undefined) return null;
  return { repo: `https://github.com/${match["name"]}`, refAndPath: match["rest"] ?? "" };
};

/** `…/_git/REPO?path=/a/b&version=GBmain`: a branch (GB), a tag (GT) or a commit (GC). */
const azure: Forge = ({ origin, pathname, searchParams }) => {
  const place = /^(?<repo>(?:\/[^/]+){0,3}\/_git\/[^/]+)\/?$/u.exec(pathname)?.groups?.["repo"];
  if (place === undefined) return null;
  const [path, version] = [searchParams.get("path") ?? "", searchParams.get("version")];
  const subpath = path.replace(/^\/+|\/+$/gu, "");
  const ref = version === null || !/^G[BTC]./u.test(version) ? {} : { ref: version.slice(2) };
  return { repo: `${origin}${place}`, ...ref, ...(subpath !== "" && { subpath }) };
};

/** `…/projects/KEY/repos/REPO/browse/path?at=refs/heads/main`: Bitbucket on a host of its own. */
const bitbucketServer: Forge = ({ origin, pathname, searchParams }) => {
  const place =
    /^(?<base>.*?)\/(?<kind>projects|users)\/(?<key>[^/]+)\/repos\/(?<repo>[^/]+)(?:\/browse(?:\/(?<path>.*?))?)?\/?$/u.exec(
      pathname,
    )?.groups;
  if (place === undefined) return null;
  const { base = "", kind, key = "", repo = "", path = "" } = place;
  const owner = kind === "users" ? `~${key}` : key.toLowerCase();
  const ref = searchParams.get("at")?.replace(/^refs\/(?:heads|tags)\//u, "");
  const at = { ...(ref !== undefined && { ref }), ...(path !== "" && { subpath: path }) };
  return { repo: `${origin}${base}/scm/${owner}/${repo}.git`, ...at };
};

/** `owner/repo/src/branch/REF/path`, also `tag` and `commit`: Gitea and Forgejo. */
const gitea: Forge = ({ origin, pathname }) => {
  const place = /^(?<repo>(?:\/[^/]+)?\/[^/]+\/[^/]+)\/(?:src|raw)\/(?:branch|tag|commit)\/(?<rest>.+)$/u.exec(
    pathname,
  )?.groups;
  return place === undefined ? null : { repo: `${origin}${place["repo"]}`, refAndPath: place["rest"] ?? "" };
};

/** `bitbucket.org/owner/repo/src/REF/path`. */
const bitbucket: Forge = ({ origin, hostname, pathname }) => {
  const place = /^(?<repo>\/[^/]+\/[^/]+)\/(?:src|raw)\/(?<rest>.+)$/u.exec(pathname)?.groups;
  if (hostname !== "bitbucket.org" || place === undefined) return null;
  return { repo: `${origin}${place["repo"]}`, refAndPath: place["rest"] ?? "" };
};

/** `…/-/tree/REF/path` at any depth: GitLab. */
const gitlab: Forge = ({ origin, pathname }) => {
  const place = /^(?<repo>.+?)\/-\/(?:tree|blob|raw|blame|commits)\/(?<rest>.+)$/u.exec(pathname)?.groups;
  return place === undefined ? null : { repo: `${origin}${place["repo"]}`, refAndPath: place["rest"] ?? "" };
};

/** `owner/repo/tree/REF/path`: GitHub, and GitLab before version 16. */
const github: Forge = ({ origin, pathname }) => {
  const place = /^(?<repo>\/[^/]+\/[^/]+)\/(?:(?:tree|blob|raw|edit|blame|commits?)|releases\/tag)\/(?<rest>.+)$/u.exec(
    pathname,
  )?.groups;
  return place === undefined ? null : { repo: `${origin}${place["repo"]}`, refAndPath: place["rest"] ?? "" };
};

const FORGES: readonly Forge[] = [gist, raw, azure, bitbucketServer, gitlab, gitea, bitbucket, github];

function withDirectory({ refAndPath, subpath, ...page }: ShownRepository): ShownRepository {
  const directory = (path: string) =>
    decode(path)
      .replace(/\/+$/u, "")
      .replace(/(?:^|\/)SKILL\.md$/u, "");
  const below = subpath === undefined ? "" : directory(subpath);
  return {
    ...page,
    ...(refAndPath !== undefined && { refAndPath: directory(refAndPath) }),
    ...(below !== "" && { subpath: below }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
