import { describe, expect, it } from "vitest";
import { askSite, redirectTarget } from "../../src/site/site-requests.js";

const INVALID = expect.objectContaining({ code: "SITE_INVALID" });

describe("what a site is asked [R-SOURCE-11]", () => {
  it("follows a redirect from https to https alone", () => {
    const from = new URL("https://host/a/index.json");
    expect(redirectTarget(from, "../b#c").href).toBe("https://host/b");
    expect(redirectTarget(from, "//cdn.host/x").href).toBe("https://cdn.host/x");
    for (const location of ["http://host/b", "http://127.0.0.1/", "file:///etc/passwd", "https://", null])
      expect(() => redirectTarget(from, location)).toThrow(INVALID);
  });

  it.each([
    "http://example.com/x",
    "http://host:81/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://user@example.com/x",
  ])("is never %s on another host", async (address) => {
    const routeTo = () => ({ proxy: null, authorities: [] });
    const world = { origin: "https://host", stallMs: 1000, offline: false, routeTo };
    await expect(
      askSite(world, new URL(address), { maxBytes: 1000, signal: AbortSignal.timeout(10_000) }),
    ).rejects.toEqual(INVALID);
  });
});
