import { describe, expect, it } from "vitest";
import { exchange } from "../../src/system/http-exchange.js";
import { isPrivateAddress, PrivateAddress } from "../../src/system/public-address.js";

describe("addresses that an index must not lead to [R-SOURCE-11]", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "192.0.2.1",
    "2001:db8::1",
  ])("%s", (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(["1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "localhost", "example.com"])(
    "%s is none",
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );

  const here = ["https://localhost:1/", "https://127.0.0.1:1/", "https://[::1]:1/", "https://2130706433:1/"];
  it.each(here.flatMap((address) => [null, "http://127.0.0.1:1"].map((proxy) => ({ address, proxy }))))(
    "$address is not asked, by the proxy $proxy",
    async ({ address, proxy }) => {
      const signal = AbortSignal.timeout(10_000);
      const limits = { maxBytes: 1, stallMs: 1000, signal };
      const route = { proxy, authorities: [] };
      const asked = exchange(new URL(address), { method: "GET", headers: {}, ...limits, route, publicOnly: true });
      await expect(asked).rejects.toBeInstanceOf(PrivateAddress);
    },
  );
});
