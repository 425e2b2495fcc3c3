import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { askDirectly } from "./ask-directly.js";
import type { ResolvedRef } from "./mirror.js";
import { bytesOf, differsInForm, latin1Of, textOf } from "./ref-names.js";
import { askRemote, type Remote } from "./remote.js";
import { REMOTE } from "./run-git.js";

/** The result of resolving one ref: found, or the failure of the skills that want it. */
export type RefAnswer = ResolvedRef | EdenError;

/**
 * Resolves branches, tags and the default branch (null) with one request, without a process if
 * possible. A tag takes precedence over a branch of the same name, as in git. A missing ref is a
 * result, not an exception: the other skills of the repository continue. A name is searched for in
 * UTF-8, then in Latin-1.
 * @param instead resolves the default branch in another way if only git can ask; null if it cannot.
 * @throws EdenError if the remote cannot be reached.
 */
export async function resolveRefs(
  remote: Remote,
  refs: readonly (string | null)[],
  instead: () => Promise<ResolvedRef | null> = async () => null,
): Promise<Map<string | null, RefAnswer>> {
  const names = namesOf(refs);
  const { askRefs = askDirectly } = remote;
  const answer = await askRefs(remote, names);
  const head = answer === null ? await instead() : null;
  if (head !== null) return new Map([[null, head]]);
  const advertised = answer ?? (await askGit(remote, names));
  const answers = new Map<string | null, RefAnswer>();
  const missing = refs.filter((ref) => findRef(advertised, ref) === null);
  const others = missing.length === 0 ? NO_REFS : await branchesAndTags(remote);
  for (const ref of refs) {
    const found = findRef(advertised, ref) ?? find(others, ref, latin1Of);
    answers.set(ref, found ?? notFound(remote.source, ref, others));
  }
  return answers;
}

/** The names to request for refs (null: the default branch). */
export function namesOf(refs: readonly (string | null)[]): string[] {
  return [...new Set(refs.flatMap((ref) => (ref === null ? ["HEAD"] : fullNames(ref))))];
}

async function askGit(remote: Remote, names: readonly string[]): Promise<Map<string, string>> {
  const patterns = names.flatMap((name) => (name === "HEAD" ? [name] : [name, `${name}^{}`]));
  const { stdout } = await askRemote(remote, {
    args: ["ls-remote", "--quiet", "--end-of-options", REMOTE, ...patterns],
    maxOutputBytes: 4 * 1024 * 1024,
  });
  return parse(stdout);
}

function fullNames(ref: string): string[] {
  return ref.startsWith("refs/") ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
}

const NO_REFS: ReadonlyMap<string, string> = new Map();

/**
 * Lines `<oid>\t<name>`, as bytes. Only requested names are looked up, so a hostile name is never
 * used.
 */
function parse(output: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of output.toString("latin1").split("\n")) {
    const match = /^([0-9a-f]{40}(?:[0-9a-f]{24})?)\t(.+)$/u.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) found.set(match[2], match[1]);
  }
  return found;
}

/** The commit of a ref (null: the default branch) among the refs of a repository, or null. */
export function findRef(advertised: ReadonlyMap<string, string>, ref: string | null): ResolvedRef | null {
  return find(advertised, ref, bytesOf);
}

/** @param encode the bytes of a name. */
function find(
  advertised: ReadonlyMap<string, string>,
  ref: string | null,
  encode: (name: string) => string,
): ResolvedRef | null {
  for (const name of ref === null ? ["HEAD"] : fullNames(ref)) {
    const bytes = encode(name);
    const oid = advertised.get(bytes);
    if (oid === undefined) continue;
    const commit = advertised.get(`${bytes}^{}`) ?? oid;
    return name.startsWith("refs/tags/") ? { oid, commit, tag: true } : { oid, commit };
  }
  return null;
}

async function branchesAndTags(remote: Remote): Promise<Map<string, string>> {
  const { stdout } = await askRemote(remote, {
    args: ["ls-remote", "--quiet", "--heads", "--tags", "--end-of-options", REMOTE],
    maxOutputBytes: 64 * 1024 * 1024,
  });
  return parse(stdout);
}

function notFound(source: RepositorySource, ref: string | null, refs: ReadonlyMap<string, string>): EdenError {
  const repo = sanitize(source.repo);
  const others = [...refs.keys()]
    .filter((name) => !name.endsWith("^{}"))
    .map((name) => textOf(name.replace(/^refs\/(?:heads|tags)\//u, "")));
  if (others.length === 0) {
    return new EdenError("REF_NOT_FOUND", `${repo} is empty: it has no branch and no tag`, { stage: "resolve" });
  }
  const some = sanitize(others.slice(0, 5).join(", "));
  const more = others.length > 5 ? `, and ${others.length - 5} more` : "";
  if (ref === null) {
    return new EdenError("REF_NOT_FOUND", `${repo} has no default branch`, {
      stage: "resolve",
      hint: `Set ref to one of: ${some}${more}.`,
    });
  }
  const isAlike = others.some((name) => differsInForm(name, ref.replace(/^refs\/(?:heads|tags)\//u, "")));
  const alike = `A ref looks the same but uses another Unicode normalisation form than ${formOf(ref)}. Copy its name from \`git ls-remote\`.`;
  return new EdenError("REF_NOT_FOUND", `${repo} has no branch or tag '${sanitize(ref)}'`, {
    stage: "resolve",
    hint: isAlike ? alike : `It has: ${some}${more}.`,
  });
}

function formOf(name: string): string {
  return name === name.normalize("NFC") ? "NFC" : "NFD";
}
