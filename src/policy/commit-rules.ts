import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { fileIn } from "../git/file-in.js";
import type { Repository } from "../git/repository.js";
import type { SigningKeys } from "../git/verify-signature.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { expandPath } from "../manifest/names/expand-path.js";
import type { Policy, PolicyLayer } from "../manifest/policy/policy.js";
import { readCommitFacts, writeCommitFacts, type CommitFacts } from "../store/commit-facts.js";
import { fileDigest } from "../system/file-identity.js";
import { sha256Hex } from "../system/sha256.js";
import { isLicenseFile, licenseInText, MOST_LICENSE_BYTES } from "./license-text.js";
import { inEachLayer, type RuleVerdict, type Verdict } from "./verdict.js";

type Ruled = Pick<Manifest, "policy" | "storageRoot">;

/** True if a rule needs facts about a commit that are not recorded. */
export function lacksFacts({ policy, storageRoot }: Ruled, home: string, commit: string): boolean {
  const { isNeeded, keys } = needed(policy, home);
  if (!isNeeded || commit === "") return false;
  const facts = readCommitFacts(storageRoot, commit);
  if (facts === null || keys.some(([digest]) => !facts.signatures.has(digest))) return true;
  return asksLicenses(policy) && facts.license === undefined;
}

/** A commit that was just fetched, or is in the mirror. */
interface SeenCommit {
  commit: string;
  /** The ref that led to it: a signed tag is as good as a signed commit. */
  ref: string | null;
  home: string;
  now: Date;
  /** It was not there when its repository was last looked at. */
  isNew: boolean;
}

/** Records what the rules need to know about a commit. */
export async function recordCommit(
  repository: Repository,
  { policy, storageRoot }: Ruled,
  { commit, ref, home, now, isNew }: SeenCommit,
): Promise<void> {
  const { isNeeded, keys } = needed(policy, home);
  if (!isNeeded) return;
  const known = readCommitFacts(storageRoot, commit);
  const signatures: CommitFacts["signatures"] = new Map(known?.signatures);
  for (const [digest, key] of keys)
    if (!signatures.has(digest)) signatures.set(digest, await repository.signatureProblem({ commit, ref }, key));
  const license =
    known?.license === undefined && asksLicenses(policy) ? await rootLicense(repository, commit) : known?.license;
  writeCommitFacts(storageRoot, commit, {
    committed: known?.committed ?? (await repository.commitSeconds(commit)),
    seen: known === null ? (isNew ? now.toISOString() : null) : known.seen,
    signatures,
    ...(license !== undefined && { license }),
  });
}

async function rootLicense(repository: Repository, commit: string): Promise<CommitFacts["license"]> {
  const file = await fileIn(repository, { commit, subpath: "." }, isLicenseFile, MOST_LICENSE_BYTES);
  return file === null ? null : { file: file.name, name: await licenseInText(file.content.toString("utf8")) };
}

/** What the policy says about a commit. Undecided as long as nothing is recorded about it. */
export function commitVerdicts({ policy, storageRoot }: Ruled, home: string, commit: string, now: Date): Verdict[] {
  if (!needed(policy, home).isNeeded) return [];
  const facts = readCommitFacts(storageRoot, commit);
  return inEachLayer(policy, (layer) => [...ageVerdict(layer, facts, now), ...signatureVerdict(layer, facts, home)]);
}

/**
 * The age counts from the committer's date, and from the time when the commit was first seen here:
 * the committer alone decides about the former.
 */
function ageVerdict({ rules }: PolicyLayer, facts: CommitFacts | null, now: Date): RuleVerdict[] {
  const { min_age: least } = rules;
  if (least === undefined) return [];
  const about = { rule: "min_age", at: ["min_age"] } as const;
  if (facts === null) return [{ ...about, outcome: "undecided", message: "its commit was not looked at yet" }];
  if (facts.committed === null) return [{ ...about, outcome: "denied", message: "its commit has no date" }];
  const seen = facts.seen === null ? Number.NEGATIVE_INFINITY : Date.parse(facts.seen);
  const [from, what] =
    seen > facts.committed * 1000 ? [seen, "was first seen here"] : [facts.committed * 1000, "was committed"];
  const isDenied = now.getTime() - from < least;
  const day = new Date(from).toISOString();
  const message = `its commit ${what} at ${day}, ${isDenied ? "less" : "more"} than ${hours(least)} ago`;
  return [{ ...about, outcome: isDenied ? "denied" : "allowed", message }];
}

function hours(ms: number): string {
  const number = ms / 3_600_000;
  return number % 24 === 0 ? `${number / 24} days` : `${number} hours`;
}

function signatureVerdict(layer: PolicyLayer, facts: CommitFacts | null, home: string): RuleVerdict[] {
  if (layer.rules.signatures === undefined) return [];
  const about = { rule: "signatures", at: ["signatures"] } as const;
  const problem = facts?.signatures.get(keysOf(layer, home)[0]);
  if (problem === undefined)
    return [{ ...about, outcome: "undecided", message: "the signature of its commit was not checked yet" }];
  if (problem === null)
    return [{ ...about, outcome: "allowed", message: "its commit or tag has a signature of an allowed key" }];
  return [{ ...about, outcome: "denied", message: `its commit: ${problem}` }];
}

function asksLicenses({ layers }: Pick<Policy, "layers">): boolean {
  return layers.some(({ rules }) => rules.licenses !== undefined);
}

function needed({ layers }: Policy, home: string): { isNeeded: boolean; keys: [string, SigningKeys][] } {
  const signed = layers.filter(({ rules }) => rules.signatures !== undefined);
  const isAged = layers.some(({ rules }) => rules.min_age !== undefined);
  const isNeeded = isAged || signed.length > 0 || asksLicenses({ layers });
  return { isNeeded, keys: signed.map((layer) => keysOf(layer, home)) };
}

/** The keys of a layer with a digest of what they are now. */
function keysOf({ file, rules: { signatures = {} } }: PolicyLayer, home: string): [string, SigningKeys] {
  const absolute = (path: string | undefined) => (path === undefined ? null : expandPath(path, dirname(file), home));
  const [allowedSigners, gpgHome] = [absolute(signatures.allowed_signers), absolute(signatures.gpg_home)];
  const rings = gpgHome === null ? [] : ["pubring.kbx", "pubring.gpg"].map((name) => `${gpgHome}/${name}`);
  const digests = [allowedSigners, ...rings].map((path) => [path, path === null ? null : digestOf(path)]);
  return [sha256Hex(JSON.stringify(digests)), { allowedSigners, gpgHome }];
}

/** Null for a file that is missing or unreadable: then no signature is good. */
function digestOf(path: string): string | null {
  try {
    return fileDigest(path);
  } catch (error) {
    if (error instanceof EdenError) return null;
    throw error;
  }
}
