import { EdenError } from "../errors.js";
import { httpRoute } from "../git/http-route.js";
import type { Git } from "../git/git.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import type { ApiAccess } from "./forge-api.js";
import type { Forge } from "./forge.js";
import { github } from "./github.js";
import { gitlab } from "./gitlab.js";

/**
 * The API of the host of a repository, from the variables that the build servers of GitHub and
 * GitLab set.
 * @throws EdenError `TOKEN_MISSING`; `USAGE` for an address that cannot be used.
 */
export function chooseForge(
  { settings, signal }: Pick<RunContext, "settings" | "signal">,
  git: Pick<Git, "host" | "owner">,
  source: RepositorySource,
): Forge {
  const { env } = git.host;
  const reached = { routeTo: (url: URL) => httpRoute(url, git), stallMs: settings.stallMs || 60_000, signal };
  const [ofGitHub, ofGitLab] = [env["GITHUB_TOKEN"] ?? "", env["GITLAB_TOKEN"] ?? ""];
  const isOnGitLab = ofGitHub === "" || (ofGitLab !== "" && env["GITLAB_CI"] === "true");
  if (isOnGitLab && ofGitLab === "")
    throw new EdenError("TOKEN_MISSING", "there is no token for the API of the repository's host", {
      hint: "Set GITHUB_TOKEN, or GITLAB_TOKEN for GitLab.",
    });
  const named = env[isOnGitLab ? "CI_PROJECT_PATH" : "GITHUB_REPOSITORY"] || nameOf(source);
  return isOnGitLab
    ? onGitLab(reached, named, ofGitLab, apiAddress(GITLAB, env, source))
    : onGitHub(reached, named, ofGitHub, apiAddress(GITHUB, env, source));
}

type Reached = Pick<ApiAccess, "routeTo" | "stallMs" | "signal">;

function onGitHub(reached: Reached, repository: string, token: string, api: string): Forge {
  const [owner = "", name = ""] = repository.split("/");
  const access = {
    ...reached,
    host: "GitHub",
    base: `${api}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`,
    repository,
    headers: {
      Accept: "application/vnd.github+json",
      Authorization: `Bearer ${token}`,
      "X-GitHub-Api-Version": "2022-11-28",
    },
    token,
    variable: "GITHUB_TOKEN",
    permissions:
      "contents and pull-requests, both write; in Actions, the repository must allow it to create pull requests",
  };
  return github(access, owner);
}

function onGitLab(reached: Reached, repository: string, token: string, api: string): Forge {
  return gitlab({
    ...reached,
    host: "GitLab",
    base: `${api}/projects/${encodeURIComponent(repository)}`,
    repository,
    headers: { Accept: "application/json", "PRIVATE-TOKEN": token },
    token,
    variable: "GITLAB_TOKEN",
    permissions: "the scope api, and the role Developer or higher",
  });
}

/** `owner/name`, from the address of a remote. */
function nameOf({ key }: RepositorySource): string {
  return decodeURIComponent(key.replace(/^[a-z]+:\/\/[^/]*\/+(?:~\/)?/u, "").replace(/\.git$/u, ""));
}

interface KnownApi {
  variable: "GITHUB_API_URL" | "CI_API_V4_URL";
  /** The public host, and its API. */
  host: string;
  address: string;
}

const GITHUB: KnownApi = { variable: "GITHUB_API_URL", host: "github.com", address: "https://api.github.com" };
const GITLAB: KnownApi = { variable: "CI_API_V4_URL", host: "gitlab.com", address: "https://gitlab.com/api/v4" };

/**
 * The address of an API, without a slash at the end. A token is sent only to where its owner says,
 * or to the public host that it is for, and never unencrypted over a network.
 */
function apiAddress(known: KnownApi, env: Git["host"]["env"], source: RepositorySource): string {
  const { variable, host, address } = known;
  const given = env[variable] ?? "";
  if (given === "") {
    if (source.host === host) return address;
    throw new EdenError("USAGE", `the remote is not on ${host}, and ${variable} is not set`, {
      hint: `Set ${variable} to the address of the API.`,
    });
  }
  const url = URL.canParse(given) ? new URL(given) : null;
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url?.hostname ?? "");
  const isPlain = url !== null && [url.username, url.password, url.search, url.hash].every((part) => part === "");
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  if (isPlain && isSafe) return given.replace(/\/+$/u, "");
  throw new EdenError("USAGE", `${variable} is not the address of an API by https`);
}
