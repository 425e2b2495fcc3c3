import { describe, expect, it } from "vitest";
import { get } from "../../src/system/http-get.js";
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

  it.each(["https://localhost:1/", "https://127.0.0.1:1/", "https://[::1]:1/", "https://2130706433:1/"])(
    "%s is not asked",
    async (address) => {
      const signal = AbortSignal.timeout(10_000);
      const asked = get(new URL(address), { headers: {}, maxBytes: 1, stallMs: 1000, signal, publicOnly: true });
      await expect(asked).rejects.toBeInstanceOf(PrivateAddress);
    },
  );
});
