/** A git repository, or an archive, whose mirror is made here: resolved, fetched and pinned. */
export interface RepositorySource {
  kind: "repository";
  /** As written in the manifest. */
  repo: string;
  /** The address for git: absolute path, or URL with `~` and relative paths resolved. */
  url: string;
  /**
   * Equal for two spellings of one repository: host in lower case, default port and trailing slash
   * dropped.
   */
  key: string;
  /** Lower-case host name; "" for file:// and local paths. */
  host: string;
  transport: "https" | "http" | "ssh" | "git" | "file" | ArchiveTransport;
  /**
   * A branch, tag or full commit; null for the remote's default branch. Of an archive: the range of
   * versions, the tag, or the digest.
   */
  ref: string | null;
  /** Normalised, "." for the root; never begins or ends with "/". */
  subpath: string;
  /** Absent if the manifest names the repository itself. */
  release?: Release;
  /** The installed package that is used in place of one from npm's registry. */
  installed?: InstalledPackage;
  /** The commit in which a new member of a collection was found. */
  commit?: string;
  /** How the commit of a member came into the mirror when it was looked up in this run. */
  arrived?: "cloned" | "updated";
}

/** The file at an address; a package of npm; an image of an OCI registry. */
export type ArchiveTransport = "archive" | "npm" | "oci";

/** A package in `node_modules`. */
export interface InstalledPackage {
  /** Absolute, with all links followed. */
  directory: string;
  version: string;
  /** `sha512-<base64>` of the archive that it was installed from, if that is recorded. */
  digest?: string;
}

/** The version of a registry's skill that a source is. */
interface Release {
  /** `<registry>/<name>`; null if the lockfile does not contain it. */
  from: string | null;
  version: string;
  /**
   * The commit that the registry names; null if it names only a ref, or if the lockfile was
   * sufficient.
   */
  commit: string | null;
}
