import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OwnerSettings } from "../../src/git/owner-settings.js";

const PATTERNS = [
  "",
  "https://host",
  "https://HOST:443/",
  "https://host/a",
  "https://host/a/b/",
  "https://host/A",
  "http://host",
  "https://host:8443",
  "https://*.host",
  "https://*.*.host",
  "https://user@host",
  "https://*",
  "host",
];
const ADDRESSES = [
  "https://host/",
  "https://host/a",
  "https://host/ab",
  "https://host/a/b/c",
  "https://host:8443/a",
  "https://x.host/",
  "https://x.y.host/a",
  "http://host/a",
  "https://other/",
];

let file: string;
beforeAll(() => void (file = join(mkdtempSync(join(tmpdir(), "eden-urlmatch-")), "config")));
afterAll(() => rmSync(join(file, ".."), { recursive: true }));

describe("http.<url>.proxy of the owner's configuration [R-GIT-15]", () => {
  it.each([PATTERNS, PATTERNS.toReversed()])("is the one that git takes for an address %#", (...patterns) => {
    const section = (pattern: string) => `[http${pattern === "" ? "" : ` "${pattern}"`}]\n\tproxy = for:${pattern}\n`;
    writeFileSync(file, patterns.map(section).join(""));
    const git = (...args: string[]) => execFileSync("git", ["config", "--file", file, ...args], { encoding: "utf8" });
    const settings = OwnerSettings.parse(git("--list", "--null"));
    for (const address of ADDRESSES)
      expect(settings.http("proxy", new URL(address)), address).toBe(
        git("--get-urlmatch", "http.proxy", address).trim(),
      );
  });
});
