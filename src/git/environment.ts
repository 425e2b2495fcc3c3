import type { RepositorySource } from "../manifest/manifest.js";

/**
 * The whole environment of a git process. Nothing is inherited but the names listed here: a GIT_DIR left by a hook would make git write
 * into somebody's repository, a GIT_CONFIG_COUNT would run programs. Hardening travels as configuration in the environment, so that it
 * is the same for every git process however it is started, and no URL or header shows in `ps`.
 */
export function gitEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  transport: RepositorySource["transport"] | "none",
  settings: readonly (readonly [key: string, value: string])[] = [],
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined && value !== "") result[name] = value;
  }
  Object.assign(result, FIXED);
  result["GIT_ALLOW_PROTOCOL"] = transport === "none" ? "none" : transport;
  // The process that serves a local repository reads the user's own configuration and would run a hook found there.
  if (transport === "file" || transport === "none") result["GIT_CONFIG_GLOBAL"] = "/dev/null";
  const all = [...HARDENING, ...settings];
  result["GIT_CONFIG_COUNT"] = String(all.length);
  for (const [index, [key, value]] of all.entries()) {
    result[`GIT_CONFIG_KEY_${index}`] = key;
    result[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return result;
}

const PASSED_ON = [
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
] as const;

const FIXED: Readonly<Record<string, string>> = {
  // Messages are read by git/failure: they must not be translated.
  LANG: "C",
  LC_ALL: "C",
  TZ: "UTC",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  GCM_INTERACTIVE: "never",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_PROTOCOL_FROM_USER: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_NO_LAZY_FETCH: "1",
  GIT_LITERAL_PATHSPECS: "1",
  GIT_LFS_SKIP_SMUDGE: "1",
  GIT_PAGER: "cat",
  GIT_EDITOR: ":",
  GIT_ADVICE: "0",
  // A long option may not be shortened: what is not written out in full is refused.
  GIT_TEST_DISALLOW_ABBREVIATED_OPTIONS: "1",
  GIT_SSH_VARIANT: "ssh",
  GIT_SSH_COMMAND: [
    "ssh",
    "-oBatchMode=yes",
    "-oStrictHostKeyChecking=yes",
    "-oConnectTimeout=15",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=2",
    "-oClearAllForwardings=yes",
    "-oForwardAgent=no",
    "-oForwardX11=no",
    "-oPermitLocalCommand=no",
    "-oControlMaster=no",
  ].join(" "),
};

const HARDENING: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["init.templateDir", ""],
  ["core.alternateRefsCommand", ":"],
  ["uploadpack.packObjectsHook", ""],
  ["core.autocrlf", "false"],
  ["core.protectHFS", "true"],
  ["core.protectNTFS", "true"],
  ["core.fsync", "committed"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.unpackLimit", "1"],
  ["fetch.writeCommitGraph", "false"],
  ["transfer.bundleURI", "false"],
  ["transfer.fsckObjects", "true"],
  ["fetch.fsckObjects", "true"],
  ["protocol.version", "2"],
  ["http.followRedirects", "initial"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["safe.bareRepository", "explicit"],
  ["color.ui", "false"],
  ["log.showSignature", "false"],
];
