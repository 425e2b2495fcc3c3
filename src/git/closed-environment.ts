import type { Setting } from "./setting.js";

/*
 * The effect of `--isolated`: git gets only a few variables and the settings of one user.
 */

/** The variables that are passed; no other is passed. */
export const HANDED_ON: readonly string[] = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "APPDATA",
  "SYSTEMROOT",
  "TMPDIR",
  "XDG_CONFIG_HOME",
  "SSH_AUTH_SOCK",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
];

/** Variables that are set in addition to those that are always set. */
export const CLOSED_FIXED: Readonly<Record<string, string>> = { TZ: "UTC", GIT_CONFIG_NOSYSTEM: "1" };

/** Settings in addition to those that are always set. */
export const CLOSED_HARDENING: readonly Setting[] = [
  ["uploadpack.packObjectsHook", ""],
  ["protocol.version", "2"],
];
