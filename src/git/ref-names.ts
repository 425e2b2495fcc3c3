import { Buffer } from "node:buffer";

/**
 * Names of refs as servers send them: bytes in any encoding. They are stored as strings with one
 * character per byte, so that all names stay distinct.
 */
export function bytesOf(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}

/**
 * The bytes of a name in Latin-1; "", which is not a valid name, if these bytes are valid UTF-8, or
 * if Latin-1 cannot express it.
 */
export function latin1Of(name: string): string {
  return textOf(name) === name ? name : "";
}

/**
 * A name for display: UTF-8 if it is valid, else Latin-1, which can decode every sequence of bytes.
 */
export function textOf(bytes: string): string {
  const raw = Buffer.from(bytes, "latin1");
  const text = raw.toString("utf8");
  return Buffer.from(text, "utf8").equals(raw) ? text : bytes;
}

/**
 * Whether two names differ only in Unicode normalisation: `é` as one character, or as `e` and an
 * accent.
 */
export function differsInForm(one: string, other: string): boolean {
  return one !== other && one.normalize("NFC") === other.normalize("NFC");
}
