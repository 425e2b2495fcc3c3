import { isAbsolute } from "node:path";
import type * as z from "zod/mini";
import { EdenError, sanitize } from "../../errors.js";
import { formatFieldPath, quote } from "../format/findings.js";
import type { RepositorySource } from "../document/manifest.js";
import { parseToml } from "../format/parse-toml.js";
import { readDocument } from "../format/read-document.js";
import { registryEntrySchema, registryManifestSchema } from "./registry-schema.js";
import { repositoryAt } from "../source/skill-source.js";
import { isArchive } from "../source/archive-address.js";
import { parseSource } from "../source/source-grammar.js";

/** Maximum bytes of one file of an index. */
export const MOST_ENTRY_BYTES = 256 * 1024;

/** A skill of a registry; all fields were validated. */
export interface RegistryEntry {
  name: string;
  description: string | null;
  /** Without a ref, which belongs to the version. */
  source: RepositorySource;
  /** In the order of the file; no version twice. */
  versions: RegistryVersion[];
}

export interface RegistryVersion {
  version: string;
  /** At least one of ref and commit is set. */
  ref: string | null;
  commit: string | null;
  yanked: boolean;
}

/** The file of a skill in a registry. */
export function entryPath(name: string): string {
  return `index/${name.slice(0, 1)}/${name}.toml`;
}

/**
 * The index of one registry: untrusted files of a repository. Each file is read on demand, and an
 * invalid one does not affect the others.
 */
export class RegistryIndex {
  private constructor(
    readonly registry: string,
    private readonly source: RepositorySource,
    private readonly files: ReadonlyMap<string, string | null>,
    private readonly home: string,
  ) {}

  /**
   * @param registry its name in the manifest.
   * @param source its address.
   * @param files text by path, `manifest.toml` and `index/…`; null for a file that is too large.
   * @throws EdenError `UNSUPPORTED_VERSION`, `REGISTRY_INVALID` for a repository that is not a
   *   registry.
   */
  static open(
    registry: string,
    source: RepositorySource,
    files: ReadonlyMap<string, string | null>,
    home: string,
  ): RegistryIndex {
    const index = new RegistryIndex(registry, source, files, home);
    if (!files.has(MANIFEST)) throw index.#invalid(MANIFEST, "missing: this repository is not a registry");
    index.#document(MANIFEST, registryManifestSchema);
    return index;
  }

  /** Names by their files, not validated: for suggestions. */
  names(): string[] {
    return [...this.files.keys()]
      .filter((path) => path !== MANIFEST)
      .map((path) => path.replace(/^.*\/|\.toml$/gu, ""));
  }

  /**
   * The skill of that name, or null.
   * @throws EdenError `REGISTRY_INVALID` that names file and field.
   */
  entry(name: string): RegistryEntry | null {
    return this.files.has(entryPath(name)) ? this.#read(entryPath(name)) : null;
  }

  /** Every valid skill, and the problems of the others. */
  entries(): { entries: RegistryEntry[]; problems: EdenError[] } {
    const entries: RegistryEntry[] = [];
    const problems: EdenError[] = [];
    for (const path of this.files.keys()) {
      if (path === MANIFEST) continue;
      try {
        entries.push(this.#read(path));
      } catch (error) {
        if (!(error instanceof EdenError)) throw error;
        problems.push(error);
      }
    }
    return { entries, problems };
  }

  #read(path: string): RegistryEntry {
    const { skill, versions } = this.#document(path, registryEntrySchema);
    const { name, description = null, repo, subpath } = skill;
    if (path !== entryPath(name)) throw this.#invalid(path, `skill.name: ${quote(name)} belongs in ${entryPath(name)}`);
    const seen = new Set<string>();
    const read = versions.map(({ version, ref = null, commit = null, yanked }, at): RegistryVersion => {
      const field = `versions[${at}]`;
      if (seen.has(version)) throw this.#invalid(path, `${field}.version: ${quote(version)} is listed twice`);
      if (ref === null && commit === null) throw this.#invalid(path, `${field}: neither ref nor commit`);
      seen.add(version);
      return { version, ref, commit, yanked };
    });
    return { name, description, source: { ...this.#repository(path, repo), subpath }, versions: read };
  }

  /**
   * A registry sends all its users to its addresses: they must not be on the user's own machine,
   * and not without encryption.
   */
  #repository(path: string, repo: string): RepositorySource {
    const refuse = (reason: string) => this.#invalid(path, `skill.repo: ${reason}`);
    const parsed = parseSource(repo, { directory: "/", home: this.home });
    if (parsed.kind === "refused") throw refuse(parsed.reason);
    if (parsed.kind === "remote" && isArchive(parsed)) throw refuse("an entry of a registry is a git repository");
    const found = repositoryAt(repo, parsed);
    if (this.source.transport === "file") {
      if (parsed.kind === "path" && !isAbsolute(repo)) throw refuse("a path in a registry is absolute");
      return found;
    }
    if (found.transport === "file")
      throw refuse("only a registry on this machine may name a repository on this machine");
    const isEncrypted = (transport: string) => transport === "https" || transport === "ssh";
    if (!isEncrypted(found.transport) && isEncrypted(this.source.transport))
      throw refuse(`${found.transport}:// is neither encrypted nor authenticated`);
    return found;
  }

  #document<S extends z.core.$ZodType>(path: string, schema: S): z.output<S> {
    const text = this.files.get(path) ?? null;
    if (text === null) throw this.#invalid(path, `more than ${MOST_ENTRY_BYTES} bytes`);
    const toml = parseToml(text, MOST_ENTRY_BYTES);
    if ("problem" in toml) {
      const { line, message } = toml.problem;
      throw this.#invalid(path, line === null ? message : `line ${line}: ${message}`);
    }
    const reading = readDocument(schema, toml.document);
    if ("document" in reading) return reading.document;
    const [{ code, at, message }] = reading.issues;
    const error = this.#invalid(path, `${formatFieldPath(at)}: ${message}`);
    if (code !== "UNSUPPORTED_VERSION") throw error;
    throw new EdenError(code, error.message, { stage: "resolve", hint: "Install a newer eden-skills." });
  }

  #invalid(path: string, message: string): EdenError {
    return new EdenError("REGISTRY_INVALID", `registry ${this.registry}: ${sanitize(path)}: ${message}`, {
      stage: "resolve",
    });
  }
}

const MANIFEST = "manifest.toml";
