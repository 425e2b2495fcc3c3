import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/manifest.js";
import { askDirectly } from "./ask-directly.js";
import type { ResolvedRef } from "./mirror.js";
import { REMOTE, runGit, type Git } from "./run-git.js";

/** The outcome of resolving one ref: found, or the failure of the skills that asked for it. */
export type RefAnswer = ResolvedRef | EdenError;

/**
 * Resolves branches, tags and the default branch (null) with one question, without a process where that is possible. A tag goes before a branch of the same name, as in git.
 * A ref that does not exist is an answer, not an exception: the other skills of the repository go on.
 * @throws EdenError when the remote cannot be asked.
 */
export async function resolveRefs(
  git: Git,
  source: RepositorySource,
  refs: readonly (string | null)[],
  options: { signal: AbortSignal; stallMs: number },
): Promise<Map<string | null, RefAnswer>> {
  const names = [...new Set(refs.flatMap((ref) => (ref === null ? ["HEAD"] : fullNames(ref))))];
  const advertised = (await askDirectly(source, names, git, options)) ?? (await askGit(git, source, names, options));
  const answers = new Map<string | null, RefAnswer>();
  const missing = refs.filter((ref) => find(advertised, ref) === null);
  const others = missing.length === 0 ? [] : await branches(git, source, options);
  for (const ref of refs) answers.set(ref, find(advertised, ref) ?? notFound(source, ref, others));
  return answers;
}

async function askGit(
  git: Git,
  source: RepositorySource,
  names: readonly string[],
  options: { signal: AbortSignal; stallMs: number },
): Promise<Map<string, string>> {
  const patterns = names.flatMap((name) => (name === "HEAD" ? [name] : [name, `${name}^{}`]));
  const { stdout } = await runGit(git, {
    args: ["ls-remote", "--quiet", "--end-of-options", REMOTE, ...patterns],
    remote: source,
    maxOutputBytes: 4 * 1024 * 1024,
    ...options,
  });
  return parse(stdout.toString("latin1"));
}

function fullNames(ref: string): string[] {
  return ref.startsWith("refs/") ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
}

/** Lines `<oid>\t<name>`. Only names that were asked for are looked up, so a hostile name is never used for anything. */
function parse(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{40}(?:[0-9a-f]{24})?)\t(\S.*)$/u.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) found.set(match[2], match[1]);
  }
  return found;
}

function find(advertised: ReadonlyMap<string, string>, ref: string | null): ResolvedRef | null {
  for (const name of ref === null ? ["HEAD"] : fullNames(ref)) {
    const oid = advertised.get(name);
    if (oid === undefined) continue;
    const commit = advertised.get(`${name}^{}`) ?? oid;
    return name.startsWith("refs/tags/") ? { oid, commit, tag: true } : { oid, commit };
  }
  return null;
}

async function branches(
  git: Git,
  source: RepositorySource,
  options: { signal: AbortSignal; stallMs: number },
): Promise<string[]> {
  const { stdout } = await runGit(git, {
    args: ["ls-remote", "--quiet", "--heads", "--tags", "--end-of-options", REMOTE],
    remote: source,
    maxOutputBytes: 64 * 1024 * 1024,
    ...options,
  });
  return [...parse(stdout.toString("utf8")).keys()]
    .filter((name) => !name.endsWith("^{}"))
    .map((name) => name.replace(/^refs\/(?:heads|tags)\//u, ""));
}

function notFound(source: RepositorySource, ref: string | null, others: readonly string[]): EdenError {
  const repo = sanitize(source.repo);
  if (others.length === 0) {
    return new EdenError("REF_NOT_FOUND", `${repo} is empty: it has no branch and no tag`, { stage: "resolve" });
  }
  const some = sanitize(others.slice(0, 5).join(", "));
  const more = others.length > 5 ? `, and ${others.length - 5} more` : "";
  if (ref === null) {
    return new EdenError("REF_NOT_FOUND", `${repo} names no default branch`, {
      stage: "resolve",
      hint: `Set ref to one of: ${some}${more}.`,
    });
  }
  return new EdenError("REF_NOT_FOUND", `${repo} has no branch or tag '${sanitize(ref)}'`, {
    stage: "resolve",
    hint: `It has: ${some}${more}.`,
  });
}
