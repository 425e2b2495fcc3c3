import { EdenError } from "../errors.js";
import { DELIMITER, FLUSH, MalformedAnswer, packetLine, PacketReader } from "./pkt-line.js";
import { isAnswer, postPlainly, type PlainRemote } from "./smart-http.js";

/** Maximum bytes of an answer: some thousands of refs that begin with a requested name. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Requests the refs of a public repository without a process: one request of git's protocol,
 * version 2, as `postPlainly`.
 * @param names full names of refs; `HEAD` is the default branch.
 * @returns object ids by name, in the form of `bytesOf`, and by `<name>^{}` the commit of an
 *   annotated tag; null if git must be asked, as after every unexpected answer: git explains
 *   failures better.
 * @throws EdenError if the server refuses temporarily (429, 5xx); the signal's reason when aborted.
 */
export async function askDirectly(remote: PlainRemote, names: readonly string[]): Promise<Map<string, string> | null> {
  try {
    const answer = await postPlainly(remote, { body: lsRefs(names), maxBytes: MOST_BYTES });
    return answer !== null && isAnswer(answer) ? parseRefs(answer.body) : null;
  } catch (error) {
    remote.signal.throwIfAborted();
    if (error instanceof EdenError) throw error;
    return null;
  }
}

function lsRefs(names: readonly string[]): string {
  const prefixes = names.map((name) => packetLine(`ref-prefix ${name}`)).join("");
  return `${packetLine("command=ls-refs")}${DELIMITER}${packetLine("peel")}${prefixes}${FLUSH}`;
}

/** The refs of an answer: lines `<oid> <name>[ peeled:<oid>]`. @throws MalformedAnswer. */
export function parseRefs(body: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  const reader = new PacketReader();
  for (const packet of reader.read(body)) {
    if (packet === "flush") continue;
    const match = LINE.exec(packet.toString("latin1"));
    const { oid, name, commit } = match?.groups ?? {};
    if (oid === undefined || name === undefined) throw new MalformedAnswer("a line is not a ref");
    found.set(name, oid);
    if (commit !== undefined) found.set(`${name}^{}`, commit);
  }
  reader.end();
  return found;
}

const LINE = /^(?<oid>[0-9a-f]{40}(?:[0-9a-f]{24})?) (?<name>[^ \n]+)(?: .*?peeled:(?<commit>[0-9a-f]+))?/u;
