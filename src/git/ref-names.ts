import { Buffer } from "node:buffer";

/**
 * Names of refs as servers send them: bytes in any encoding. They are kept as strings with one character for each byte, so that no name is
 * lost and none is mistaken for another.
 */
export function bytesOf(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}

/** The bytes of a name in Latin-1; "", which is no name, where these bytes are a name in UTF-8, or there are none. */
export function latin1Of(name: string): string {
  return textOf(name) === name ? name : "";
}

/** A name as it is shown: UTF-8 where it is that, else Latin-1, which every sequence of bytes is. */
export function textOf(bytes: string): string {
  const raw = Buffer.from(bytes, "latin1");
  const text = raw.toString("utf8");
  return Buffer.from(text, "utf8").equals(raw) ? text : bytes;
}

/** Whether two names differ only in how Unicode composes their characters: `é` as one character, or as `e` and an accent. */
export function differsInForm(one: string, other: string): boolean {
  return one !== other && one.normalize("NFC") === other.normalize("NFC");
}
