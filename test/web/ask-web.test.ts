import { describe, expect, it } from "vitest";
import { askWeb, redirectTarget } from "../../src/web/ask-web.js";

const INVALID = expect.objectContaining({ code: "SITE_INVALID" });

describe("what a site is asked [R-SOURCE-11]", () => {
  it("follows a redirect from https to https alone", () => {
    const from = new URL("https://host/a/index.json");
    expect(redirectTarget({ refusal: "SITE_INVALID" }, from, "../b#c").href).toBe("https://host/b");
    expect(redirectTarget({ refusal: "SITE_INVALID" }, from, "//cdn.host/x").href).toBe("https://cdn.host/x");
    for (const location of ["http://host/b", "http://127.0.0.1/", "file:///etc/passwd", "https://", null])
      expect(() => redirectTarget({ refusal: "SITE_INVALID" }, from, location)).toThrow(INVALID);
  });

  it.each([
    "http://example.com/x",
    "http://host:81/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://user@example.com/x",
  ])("is never %s on another host", async (address) => {
    const routeTo = () => ({ proxy: null, authorities: [] });
    const access = { origin: "https://host", stallMs: 1000, offline: false, routeTo, refusal: "SITE_INVALID" } as const;
    const request = { maxBytes: 1000, signal: AbortSignal.timeout(10_000) };
    await expect(askWeb(access, new URL(address), request)).rejects.toEqual(INVALID);
  });
});
