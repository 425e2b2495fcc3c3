import type { ReactorSettings } from "./reactor-settings.js";
import type { Policy } from "../policy/policy.js";
import type { Agents } from "../targets/agents.js";
import type { TargetEnvironment } from "../targets/target-environment.js";
import type { NamedSkill } from "../names/glob.js";
import type { Problem } from "../../errors.js";
import type { ImageRoot } from "../../system/image-root.js";
import type { RepositorySource } from "./repository-source.js";

/**
 * The manifest as the rest of the program sees it: validated, defaults filled in, every path
 * absolute.
 */
export interface Manifest {
  /** Absolute path of the file. */
  path: string;
  /** SHA-256 of its bytes, in hex, to detect changes of the file. */
  digest: string;
  /** The directory that relative paths start from. */
  directory: string;
  /** Absolute path of the lockfile beside it. */
  lockfilePath: string;
  scope: Scope;
  /** Absolute path of `[storage] root`. */
  storageRoot: string;
  /** The root of the image that its targets are placed in; absent: they are on this machine. */
  root?: ImageRoot | undefined;
  /** The storage with the records of its targets: that of this machine, or that in the image. */
  recordsRoot: string;
  /** `[store]`; null without `remote`. */
  remoteStore: RemoteStoreSettings | null;
  /** Whether a `.gitignore` in directories of the project names the installed targets. */
  gitignore: boolean;
  reactor: ReactorSettings;
  limits: SkillLimits;
  /** What skills may come from. */
  policy: Policy;
  registries: Record<string, RegistrySettings>;
  /** The known agents, and those of the manifest. */
  agents: Agents;
  defaults: ManifestDefaults;
  /** The groups that its entries name. */
  groups: ReadonlySet<string>;
  collections: ManifestCollection[];
  /** In manifest order; the known members of collections follow, in the order of these. */
  skills: ManifestSkill[];
  /**
   * The same manifest with exactly these members of its collections, and its problems.
   * @param complete positions of the collections that have no other members.
   */
  withMembers(members: readonly KnownMember[], complete: ReadonlySet<number>): Promise<ManifestReading>;
}

/** The manifest, unless a problem is an error; problems are sorted by line, then by field path. */
export interface ManifestReading {
  manifest: Manifest | null;
  problems: Problem[];
}

/** A collection: many skills of one source. */
export interface ManifestCollection {
  /** `<repo>[#ref][//subpath]`, as in the lockfile. */
  key: string;
  /** Position in the manifest, from 0. */
  index: number;
  /** `subpath` is the directory that is searched for skills. */
  source: RepositorySource | DirectorySource;
  include: string[];
  exclude: string[];
  prefix: string;
  enabled: boolean;
  groups: string[];
  /** False if its source may have more members than are known. */
  isComplete: boolean;
  /** True if the globs select a skill of its source. */
  wants(skill: NamedSkill): boolean;
  /** True if `include` names this skill, without wildcards. */
  names(skill: NamedSkill): boolean;
  /** The globs of `include` that select none of these skills. */
  unmatched(skills: readonly NamedSkill[]): string[];
}

/** A member of a collection that is known from the lockfile or from its source. */
export interface KnownMember {
  collection: ManifestCollection;
  /** With the prefix. */
  id: string;
  subpath: string;
  /** The commit in which it was found, if its pin is not in the lockfile. */
  commit?: string;
  /** How that commit came into the mirror in this run; absent if it was there. */
  arrived?: "cloned" | "updated";
}

/** A target as it is written; invalid fields are missing. */
export interface TargetDocument {
  agent?: string | undefined;
  scope?: Scope | undefined;
  path?: string | undefined;
  environment: TargetEnvironment;
}

/** `[defaults]` */
export interface ManifestDefaults {
  /** As written; none if the manifest sets none. */
  targets: readonly TargetDocument[];
  mode: InstallMode;
}

export type Scope = "global" | "project";
export type InstallMode = "symlink" | "copy";

/** `[limits]` of one skill; bytes. */
export interface SkillLimits {
  maxFiles: number;
  maxBytes: number;
  maxFileBytes: number;
  maxDepth: number;
}

/** A repository of an OCI registry that has the contents of locked skills. */
export interface RemoteStoreSettings {
  /** `oci://host[:port]/repository` */
  address: string;
  /** The same for requests. */
  url: string;
  /** The longest wait for one entry, in milliseconds, and one second more for each MiB. */
  timeoutMs: number;
}

export interface RegistrySettings {
  /** The address for git. */
  url: string;
  /** The same as a source, for syncing. */
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
  /** The groups it belongs to; none: wanted on every machine. */
  groups: string[];
  /** It is in no group, or in one that this machine has. */
  isHere: boolean;
  source: SkillSource;
  installMode: InstallMode;
  /** The name that the front matter of the installed copy gets; null: the content is installed as it is. */
  alias: string | null;
  /** At least one, in manifest order; agents that resolve to one path are merged. */
  targets: ManifestTarget[];
  verify: { enabled: boolean; checks: VerifyCheck[] };
  noExecMetadataOnly: boolean;
  /** The collection that it is a member of. */
  collection?: Pick<ManifestCollection, "key" | "index">;
}

export type VerifyCheck = "path-exists" | "target-resolves" | "is-symlink" | "content-present" | "content-matches";

/** One wanted target of a skill. */
export interface ManifestTarget {
  /** Agent ids in manifest order; ["custom"] for a path of the user's own. */
  agents: string[];
  /**
   * The agent's skills directory, absolute. In a container or on another host it is a path there,
   * and may begin with `~/`: the home directory there, which only the program that writes there can
   * resolve.
   */
  root: string;
  /** `<root>/<skill id>`. */
  path: string;
  /** The root is an agent's own directory in the project and must not lead out of it. */
  inProject: boolean;
  environment: TargetEnvironment;
  /**
   * Agents of the manifest that read this directory and ignore it if a link in it leads out of the
   * project; absent if there are none.
   */
  linksDroppedBy?: string[];
}

export type SkillSource = RepositorySource | DirectorySource | RegistrySource;

/**
 * A plain directory (or a git work tree without `ref`): linked live, or copied as a snapshot in
 * copy mode.
 */
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
export type { RepositorySource } from "./repository-source.js";
