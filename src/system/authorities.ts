import { readFileSync } from "node:fs";
import { errorMessage } from "../errors.js";

/** The certificates in some files, as Node's TLS takes them; undefined for no file. @throws Error that names the file. */
export function certificatesIn(files: readonly string[]): string[] | undefined {
  if (files.length === 0) return undefined;
  return files.map((file) => {
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      throw new Error(`the certificates in ${file} cannot be read: ${errorMessage(cause)}`, { cause });
    }
  });
}
