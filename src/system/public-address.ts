import { lookup, type LookupAddress } from "node:dns";
import { lookup as resolve } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import ip from "ipaddr.js";

/** A name or an address belongs to this machine or to a private network. */
export class PrivateAddress extends Error {
  constructor(address: string) {
    super(`${address} is an address of this machine or of a private network`);
  }
}

/**
 * True for an IP address that is not public, including embedded IPv4 addresses (NAT64, 6to4,
 * Teredo); false for a name.
 */
export function isPrivateAddress(text: string): boolean {
  return ip.isValid(text) && ip.process(text).range() !== "unicast";
}

/**
 * Resolves a name, and fails with `PrivateAddress` if any of its addresses is private: anyone may
 * control the name.
 */
export const lookupPublic: LookupFunction = (name, options, done) => {
  lookup(name, options, (error, found: string | LookupAddress[], family) => {
    const addresses = typeof found === "string" ? [found] : (found ?? []).map(({ address }) => address);
    const closed = addresses.find(isPrivateAddress);
    done(error ?? (closed === undefined ? null : new PrivateAddress(`${name} (${closed})`)), found, family);
  });
};

/**
 * Holds a name against the same rule where a proxy is to resolve it: what this machine can resolve
 * must be public. A name that only the proxy knows passes.
 * @throws PrivateAddress
 */
export async function requirePublicName(name: string): Promise<void> {
  const found = await resolve(name, { all: true }).catch(() => []);
  const closed = found.find(({ address }) => isPrivateAddress(address));
  if (closed !== undefined) throw new PrivateAddress(`${name} (${closed.address})`);
}
