import { basename, dirname } from "node:path";
import { LastValues } from "../../system/last-values.js";
import { formatFieldPath, quote } from "../format/findings.js";
import { readLockedPath, type LockfilePlace } from "./lockfile-paths.js";
import type { LockedCollection } from "./locked-collection.js";
import type { LockedPolicy } from "./locked-policy.js";
import { lockfileSchema, type LockedSkillDocument } from "./lockfile-schema.js";
import type { InstallMode } from "../document/manifest.js";
import { parseToml } from "../format/parse-toml.js";
import { readDocument } from "../format/read-document.js";
import { parseSource } from "../source/source-grammar.js";
import { placedBase } from "../names/expand-path.js";
import { targetRootDanger } from "../targets/target-danger.js";

/**
 * `skills.lock`: the resolved skills, sorted by id; paths are absolute in memory and shortened in
 * the file.
 */
export interface Lockfile {
  skills: LockedSkill[];
  /** How members of collections were chosen, by source; absent for collections of whole sources. */
  collections?: LockedCollection[];
  /** Absent if the manifest extends no policy file. */
  policy?: LockedPolicy;
}

export type { LockedCollection } from "./locked-collection.js";

export interface LockedSkill {
  id: string;
  sourceRepo: string;
  /** "" if the manifest names no ref. */
  sourceRef: string;
  sourceSubpath: string;
  /** 40 or 64 hex digits; "" for a directory source. */
  resolvedCommit: string;
  /** git tree id; "" for a live-linked directory. */
  tree: string;
  /** `sha256-<base64>` of the canonical listing; "" for a live-linked directory. */
  integrity: string;
  /** Only for a registry's skill. */
  resolvedVersion?: string;
  /** `<registry>/<name>` of that version. */
  resolvedFrom?: string;
  /** Only for a skill of a site. */
  site?: SitePin;
  /** Only for a skill of an archive. */
  archive?: ArchivePin;
  /** The collection that it is a member of: `<source_repo>[#ref][//subpath]`. */
  collection?: string;
  /** Only for a skill with an alias: its name in the installed copy, and the integrity of that copy. */
  alias?: string;
  installedIntegrity?: string;
  /** The hash of what the content can do, as `capabilitiesHash` makes it; absent if it is not known. */
  capabilities?: string;
  installMode: InstallMode;
  /** Sorted by agent, then by the path in the file. One row per agent. */
  targets: LockedTarget[];
}

/** The content that a site published. */
export interface SitePin {
  /** The site, or the part of it, that has the index. */
  address: string;
  /** `sha256:<hex>` of the index; absent if it has none. */
  digest?: string;
  /** git tree id of the files, and their integrity. */
  tree: string;
  integrity: string;
}

/** What identifies an archive, apart from its source. */
export interface ArchivePin {
  /** Of a package. */
  version?: string;
  /**
   * `sha256:<hex>`, or `sha512-<base64>` for a package; absent for a package that was found
   * installed without one.
   */
  digest?: string;
}

export interface LockedTarget {
  agent: string;
  /** `<root>/<skill id>`, absolute. */
  path: string;
  /** `docker:NAME`, `podman:NAME` or `ssh:HOST`, then `path` is a path there; absent for this machine. */
  environment?: string;
}

const MAXIMUM_BYTES = 8 * 1024 * 1024;

/**
 * Reads a lockfile, or returns one sentence why it cannot be trusted; never throws. It is untrusted
 * input: its paths lead to removals, and its addresses to downloads.
 */
export function parseLockfile(input: string | Uint8Array, place: LockfilePlace): ParsedLockfile {
  const text = typeof input === "string" ? input : Buffer.from(input).toString();
  const lockfile = known.of(keyOf(text, place));
  if (lockfile !== undefined) return { lockfile };
  const parsed = parse(input, place);
  if ("lockfile" in parsed) keepLockfile(text, place, parsed.lockfile);
  return parsed;
}

type ParsedLockfile = { lockfile: Lockfile } | { problem: string };

const known = new LastValues<Lockfile>();

/**
 * Keeps what a text contains, so that a lockfile that was just written is not parsed.
 * @param lockfile in the order of the file.
 */
export function keepLockfile(text: string, place: LockfilePlace, lockfile: Lockfile): void {
  // Bytes that are not UTF-8 give this character, too, and are refused.
  if (!text.includes("\ufffd")) known.keep(keyOf(text, place), lockfile);
}

function keyOf(text: string, { manifestDirectory, home, root }: LockfilePlace): string {
  return [manifestDirectory, home, root?.directory, root?.home, text].join("\0");
}

function parse(input: string | Uint8Array, place: LockfilePlace): ParsedLockfile {
  const toml = parseToml(input, MAXIMUM_BYTES);
  if ("problem" in toml) return { problem: withLine(toml.problem.message, toml.problem.line) };
  const reading = readDocument(lockfileSchema, toml.document);
  if ("issues" in reading) {
    // An unknown version explains all other problems.
    const issue = reading.issues.find(({ code }) => code === "UNSUPPORTED_VERSION") ?? reading.issues[0];
    return { problem: `${formatFieldPath(issue.at)}: ${issue.message}` };
  }
  const skills: LockedSkill[] = [];
  const ids = new Set<string>();
  for (const [index, entry] of reading.document.skills.entries()) {
    const skill = readLockedSkill(entry, place);
    if (typeof skill === "string") return { problem: `skills[${index}]: ${skill}` };
    if (ids.has(skill.id)) return { problem: `skills[${index}].id: ${quote(skill.id)} is listed twice` };
    ids.add(skill.id);
    skills.push(skill);
  }
  const { collections, policy } = reading.document;
  return {
    lockfile: { skills, ...(collections.length > 0 && { collections }), ...(policy !== undefined && { policy }) },
  };
}

function readLockedSkill(entry: LockedSkillDocument, place: LockfilePlace): LockedSkill | string {
  const { id, source_repo, resolved_version, resolved_from, site, collection } = entry;
  const { alias, installed_integrity, capabilities } = entry;
  const source = parseSource(source_repo, {
    directory: place.manifestDirectory,
    home: place.home,
    allowInsecure: true,
    ref: entry.source_ref,
  });
  if (source.kind === "refused") return source.reason;
  const archive = {
    ...(entry.archive_version !== undefined && { version: entry.archive_version }),
    ...(entry.archive_digest !== undefined && { digest: entry.archive_digest }),
  };
  const targets: LockedTarget[] = [];
  for (const { agent, path: written, environment } of entry.targets) {
    const path = readLockedPath(written, environment, place);
    if (path === null || basename(path) !== id) return `${quote(written)} is not a path of a target of ${quote(id)}`;
    const danger =
      environment === undefined ? targetRootDanger(dirname(path), { ...placedBase(place), storageRoot: null }) : null;
    if (danger !== null) return `${quote(written)}: ${danger}`;
    targets.push({ agent, path, ...(environment === undefined ? {} : { environment }) });
  }
  return {
    id,
    sourceRepo: source_repo,
    sourceRef: entry.source_ref,
    sourceSubpath: entry.source_subpath,
    resolvedCommit: entry.resolved_commit,
    tree: entry.tree,
    integrity: entry.integrity,
    ...(resolved_version === undefined ? {} : { resolvedVersion: resolved_version }),
    ...(resolved_from === undefined ? {} : { resolvedFrom: resolved_from }),
    ...(site === undefined ? {} : { site: sitePinOf(site) }),
    ...(Object.keys(archive).length > 0 && { archive }),
    ...(collection === undefined ? {} : { collection }),
    ...(alias === undefined ? {} : { alias }),
    ...(installed_integrity === undefined ? {} : { installedIntegrity: installed_integrity }),
    ...(capabilities === undefined ? {} : { capabilities }),
    installMode: entry.install_mode,
    targets,
  };
}

function sitePinOf({ digest, ...pin }: NonNullable<LockedSkillDocument["site"]>): SitePin {
  return { ...pin, ...(digest !== undefined && { digest }) };
}

function withLine(message: string, line: number | null): string {
  return line === null ? message : `line ${line}: ${message}`;
}
