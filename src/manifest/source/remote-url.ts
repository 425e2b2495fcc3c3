import { looksLikeToken } from "../../errors.js";
import type { RepositorySource } from "../document/manifest.js";

/** The parts of a repository source that follow from its address. */
export type RepositoryAddress = Pick<RepositorySource, "url" | "key" | "host" | "transport">;

export type Refused = { kind: "refused"; reason: string };
export type Remote = { kind: "remote" } & RepositoryAddress;

const DEFAULT_PORT: Record<string, string> = { https: "443", http: "80", ssh: "22", git: "9418" };
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])$/;
const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.+@-]*$/;

/**
 * Reads `scheme://[user@]host[:port]/path`. A refused URL is never quoted: it may contain a
 * password.
 */
export function parseRemoteUrl(text: string, allowInsecure: boolean): Remote | Refused {
  const match = /^([^:/]*):\/\/(?:([^/?#]*)@)?(\[[^\]/]*\]|[^:/?#]*)(?::([^/?#]*))?(.*)$/s.exec(text);
  const [, rawScheme = "", user, rawHost = "", port, path = ""] = match ?? [];
  const scheme = rawScheme.toLowerCase();
  const host = rawHost.toLowerCase();
  const secret = user === undefined ? null : secretProblem(user);
  if (secret !== null) return refused(secret);
  if (scheme === "file") return fileAddress(user, host, port, path);
  if (scheme !== "https" && scheme !== "ssh" && scheme !== "http" && scheme !== "git") {
    return refused("a repository is reached by https, ssh or file, or is a local path");
  }
  const problem = userProblem(user) ?? hostProblem(host) ?? portProblem(port) ?? pathProblem(path);
  if (problem !== null) return refused(problem);
  if ((scheme === "http" || scheme === "git") && !allowInsecure && !isLoopback(host)) {
    return refused(
      `${scheme}:// is neither encrypted nor authenticated: use https (a skill's source may say allow_insecure = true)`,
    );
  }
  const authority = `${host}${port === undefined || Number(port) === Number(DEFAULT_PORT[scheme]) ? "" : `:${Number(port)}`}`;
  const keyUser = scheme === "ssh" && user !== undefined ? `${user}@` : "";
  return {
    kind: "remote",
    url: `${scheme}${text.slice(rawScheme.length)}`,
    key: `${scheme}://${keyUser}${authority}${withoutTrailingSlash(path)}`,
    host,
    transport: scheme,
  };
}

/**
 * Reads ssh's short form `[user@]host:path`. Its key is that of the ssh:// URL of the same place: a
 * path without a leading slash starts from the remote home directory, which URLs write as `/~/`.
 */
export function parseScpAddress(text: string): Remote | Refused {
  const match = /^(?:([^:/]*)@)?(\[[^\]/]*\]|[^:/]*):(.*)$/s.exec(text);
  const [, user, rawHost = "", path = ""] = match ?? [];
  const host = rawHost.toLowerCase();
  if (/^[^@]*@/.test(path.split("/", 1)[0] ?? "") || path.startsWith("//")) {
    return refused("this is neither a URL nor host:path; a password has no place in it");
  }
  const secret = user === undefined ? null : secretProblem(user);
  const problem =
    secret ?? userProblem(user) ?? hostProblem(host) ?? pathProblem(path.startsWith("/") ? path : `/${path}`);
  if (problem !== null) return refused(problem);
  const absolute = path.startsWith("/") ? path : path.startsWith("~") ? `/${path}` : `/~/${path}`;
  const key = `ssh://${user === undefined ? "" : `${user}@`}${host}${withoutTrailingSlash(absolute)}`;
  return { kind: "remote", url: text, key, host, transport: "ssh" };
}

/** The key of a repository in the file system, by its absolute path. */
export function fileKey(path: string): string {
  return `file://${withoutTrailingSlash(path)}`;
}

function fileAddress(user: string | undefined, host: string, port: string | undefined, path: string): Remote | Refused {
  if (user !== undefined || port !== undefined || host !== "" || !path.startsWith("/")) {
    return refused("a file URL has no host: file:///absolute/path");
  }
  const problem = pathProblem(path);
  if (problem !== null) return refused(problem);
  return { kind: "remote", url: `file://${path}`, key: fileKey(decodeURIComponent(path)), host: "", transport: "file" };
}

function secretProblem(user: string): string | null {
  if (user.includes(":")) return "a password has no place in a manifest: use a credential helper, or ssh";
  const name = /%[0-9a-f]{2}/i.test(user)
    ? user.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : user;
  if (name.includes(":") || looksLikeToken(name)) {
    return "the user part looks like a token, which has no place in a manifest: use a credential helper, or ssh";
  }
  return null;
}

function userProblem(user: string | undefined): string | null {
  if (user === undefined || USER.test(user)) return null;
  return user.startsWith("-")
    ? 'a user name does not begin with "-"'
    : "the user name holds characters that have no place in one";
}

function hostProblem(host: string): string | null {
  if (host === "") return "the address names no host";
  if (host.startsWith("-")) return 'a host name does not begin with "-"';
  if (HOST.test(host) && !host.includes("..")) return null;
  return "the host name holds characters that have no place in one (write an international name in its xn-- form)";
}

function portProblem(port: string | undefined): string | null {
  if (port === undefined) return null;
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535
    ? null
    : "the port is not a number from 1 to 65535";
}

function pathProblem(path: string): string | null {
  if (/^\/*$/.test(path)) return "the address names a host but no repository";
  if (!path.startsWith("/") || /[?#]/.test(path)) return "the address of a repository has no query and no fragment";
  if (/^\/+(?:~\/)?-/.test(path) || path.startsWith("/:"))
    return "the path of a repository begins with a letter or a digit";
  if (/%(?![0-9a-f]{2})/i.test(path) || !decodes(path)) return "a % in the path does not begin an escaped character";
  if (
    decodeURIComponent(path)
      .split("/")
      .some((part) => part === "." || part === "..")
  )
    return 'the path of a repository holds no "." or ".."';
  return null;
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** True for this machine; an address of IPv6 is in brackets. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.(?:\d{1,3}\.){2}\d{1,3}$/.test(host);
}

function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function refused(reason: string): Refused {
  return { kind: "refused", reason };
}
