import { resolve } from "node:path";
import { EdenError, looksLikeToken, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { fileKey, parseRemoteUrl, parseScpAddress } from "../manifest/source/remote-url.js";
import { runLocal } from "./ask-local.js";
import type { Git } from "./git.js";
import type { Project } from "./project.js";
import { REMOTE, runGit } from "./run-git.js";
import type { Setting } from "./setting.js";

/** Where branches of a project are pushed to. */
export interface PushPlace {
  source: RepositorySource;
  /** Credentials that the address contained: they must not be an argument of a process. */
  settings: readonly Setting[];
}

/**
 * The address that git pushes to for a remote of the project.
 * @throws EdenError `USAGE` for a remote that does not exist or cannot be used.
 */
export async function pushPlace(git: Git, { top }: Project, remote: string, signal: AbortSignal): Promise<PushPlace> {
  const { stdout } = await runLocal(git, { args: ["-C", top, "remote", "get-url", "--push", remote], signal });
  const text = stdout.trim();
  if (text === "") throw new EdenError("USAGE", `the repository ${top} has no remote ${remote}`);
  const { address, secret } = withoutSecret(text);
  const isPath = !address.includes("://") && !/^[^/]+:/u.test(address);
  const path = resolve(top, address);
  const found = isPath
    ? ({ kind: "remote", url: path, key: fileKey(path), host: "", transport: "file" } as const)
    : address.includes("://")
      ? parseRemoteUrl(address, true)
      : parseScpAddress(address);
  if (found.kind === "refused") throw new EdenError("USAGE", `the remote ${remote} cannot be used: ${found.reason}`);
  const { url, key, host, transport } = found;
  return {
    source: { kind: "repository", repo: address, url, key, host, transport, ref: null, subpath: "." },
    settings: secret === null ? [] : [[`http.${url}.extraHeader`, `Authorization: Basic ${secret}`]],
  };
}

/** Takes a password or a token out of an address over http. */
function withoutSecret(text: string): { address: string; secret: string | null } {
  const match = /^(https?:\/\/)([^/@]*(?:@[^/@]*)*)@(.*)$/isu.exec(text);
  const [, scheme = "", user = "", rest = ""] = match ?? [];
  if (match === null || !(user.includes(":") || looksLikeToken(user))) return { address: text, secret: null };
  const plain = user.includes(":") ? user : `${user}:`;
  return { address: `${scheme}${rest}`, secret: btoa(decoded(plain)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The commits of branches at the remote, by name; those that do not exist are left out.
 * @throws EdenError as a fetch.
 */
export async function branchesAt(
  git: Git,
  project: Project,
  { source, settings }: PushPlace,
  { branches, signal }: { branches: readonly string[]; signal: AbortSignal },
): Promise<Map<string, string>> {
  const refs = branches.map((branch) => `refs/heads/${branch}`);
  const { stdout } = await runGit(git, {
    directory: project.gitDirectory,
    args: ["ls-remote", "--", REMOTE, ...refs],
    remote: source,
    settings,
    signal,
  });
  const lines = stdout.toString("utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [commit = "", ref = ""] = line.split("\t");
      return refs.includes(ref) ? [[ref.slice("refs/heads/".length), commit] as const] : [];
    }),
  );
}

/** A branch of ours, and the commit that it gets. */
export interface PushedBranch {
  branch: string;
  commit: string;
  /** What the remote has now; null for nothing. Another commit there is not replaced. */
  expected: string | null;
  signal: AbortSignal;
}

/** @throws EdenError `PUSH_REFUSED` if the remote refuses the branch; as a fetch. */
export async function pushBranch(
  git: Git,
  project: Project,
  { source, settings }: PushPlace,
  { branch, commit, expected, signal }: PushedBranch,
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const options = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--no-recurse-submodules"];
  let answer = "";
  try {
    await runGit(git, {
      directory: project.gitDirectory,
      args: ["push", ...options, `--force-with-lease=${ref}:${expected ?? ""}`, "--", REMOTE, `${commit}:${ref}`],
      remote: source,
      settings,
      signal,
      onStdout: (chunk) => {
        answer += chunk.toString("utf8");
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = /^!\t[^\t]*\t(.*)$/mu.exec(answer)?.[1];
    if (why === undefined) throw withPushHint(error);
    const isStale = /stale info/u.test(why);
    const hint = isStale
      ? "The branch was changed meanwhile: run the command again."
      : "Check the rules for this branch, and that you may push to the repository.";
    const message = `${source.repo} refused the branch ${branch}: ${sanitize(why)}`;
    throw new EdenError("PUSH_REFUSED", message, { stage: "push", hint }, error);
  }
}

function withPushHint(error: unknown): unknown {
  if (!(error instanceof EdenError) || error.code !== "FETCH_AUTH") return error;
  const hint = "Check that you may push to it: a credential helper for https, a key known to ssh-agent for ssh.";
  return new EdenError(error.code, error.message, { ...error.facts, hint }, error);
}
