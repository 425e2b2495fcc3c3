import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Debian's package, and where the machines of build servers have Chrome. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const CHROMIUM = PLACES.find((path) => existsSync(path));

/** False, with a loud line, without a browser; in CI that is a failure. */
export function hasBrowser(): boolean {
  if (CHROMIUM !== undefined) return true;
  const text = "*** NOT TESTED: the page in a browser. There is none: install Debian's chromium ***";
  if (process.env["CI"] !== undefined) throw new Error(text);
  console.warn(text);
  return false;
}

/** Chromium without a window. Close it at the end. */
export async function startBrowser(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return await chromium.launch({ executablePath: CHROMIUM ?? "chromium", chromiumSandbox: !isRoot });
}
