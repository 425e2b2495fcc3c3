import { join } from "node:path";
import { quote, type FieldPath, type Findings } from "../format/findings.js";
import type { ManifestDocument } from "../document/manifest-schema.js";
import type { SkillDocument } from "../document/skill-schema.js";
import type { SourceDocument } from "../document/source-schema.js";
import type { DirectorySource, RegistrySource, RepositorySource, SkillSource } from "../document/manifest.js";
import { refProblem } from "../names/ref-name.js";
import { didYouMean } from "../names/nearest-word.js";
import { fileKey } from "./remote-url.js";
import { isArchive, sourceRefProblem } from "./archive-address.js";
import type { FindInstalled } from "./installed-package.js";
import { parseSource, type ParsedSource } from "./source-grammar.js";

/** The kind of a path as a source; a work tree is a directory that contains `.git`. */
export type LocalKind = "absent" | "file" | "directory" | "work-tree" | "bare-repository";

/** Queries about local sources while a manifest is read. */
export interface LocalSourceProbe {
  kindOf(path: string): LocalKind;
}

/** The context for resolving a source. */
export interface SkillSourceContext {
  directory: string;
  home: string;
  localSources: LocalSourceProbe;
  /** Left out if no source is a package. */
  findInstalled?: FindInstalled | undefined;
  /** Gets the problems. */
  findings: Findings;
}

/** The source of a skill, or null if a problem was reported. */
export function readSkillSource(
  skill: SkillDocument,
  registries: ManifestDocument["registries"],
  at: FieldPath,
  context: SkillSourceContext,
): SkillSource | null {
  const { findings } = context;
  const source = withUrl(skill.source, at, findings);
  const hasSource = source.repo !== undefined || source.ref !== undefined || source.subpath !== undefined;
  if (!hasSource && skill.name !== undefined) return readRegistrySource(skill, registries, at, findings);
  for (const key of ["name", "version", "registry"] as const) {
    if (!hasSource || skill[key] === undefined) continue;
    findings.error(
      "INVALID_TYPE",
      [...at, key],
      `\`${key}\` asks a registry, but the skill has a \`source\`: keep one of the two`,
    );
  }
  if (source.repo === undefined) {
    findings.missing(
      [...at, "source", "repo"],
      "missing: the repository or directory the skill comes from, or a `name` to look up in a registry",
    );
    return null;
  }
  return readRepositorySource(source.repo, source, [...at, "source"], context);
}

/** A source with `url` and `sha256` as one whose `ref` is the digest. */
function withUrl({ url, sha256, ...source }: SourceDocument, at: FieldPath, findings: Findings): SourceDocument {
  if (url === undefined) {
    if (sha256 !== undefined) findings.missing([...at, "source", "url"], "missing: the address of the archive");
    return source;
  }
  if (source.repo !== undefined || source.ref !== undefined)
    findings.error(
      "INVALID_TYPE",
      [...at, "source", "url"],
      "an archive has `url` and `sha256`, and no `repo` or `ref`",
    );
  return { ...source, repo: url, ...(sha256 !== undefined && { ref: `sha256:${sha256}` }) };
}

/**
 * A registry's index is a repository like any other; null if a problem with its address was
 * reported.
 */
export function readRegistryUrl(url: string, at: FieldPath, context: SkillSourceContext): RepositorySource | null {
  const { findings } = context;
  const parsed = parseSource(url, context);
  if (parsed.kind === "refused") {
    findings.error("INVALID_REPO_URL", at, parsed.reason);
    return null;
  }
  if (parsed.kind === "remote" && isArchive(parsed)) {
    findings.error("INVALID_REPO_URL", at, "a registry is a git repository");
    return null;
  }
  return repositoryAt(url, parsed);
}

/** The repository at an address: its default branch and its root. */
export function repositoryAt(repo: string, parsed: Exclude<ParsedSource, { kind: "refused" }>): RepositorySource {
  const { url, key, host, transport } = parsed.kind === "path" ? localAddress(parsed.path) : parsed;
  return { kind: "repository", repo, url, key, host, transport, ref: null, subpath: "." };
}

/** The directory of a live-linked skill. */
export function directoryOf(source: DirectorySource): string {
  return join(source.path, source.subpath);
}

function readRegistrySource(
  { name = "", registry, version = "*" }: SkillDocument,
  registries: ManifestDocument["registries"],
  at: FieldPath,
  findings: Findings,
): RegistrySource | null {
  if (Object.keys(registries).length === 0) {
    findings.error(
      "MISSING_REGISTRIES",
      [...at, "name"],
      `${quote(name)} is to be looked up, but there is no [registries.NAME] to look in`,
    );
    return null;
  }
  if (registry !== undefined && !Object.hasOwn(registries, registry)) {
    const problem = `there is no [registries.${registry}]${didYouMean(registry, Object.keys(registries))}`;
    findings.error("UNKNOWN_REGISTRY", [...at, "registry"], problem);
    return null;
  }
  return { kind: "registry", name, version, registry: registry ?? null };
}

/** The source of a table with a `repo`; null if a problem was reported. */
export function readRepositorySource(
  repo: string,
  source: SourceDocument,
  at: FieldPath,
  context: SkillSourceContext,
): RepositorySource | DirectorySource | null {
  const { findings } = context;
  const ref = source.ref ?? null;
  const parsed = parseSource(repo, { ...context, allowInsecure: source.allow_insecure, ref });
  const subpath = source.subpath ?? ".";
  if (parsed.kind === "refused") {
    findings.error("INVALID_REPO_URL", [...at, "repo"], parsed.reason);
    return null;
  }
  if (parsed.kind === "remote") {
    const { url, key, host, transport } = parsed;
    if (ref === null && parsed.transport === "archive") {
      findings.missing([...at, "sha256"], "missing: the SHA-256 of the archive; `install` finds it");
      return null;
    }
    const problem = ref === null ? null : sourceRefProblem(parsed, ref);
    if (problem !== null) {
      findings.error("INVALID_REF", [...at, "ref"], problem);
      return null;
    }
    const installed = transport === "npm" ? context.findInstalled?.(repo, ref) : null;
    const found = installed == null ? {} : { installed };
    return { kind: "repository", repo, url, key, host, transport, ref, subpath, ...found };
  }
  const kind = context.localSources.kindOf(parsed.path);
  if (kind === "file") {
    findings.error(
      "INVALID_REPO_URL",
      [...at, "repo"],
      "this is a file; a skill comes from a directory or a repository",
    );
    return null;
  }
  const problem = ref === null ? null : refProblem(ref);
  if (problem !== null) {
    findings.error("INVALID_REF", [...at, "ref"], problem);
    return null;
  }
  if (kind === "directory" && ref !== null) {
    findings.error(
      "INVALID_REF",
      [...at, "ref"],
      "a plain directory has no refs; leave the key out, or name a git repository",
    );
    return null;
  }
  if (ref === null && kind !== "bare-repository") return { kind: "directory", repo, path: parsed.path, ref, subpath };
  return { kind: "repository", repo, ...localAddress(parsed.path), ref, subpath };
}

function localAddress(path: string): Pick<RepositorySource, "url" | "key" | "host" | "transport"> {
  return { url: path, key: fileKey(path), host: "", transport: "file" };
}
