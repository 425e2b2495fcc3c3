import ip from "ipaddr.js";
import type { Host } from "./host.js";

/**
 * The proxy for an address, as git and curl choose it: `<scheme>_proxy`, else `all_proxy`, small
 * letters before capitals; none for a host that `no_proxy` names.
 * @param configured a setting that wins over the variables: "" for no proxy, null when it is not set.
 * @returns the address of the proxy with its scheme, as it was given; null for a direct connection.
 */
export function proxyFor(url: URL, env: Host["env"], configured: string | null): string | null {
  const scheme = url.protocol.slice(0, -1);
  const address = configured ?? (variable(env, `${scheme}_proxy`) || variable(env, "all_proxy"));
  if (address === "" || isExempt(url, variable(env, "no_proxy"))) return null;
  return address.includes("://") ? address : `http://${address}`;
}

function variable(env: Host["env"], name: string): string {
  return env[name] || env[name.toUpperCase()] || "";
}

/** @param list names, addresses and CIDR ranges; `*` for every host. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/gu, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const entries = list.toLowerCase().split(/[\s,]+/u);
  return entries.some((entry) => entry !== "" && (entry === "*" || matches(entry, host, port)));
}

function matches(entry: string, host: string, port: string): boolean {
  // An IPv6 address without brackets has colons, and no port.
  const [, bracketed, plain, wanted = port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/u.exec(entry) ?? [null, entry];
  const name = (bracketed ?? plain ?? "").replace(/^\*?\.|\.$/gu, "");
  if (wanted !== port) return false;
  if (ip.isValid(host)) return isInRange(host, name);
  return host === name || host.endsWith(`.${name}`);
}

/** @param range an address, or a CIDR range. */
function isInRange(host: string, range: string): boolean {
  const address = ip.process(host);
  if (ip.isValid(range)) return ip.process(range).toString() === address.toString();
  if (!ip.isValidCIDR(range)) return false;
  const [base, bits] = ip.parseCIDR(range);
  return base.kind() === address.kind() && address.match(base, bits);
}
