import { describe, expect, it } from "vitest";
import { proxyFor } from "../../src/system/proxy.js";

const chosen = (url: string, env: Record<string, string>, configured: string | null = null) =>
  proxyFor(new URL(url), env, configured);

describe("the proxy for an address [R-SYSTEM-14]", () => {
  const all = { https_proxy: "http://s:1", http_proxy: "http://p:1", ALL_PROXY: "http://a:1" };

  it("is that of the scheme, then that for all; small letters before capitals", () => {
    expect(chosen("https://host/", all)).toBe("http://s:1");
    expect(chosen("http://host/", all)).toBe("http://p:1");
    expect(chosen("https://host/", { ALL_PROXY: "http://a:1", https_proxy: "" })).toBe("http://a:1");
    expect(chosen("https://host/", { HTTPS_PROXY: "http://big:1", https_proxy: "http://small:1" })).toBe(
      "http://small:1",
    );
    expect(chosen("https://host/", { HTTPS_PROXY: "proxy:3128" })).toBe("http://proxy:3128");
    expect(chosen("https://host/", {})).toBeNull();
  });

  it("is the configured one before any variable, and none where that is empty", () => {
    expect(chosen("https://host/", all, "https://own:1")).toBe("https://own:1");
    expect(chosen("https://host/", all, "")).toBeNull();
    expect(chosen("https://host/", { NO_PROXY: "host" }, "http://own:1")).toBeNull();
  });

  it.each([
    ["*", "https://host/"],
    ["host", "https://host/"],
    ["HOST", "https://host/"],
    ["host", "https://a.b.host/"],
    [".host", "https://a.host/"],
    [".host", "https://host/"],
    ["*.host", "https://a.host/"],
    ["other, host", "https://host./"],
    ["other host", "https://host:8443/"],
    ["host:443", "https://host/"],
    ["host:8443", "https://host:8443/"],
    ["127.0.0.1", "http://127.0.0.1:3000/"],
    ["127.0.0.0/8", "http://127.1.2.3/"],
    ["10.0.0.0/8", "https://[::ffff:10.1.2.3]/"],
    ["::1", "http://[::1]/"],
    ["[::1]:80", "http://[::1]/"],
    ["fd00::/8", "https://[fd12::1]/"],
  ])("is none where NO_PROXY=%s, for %s", (list, url) => {
    expect(chosen(url, { ...all, NO_PROXY: list })).toBeNull();
    expect(chosen(url, { ...all, no_proxy: list })).toBeNull();
  });

  it.each([
    ["", "https://host/"],
    [",", "https://host/"],
    ["ost", "https://host/"],
    ["a.host", "https://host/"],
    ["host:8443", "https://host/"],
    ["0.0.1", "http://127.0.0.1/"],
    ["128.0.0.0/8", "http://127.0.0.1/"],
    ["fd00::/8", "http://127.0.0.1/"],
    ["127.0.0.0/99", "http://127.0.0.1/"],
    ["::2", "http://[::1]/"],
    ["[::1]:81", "http://[::1]/"],
  ])("is there where NO_PROXY=%j, for %s", (list, url) => {
    expect(chosen(url, { ...all, NO_PROXY: list })).not.toBeNull();
  });
});
