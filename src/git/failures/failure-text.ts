import type { RepositorySource } from "../../manifest/document/manifest.js";

/**
 * The text of a failure of git: without progress, which ends with a carriage return or contains a
 * percentage, and without warnings about the user's own configuration.
 */
export function diagnosisIn(stderr: string): string {
  return stderr
    .split(/[\r\n]/u)
    .filter(
      (line) => line.trim() !== "" && !/^(remote: )?[A-Z][a-z]+ [a-z]+:\s+\d+|^warning: unable to access/u.test(line),
    )
    .join("\n");
}

/**
 * The same text at the same length, with addresses, quoted paths and the names in lists of updated
 * refs blanked out: a repository named hash-mismatch must not decide the cause.
 */
export function withoutNames(text: string, remote: RepositorySource | undefined): string {
  const blotted = text
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s']+/giu, hidden)
    .replace(/(?<=(?:^|[\s(:])')[^'\n]*(?=')/gmu, (quoted) => (/[/:.]/u.test(quoted) ? hidden(quoted) : quoted))
    .replace(/^(?:From | [ *+!=t-] )[^(\n]*/gmu, hidden);
  return remote === undefined ? blotted : blotted.replaceAll(remote.url, hidden);
}

/** The same text at the same length, with the server's lines blanked out. */
export function withoutServerWords(text: string): string {
  // git reads nothing after an `ERR` packet, whose text may contain lines that look like git's.
  return text.replace(/^(?:fatal: )?remote error: [^]*|^remote: .*$/gmu, hidden);
}

function hidden(name: string): string {
  return "_".repeat(name.length);
}
