import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** A name, or an address, leads to this machine or into a private network. */
export class PrivateAddress extends Error {
  constructor(address: string) {
    super(`${address} is an address of this machine or of a private network`);
  }
}

const CLOSED = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  CLOSED.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  CLOSED.addSubnet(net, bits, "ipv6");

/** True for an IP address that is not of the public internet; false for a name. */
export function isPrivateAddress(text: string): boolean {
  const family = isIP(text);
  return family !== 0 && CLOSED.check(text, family === 4 ? "ipv4" : "ipv6");
}

/** Resolves a name, and fails with `PrivateAddress` when any of its addresses is private: the name may be anybody's. */
export const lookupPublic: LookupFunction = (name, options, done) => {
  lookup(name, options, (error, found: string | LookupAddress[], family) => {
    const addresses = typeof found === "string" ? [found] : (found ?? []).map(({ address }) => address);
    const closed = addresses.find(isPrivateAddress);
    done(error ?? (closed === undefined ? null : new PrivateAddress(`${name} (${closed})`)), found, family);
  });
};
