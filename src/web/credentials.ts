import { join } from "node:path";
import type { Host } from "../system/host.js";
import { readTextIfExists } from "../system/read-files.js";

/**
 * The value of `Authorization` for the host of an address: from the variable that is named after the
 * host, else from netrc; null if there is none. A manifest cannot name a variable, because then the
 * one of a stranger could send any of them anywhere (decision 0093).
 */
export function credentialFor(url: URL, { env, home }: Pick<Host, "env" | "home">): string | null {
  const value = env[variableOf(url.host)]?.trim() ?? "";
  if (value !== "") return /\s/u.test(value) ? value : `Bearer ${value}`;
  const login = loginIn(readTextIfExists(env["NETRC"] || join(home, ".netrc")) ?? "", url.hostname);
  return login === null ? null : basicAuthorization(login.name, login.password);
}

/** `EDEN_SKILLS_AUTH_ARTIFACTS_EXAMPLE_COM`; a hyphen is written as two underscores. */
export function variableOf(host: string): string {
  const name = host.toUpperCase().replaceAll("-", "__");
  return `EDEN_SKILLS_AUTH_${name.replaceAll(/[^A-Z0-9_]/gu, "_")}`;
}

export function basicAuthorization(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** The login for one machine; the one for all others (`default`) is not used. */
function loginIn(netrc: string, host: string): { name: string; password: string } | null {
  const words = netrc.replaceAll(/^\s*#.*$/gmu, "").match(/"(?:[^"\\]|\\.)*"|\S+/gu) ?? [];
  const plain = words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gu, "$1") : word));
  for (let at = plain.indexOf("machine"); at !== -1; at = plain.indexOf("machine", at + 2)) {
    if (plain[at + 1] !== host) continue;
    const rest = plain.slice(at + 2);
    const end = rest.findIndex((word, index) => index % 2 === 0 && /^(?:machine|default|macdef)$/u.test(word));
    const own = end === -1 ? rest : rest.slice(0, end);
    const valueOf = (key: string) => own.find((_, index) => index % 2 === 1 && own[index - 1] === key);
    const [name = "", password] = [valueOf("login"), valueOf("password")];
    if (password !== undefined) return { name, password };
  }
  return null;
}
