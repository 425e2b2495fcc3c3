import { dirname, join } from "node:path";
import { EdenError } from "../../errors.js";
import { isKnown } from "../../system/known-directory.js";
import { placeOf, readBytesIfExists, realPlace } from "../../system/read-files.js";
import { sha256Hex } from "../../system/sha256.js";
import type { RepositorySource } from "../document/manifest.js";
import type { LockedPolicy } from "../lockfile/locked-policy.js";
import { readTeamSource } from "./team-source.js";
import { formatFieldPath, type FieldPath, type Findings } from "../format/findings.js";
import { locateFields } from "../format/locate-fields.js";
import { parseToml } from "../format/parse-toml.js";
import { readDocument } from "../format/read-document.js";
import { expandPath } from "../names/expand-path.js";
import { productHome, type ProductHomeContext } from "../names/product-home.js";
import type { Policy, PolicyLayer } from "./policy.js";
import type { ManifestPolicyDocument, PolicyRules } from "./policy-document.js";
import { policyFileSchema } from "./policy-schema.js";

const MAXIMUM_BYTES = 1024 * 1024;

/** The manifest whose policy is read. */
export interface PolicyOwner {
  /** Absolute path of the manifest. */
  path: string;
  text: string;
  /** The directory that relative paths start from. */
  directory: string;
  home: string;
  /** The team's file in a repository, as it is pinned and stored on this machine. */
  storedTeamFile(source: string, repository: RepositorySource): StoredTeamFile;
  env: ProductHomeContext["env"];
  findings: Findings;
}

/** What is known on this machine about a team's file. */
export interface StoredTeamFile {
  locked: LockedPolicy | null;
  /** Null if it is not here. */
  content: TeamFileContent | null;
}

export interface TeamFileContent {
  policy: Buffer;
  /** Absolute path of its file of allowed signers; null for none. */
  signers: string | null;
}

/**
 * The policy of a manifest: its own, that of the file which it extends, and that of the machine's
 * owner. A file that cannot be read or has any problem is an error: a mistyped rule must not allow
 * what it should deny.
 */
export async function readPolicy(own: ManifestPolicyDocument | undefined, owner: PolicyOwner): Promise<Policy> {
  const { path, text, directory, home, findings } = owner;
  const layers: PolicyLayer[] = [];
  const files: string[] = [];
  let team: Policy["team"] = null;
  const take = async (origin: PolicyLayer["origin"], file: string, at: FieldPath) => {
    // A link and what it leads to may both change.
    files.push(...new Set([file, realPlace(file)]));
    const layer = await readLayer(origin, file, (problem) => findings.error("INVALID_POLICY", at, problem));
    if (layer !== null) layers.push(layer);
    return layer;
  };
  if (own !== undefined) {
    const { extends: extended, ...rules } = own;
    if (Object.keys(rules).length > 0) layers.push({ origin: "manifest", file: path, rules, text, at: ["policy"] });
    for (const { at, message } of await licensesOf(rules)) findings.error("INVALID_POLICY", ["policy", ...at], message);
    const at = ["policy", "extends"];
    const problem = (what: string) => findings.error("INVALID_POLICY", at, what);
    const repository = extended === undefined ? null : readTeamSource(extended, { directory, home });
    if (repository !== null && "problem" in repository) problem(repository.problem);
    else if (extended !== undefined && repository !== null) {
      const { locked, content } = owner.storedTeamFile(extended, repository);
      const layer = content === null ? null : await teamLayer(extended, content, problem);
      layers.push(layer ?? missingLayer(extended));
      team = { source: extended, repository, locked, pin: layer === null ? null : locked };
    } else if (extended !== undefined) {
      const file = placeOf(expandPath(extended, directory, home));
      const before = findings.all.length;
      const layer = await take("team", file, at);
      if (layer === null && findings.all.length === before) problem(`there is no policy file ${file}`);
      const pin = layer && { source: extended, commit: "", sha256: sha256Hex(layer.text) };
      team = { source: extended, repository: null, locked: null, pin };
    }
  }
  const machine = machinePolicyPath(owner);
  if (isKnown(machine)) await take("machine", machine, []);
  return { layers, files: [...files, ...layers.flatMap((layer) => keyFiles(layer, home))], team };
}

/** The policy of the machine's owner: `policy.toml` in the product's home. */
export function machinePolicyPath(context: ProductHomeContext): string {
  return join(productHome(context), "policy.toml");
}

/** A team's file that is not here: nothing is allowed without it. */
function missingLayer(source: string): PolicyLayer {
  const nothing = { allow: [] };
  const rules = { sources: nothing, registries: nothing, sites: nothing };
  return { origin: "team", file: source, rules, isMissing: true, text: "", at: [] };
}

/**
 * The rules of a team's file in a repository. Keys of gpg are a directory, which is not fetched.
 * @returns null after its first problem was reported.
 */
export async function teamLayer(
  source: string,
  { policy, signers }: TeamFileContent,
  report: (problem: string) => void,
): Promise<PolicyLayer | null> {
  const layer = await layerOf("team", source, policy, report);
  if (layer?.rules.signatures === undefined) return layer;
  const { signatures } = layer.rules;
  if (signatures.gpg_home !== undefined) {
    report(`${source}: signatures.gpg_home: a policy in a repository has \`allowed_signers\` alone`);
    return null;
  }
  if (signers === null) {
    report(`${source}: signatures.allowed_signers: its repository has no such file`);
    return null;
  }
  return { ...layer, rules: { ...layer.rules, signatures: { allowed_signers: signers } } };
}

/** The files with the keys of a layer: who takes a key out of them revokes it. */
function keyFiles({ file, rules: { signatures = {} } }: PolicyLayer, home: string): string[] {
  const { allowed_signers: signers, gpg_home: gpg } = signatures;
  const rings = gpg === undefined ? [] : ["pubring.kbx", "pubring.gpg"].map((name) => join(gpg, name));
  return [...(signers === undefined ? [] : [signers]), ...rings].map((path) => expandPath(path, dirname(file), home));
}

/** Null if there is no such file, or after its first problem was reported. */
async function readLayer(
  origin: PolicyLayer["origin"],
  file: string,
  report: (problem: string) => void,
): Promise<PolicyLayer | null> {
  const bytes = bytesOf(file, report);
  return bytes === null ? null : await layerOf(origin, file, bytes, report);
}

/** @param file its name in messages. */
async function layerOf(
  origin: PolicyLayer["origin"],
  file: string,
  bytes: Buffer,
  report: (problem: string) => void,
): Promise<PolicyLayer | null> {
  const parsed = parseToml(bytes, MAXIMUM_BYTES);
  if ("problem" in parsed) {
    const { line, message } = parsed.problem;
    report(`${file}${line === null ? "" : `:${line}`}: ${message}`);
    return null;
  }
  const read = readDocument(policyFileSchema, parsed.document);
  const problems = "issues" in read ? read.issues : await licensesOf(read.document);
  if ("issues" in read || problems.length > 0) {
    const lineOf = await locateFields(parsed.text);
    for (const { at, message } of problems)
      report(`${file}:${lineOf(at)?.line ?? 1}: ${formatFieldPath(at)}: ${message}`);
    return null;
  }
  const { version: _, ...rules }: PolicyRules & { version: number } = read.document;
  return { origin, file, rules, text: parsed.text, at: [] };
}

function bytesOf(file: string, report: (problem: string) => void): Buffer | null {
  try {
    return readBytesIfExists(file);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    report(`${file} cannot be read: ${error.message}`);
    return null;
  }
}

/** The problems of names of licences; what knows them is loaded only for them. */
async function licensesOf(rules: PolicyRules): Promise<{ at: FieldPath; message: string }[]> {
  if (rules.licenses === undefined) return [];
  return await (await import("./license-expression.js")).licenseProblems(rules);
}
