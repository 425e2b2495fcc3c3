import { SSH_OPTIONS } from "../system/ssh-options.js";
import type { Setting } from "./setting.js";

/*
 * Settings of every git process, independent of the owner's configuration. specs/git-settings.md
 * gives the reason for each line, and a test compares the two.
 */

/**
 * Variables that are never passed to git. Most of them are left by a surrounding git for its own
 * children (`git rev-parse --local-env-vars`): a hook or an alias that starts this program must not
 * make git write into its repository.
 */
export const REMOVED: readonly string[] = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_QUARANTINE_PATH",
  "GIT_SHALLOW_FILE",
  "GIT_GRAFT_FILE",
  "GIT_REPLACE_REF_BASE",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_SUPER_PREFIX",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_ATTR_SOURCE",
  "GIT_EXEC_PATH",
  "GIT_TEMPLATE_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_PARAMETERS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
  "GIT_REDIRECT_STDIN",
  "GIT_REDIRECT_STDOUT",
  "GIT_REDIRECT_STDERR",
  "GIT_CURL_VERBOSE",
];

/** Traces are removed, too: they would mix with the output that is parsed here. */
export const REMOVED_PATTERN = /^GIT_TRACE(?:2?_|2?$)/u;

/** Variables with one value for every git process. */
export const FIXED: Readonly<Record<string, string>> = {
  // git/failure parses the messages: they must not be translated.
  LANG: "C",
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  GCM_INTERACTIVE: "never",
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
  // Abbreviated long options are refused.
  GIT_TEST_DISALLOW_ABBREVIATED_OPTIONS: "1",
};

/** The ssh command if the owner has not set one. */
export const OUR_SSH: Readonly<Record<string, string>> = {
  GIT_SSH_VARIANT: "ssh",
  GIT_SSH_COMMAND: ["ssh", ...SSH_OPTIONS].join(" "),
};

/** Settings that come after all others, and so take precedence. */
export const HARDENING: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["init.templateDir", ""],
  ["core.alternateRefsCommand", ":"],
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
  ["http.followRedirects", "initial"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["safe.bareRepository", "explicit"],
  ["color.ui", "false"],
  ["color.remote", "false"],
  ["color.transport", "false"],
  ["log.showSignature", "false"],
];
