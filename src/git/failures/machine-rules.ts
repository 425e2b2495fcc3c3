import type { Rule } from "./rule.js";

const MORE_DESCRIPTORS = "Raise the limit with `ulimit -n` (or `ulimit -u`), or lower --concurrency.";

/** Failures of this machine, independent of the server's message. */
export const MACHINE_RULES: readonly Rule[] = [
  {
    pattern:
      /Too many open files|[Cc]annot fork|Resource temporarily unavailable|unable to create thread|Cannot allocate memory/u,
    diagnose: ([text]) => ({
      code: "DESCRIPTORS_EXHAUSTED",
      message: `the system refused git a file or a process: ${text}`,
      hint: MORE_DESCRIPTORS,
    }),
  },
  {
    pattern: /No space left on device|Disk quota exceeded/u,
    diagnose: ([text]) => ({ code: "DISK_FULL", message: text }),
  },
  {
    pattern: /Read-only file system/u,
    diagnose: () => ({ code: "PERMISSION_DENIED", message: "the storage is on a read-only file system" }),
  },
  {
    // About a file, not about a connection or a key.
    pattern:
      /^(?!ssh: |Load key |.*\bconnect\b).*: Permission denied$|insufficient permission for adding an object to repository database/mu,
    diagnose: ([text]) => ({
      code: "PERMISSION_DENIED",
      message: text.replace(/^(?:fatal|error): /u, ""),
      hint: "Check who owns that file, and the storage directory.",
    }),
  },
  {
    // Errors of a file system, as for any program.
    pattern:
      /^(?!ssh: |remote: |.*\bconnect\b).*: (?:Operation not (?:permitted|supported)|Input\/output error|Stale file handle|Device or resource busy|File name too long|Invalid cross-device link|Function not implemented)$/mu,
    diagnose: ([text]) => ({ code: "FILE_FAILED", message: text.replace(/^(?:fatal|error): /u, "") }),
  },
  {
    // git does not say why it could not write a ref.
    pattern: /couldn't set '[^']*'/u,
    diagnose: ([text]) => ({ code: "FILE_FAILED", message: `git ${text}` }),
  },
  {
    pattern: /bad config line \d+ in file .*(?:\/\.gitconfig|\/git\/config)$/mu,
    diagnose: ([text]) => ({
      code: "GIT_MISSING",
      message: `git does not run: ${text}`,
      hint: "Repair that file: `git config --global --list` says what is wrong with it.",
    }),
  },
];
