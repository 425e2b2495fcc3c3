/** The manifest as the rest of the program sees it: validated, defaults filled in, every path absolute. */
export interface Manifest {
  /** Absolute path of the file. */
  path: string;
  /** SHA-256 of the bytes it was read from, in hex: tells whether the file was changed since. */
  digest: string;
  /** The directory that relative paths start from. */
  directory: string;
  /** Absolute path of the lockfile beside it. */
  lockfilePath: string;
  scope: Scope;
  /** Absolute path of `[storage] root`. */
  storageRoot: string;
  /** Whether a `.gitignore` in directories of the project names what is installed there. */
  gitignore: boolean;
  reactor: ReactorSettings;
  limits: SkillLimits;
  registries: Record<string, RegistrySettings>;
  /** In manifest order. */
  skills: ManifestSkill[];
}

export type Scope = "global" | "project";
export type InstallMode = "symlink" | "copy";

/** `[reactor]`; durations in milliseconds, sizes in bytes, null means no budget. */
export interface ReactorSettings {
  /** null when the manifest does not say. */
  concurrency: number | "auto" | null;
  minConcurrency: number;
  adaptive: boolean;
  timeoutMs: number;
  stallTimeoutMs: number;
  retries: number;
  deadlineMs: number | null;
  maxFailures: number | null;
  maxDownloadBytes: number | null;
  load: LoadSettings;
}

/** `[reactor.load]`; percent, queue lengths, milliseconds. */
export interface LoadSettings {
  memoryHigh: number;
  cpuLow: number;
  cpuHigh: number;
  queueLow: number;
  queueHigh: number;
  intervalMs: number;
}

/** `[limits]`: what one skill may weigh; bytes. */
export interface SkillLimits {
  maxFiles: number;
  maxBytes: number;
  maxFileBytes: number;
  maxDepth: number;
}

export interface RegistrySettings {
  /** What git is given. */
  url: string;
  /** The same as a source, for the machinery that syncs repositories. */
  source: RepositorySource;
  priority: number;
  autoUpdate: boolean;
}

export interface ManifestSkill {
  id: string;
  /** Position in the manifest, from 0. */
  index: number;
  priority: number;
  enabled: boolean;
  source: SkillSource;
  installMode: InstallMode;
  /** At least one, in manifest order; agents that resolve to one path are merged. */
  targets: ManifestTarget[];
  verify: { enabled: boolean; checks: VerifyCheck[] };
  noExecMetadataOnly: boolean;
}

export type VerifyCheck = "path-exists" | "target-resolves" | "is-symlink" | "content-present" | "content-matches";

/** Where one skill is to appear. */
export interface ManifestTarget {
  /** Agent ids in manifest order; ["custom"] for a path of the user's own. */
  agents: string[];
  /**
   * The agent's skills directory, absolute. In a container or on another host it is a path over there, and may begin with `~/`:
   * the home of that place, which only who writes there can know.
   */
  root: string;
  /** `<root>/<skill id>`. */
  path: string;
  /** The root is an agent's own directory within the project: it must not lead out of it. */
  inProject: boolean;
  environment: TargetEnvironment;
  /** Agents of the manifest that read this directory and leave it out when a link in it leads out of the project; absent when there is none. */
  linksDroppedBy?: string[];
}

export type TargetEnvironment =
  | { kind: "local" }
  | { kind: "docker"; container: string }
  | { kind: "ssh"; host: string };

export type SkillSource = RepositorySource | DirectorySource | RegistrySource;

/** A git repository: resolved, fetched and pinned. */
export interface RepositorySource {
  kind: "repository";
  /** As written in the manifest. */
  repo: string;
  /** What git is given: absolute path, or URL with `~` and relative paths resolved. */
  url: string;
  /** Equal for two spellings of one repository: host in lower case, default port and trailing slash dropped. */
  key: string;
  /** Lower-case host name; "" for file:// and local paths. */
  host: string;
  transport: "https" | "http" | "ssh" | "git" | "file";
  /** A branch, tag or full commit; null for the remote's default branch. */
  ref: string | null;
  /** Normalised, "." for the root; never begins or ends with "/". */
  subpath: string;
  /** Absent when the manifest names the repository itself. */
  release?: Release;
}

/** Which version of a registry's skill a source is. */
export interface Release {
  /** `<registry>/<name>`; null when the lockfile does not say. */
  from: string | null;
  version: string;
  /** The commit that the registry names; null when it names only a ref, or the lockfile was enough. */
  commit: string | null;
}

/** A plain directory (or a git work tree without `ref`): linked live, or snapshotted in copy mode. */
export interface DirectorySource {
  kind: "directory";
  repo: string;
  /** Absolute path of the directory named by `repo`. */
  path: string;
  ref: null;
  subpath: string;
}

/** A skill looked up by name in a registry. */
export interface RegistrySource {
  kind: "registry";
  name: string;
  version: string;
  registry: string | null;
}

export type { Problem } from "../../errors.js";
