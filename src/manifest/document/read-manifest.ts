import { dirname } from "node:path";
import { placedBase } from "../names/expand-path.js";
import { expandStorage, storageIn } from "../names/product-home.js";
import { lockfilePathFor } from "./find-manifest.js";
import {
  createFindings,
  formatFieldPath,
  quote,
  type FieldPath,
  type Finding,
  type Findings,
} from "../format/findings.js";
import { locateFields } from "../format/locate-fields.js";
import { readManifestDocument, type ManifestDocument } from "./manifest-schema.js";
import { machineGroups } from "./machine-groups.js";
import { reportMembers } from "./member-problems.js";
import { readSkills } from "./manifest-skill.js";
import type {
  KnownMember,
  Manifest,
  ManifestReading,
  Problem,
  RegistrySettings,
  RepositorySource,
} from "./manifest.js";
import { settleReactor } from "./settle-reactor.js";
import { readRemoteStore } from "./remote-store-settings.js";
import { readPolicy, type PolicyOwner, type StoredTeamFile } from "../policy/read-policy.js";
import { parseToml } from "../format/parse-toml.js";
import type { FindInstalled } from "../source/installed-package.js";
import { installedFinder } from "./installed-finder.js";
import { readRegistryUrl, type LocalSourceProbe, type SkillSourceContext } from "../source/skill-source.js";
import { withOwnAgents } from "../targets/own-agents.js";
import { targetRootDanger } from "../targets/target-danger.js";
import type { ImageRoot } from "../../system/image-root.js";
import { sha256Hex } from "../../system/sha256.js";

const MAXIMUM_BYTES = 1024 * 1024;

/** The context for reading a manifest. */
export interface ManifestContext {
  /** Absolute path of the file. */
  path: string;
  /** Absolute. */
  home: string;
  env: Record<string, string | undefined>;
  /** The root of the image that its targets are placed in. */
  root?: ImageRoot | undefined;
  /** Unknown keys are errors. */
  strict: boolean;
  localSources: LocalSourceProbe;
  /** The team's policy file in a repository, as it is pinned and stored here; without, it is not here. */
  storedTeamFile?(source: string, repository: RepositorySource, storageRoot: string): StoredTeamFile;
}

const NOT_STORED: StoredTeamFile = { locked: null, content: null };

/**
 * Reads a manifest: syntax, then every value, then combinations of values. All problems are
 * reported at once. Prefer bytes to a string, since a string hides invalid UTF-8. Never throws.
 */
export async function readManifest(input: string | Uint8Array, context: ManifestContext): Promise<ManifestReading> {
  const toml = parseToml(input, MAXIMUM_BYTES);
  if ("problem" in toml) {
    return { manifest: null, problems: [{ severity: "error", path: "", ...toml.problem }] };
  }
  const { document, issues } = readManifestDocument(toml.document);
  const findInstalled = await installedFinder(document, dirname(context.path));
  const collections = await collectionReader(document, findInstalled);
  const digest = sha256Hex(input);
  const policyFindings = createFindings();
  const { path, home, env } = context;
  const directory = dirname(path);
  const storedTeamFile: PolicyOwner["storedTeamFile"] = (source, repository) =>
    context.storedTeamFile?.(source, repository, expandStorage(document.storage.root, directory, { home, env })) ??
    NOT_STORED;
  const owner = { path, text: toml.text, directory, home, env, findings: policyFindings, storedTeamFile };
  const policy = await readPolicy(document.policy, owner);
  const read = async (members: readonly KnownMember[], complete: ReadonlySet<number>): Promise<ManifestReading> => {
    const findings = createFindings();
    for (const { code, at, message } of policyFindings.all) findings.error(code, at, message);
    for (const { code, at, message } of issues) {
      // A mistyped rule of a policy must not allow what it should deny.
      if (code === "UNKNOWN_KEY" && !context.strict && at[0] !== "policy") findings.warning(code, at, message);
      else findings.error(code, at, message);
    }
    const parts = { digest, policy, members, collections: collections(context, complete), withMembers };
    const manifest = buildManifest(document, { ...context, findInstalled }, findings, parts);
    reportMembers(manifest, members, { findings, strict: context.strict });
    const problems = await placed(findings.all, toml);
    const failed = problems.some((problem) => problem.severity === "error");
    return { manifest: failed ? null : manifest, problems };
  };
  const withMembers: Manifest["withMembers"] = async (members, complete) => await read(members, complete);
  return await read([], new Set());
}

/** The reader of collections, which a manifest without them does not load. */
async function collectionReader(document: ManifestDocument, findInstalled: FindInstalled | undefined) {
  if (document.collections.length === 0) return () => [];
  const { readCollections } = await import("./manifest-collection.js");
  return ({ path, home, localSources }: ManifestContext, complete: ReadonlySet<number>) => {
    // Problems of a source are reported by `readSkills`.
    const silent = { directory: dirname(path), home, localSources, findInstalled, findings: createFindings() };
    return readCollections(document.collections, silent).map((one) => ({
      ...one,
      isComplete: complete.has(one.index),
    }));
  };
}

function buildManifest(
  document: ManifestDocument,
  context: ManifestContext & Pick<SkillSourceContext, "findInstalled">,
  findings: Findings,
  {
    members,
    ...parts
  }: Pick<Manifest, "digest" | "policy" | "collections" | "withMembers"> & { members: readonly KnownMember[] },
): Manifest {
  const { path, home, env, root, localSources, findInstalled } = context;
  const directory = dirname(path);
  const storageRoot = readStorageRoot(document.storage.root, context, findings);
  const recordsRoot = root === undefined ? storageRoot : storageIn(root, document.storage.root, directory);
  const sourceContext: SkillSourceContext = { directory, home, localSources, findInstalled, findings };
  const agents = withOwnAgents(document.agents);
  const groups = new Set([...document.skills, ...document.collections].flatMap((entry) => entry.groups));
  const machine = machineGroups(env, document.defaults.groups, groups, findings);
  const base = placedBase({ home, manifestDirectory: directory, root });
  const targetContext = { ...base, agents, storageRoot: recordsRoot, env, scope: document.scope };
  return {
    ...parts,
    path,
    directory,
    lockfilePath: lockfilePathFor(path),
    scope: document.scope,
    storageRoot,
    root,
    recordsRoot,
    remoteStore: readRemoteStore(document.store, findings),
    gitignore: document.project.gitignore,
    reactor: settleReactor(document.reactor, findings),
    limits: {
      maxFiles: document.limits.max_files,
      maxBytes: document.limits.max_bytes,
      maxFileBytes: document.limits.max_file_bytes,
      maxDepth: document.limits.max_depth,
    },
    registries: resolveRegistries(document.registries, sourceContext),
    agents,
    defaults: { targets: document.defaults.targets ?? [], mode: document.defaults.mode },
    groups,
    skills: readSkills(document, members, { ...sourceContext, ...targetContext, groups: machine }),
  };
}

function readStorageRoot(text: string, { path, home, env }: ManifestContext, findings: Findings): string {
  const directory = dirname(path);
  const root = expandStorage(text, directory, { home, env });
  const danger =
    text.trim() === "" || /\p{Cc}/u.test(text)
      ? "the path is empty, or holds a control character"
      : targetRootDanger(root, { home, manifestDirectory: directory, storageRoot: null });
  if (danger !== null) findings.error("TARGET_PATH_INVALID", ["storage", "root"], `${quote(text)}: ${danger}`);
  return root;
}

function resolveRegistries(
  document: ManifestDocument["registries"],
  context: SkillSourceContext,
): Record<string, RegistrySettings> {
  // Without a prototype "toString" is not a registry.
  const registries: Record<string, RegistrySettings> = Object.create(null);
  for (const [name, { url, priority, auto_update }] of Object.entries(document)) {
    const source = url === undefined ? null : readRegistryUrl(url, ["registries", name, "url"], context);
    if (source !== null) registries[name] = { url: source.url, source, priority, autoUpdate: auto_update };
  }
  return registries;
}

/** Problems with their positions, in the order of the text. */
async function placed(
  findings: readonly Finding[],
  { document, text }: { document: object; text: string },
): Promise<Problem[]> {
  if (findings.length === 0) return [];
  const placeOf = await locateFields(text);
  const problems = findings.map(({ code, severity, at, message }): Problem => {
    // The environment has no place in the text.
    const place = at.length === 0 ? null : placeOf(at);
    return {
      code,
      severity,
      path: formatFieldPath(writtenPath(at, document)),
      message: typeof message === "string" ? message : message((field) => placeOf(field)?.line ?? null),
      line: place?.line ?? null,
      column: place?.column ?? null,
    };
  });
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** A field of a value in short form has no path of its own: the path ends at the first scalar. */
function writtenPath(at: FieldPath, document: object): FieldPath {
  let value: unknown = document;
  for (const [index, step] of at.entries()) {
    if (typeof value === "string") return at.slice(0, index);
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  return at;
}
