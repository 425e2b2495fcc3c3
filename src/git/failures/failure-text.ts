import type { RepositorySource } from "../../manifest/document/manifest.js";

/**
 * What git said about the failure: without progress, which ends with a carriage return or says a percentage, and without warnings about the
 * user's own configuration.
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
 * The same text at the same length with addresses, quoted paths and the names in lists of updated refs blotted out: a repository named
 * hash-mismatch decides nothing.
 */
export function withoutNames(text: string, remote: RepositorySource | undefined): string {
  const blotted = text
    .replace(/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s']+/giu, hidden)
    .replace(/(?<=(?:^|[\s(:])')[^'\n]*(?=')/gmu, (quoted) => (/[/:.]/u.test(quoted) ? hidden(quoted) : quoted))
    .replace(/^(?:From | [ *+!=t-] )[^(\n]*/gmu, hidden);
  return remote === undefined ? blotted : blotted.replaceAll(remote.url, hidden);
}

/** The same text at the same length without what the server said. */
export function withoutServerWords(text: string): string {
  // An `ERR` packet is the last that git reads, and its text may have lines that look like those of git.
  return text.replace(/^(?:fatal: )?remote error: [^]*|^remote: .*$/gmu, hidden);
}

function hidden(name: string): string {
  return "_".repeat(name.length);
}
