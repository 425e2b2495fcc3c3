import { ABSENT_OR_PRIVATE, CHECK_ACCESS, lostCommit } from "./access-rules.js";
import type { Diagnosis } from "./rule.js";

/** Maximum characters of a server's message that are shown. */
const MOST_WORDS = 300;

/** The server's text in an `ERR` packet, as repeated by git; null if there was none. */
export function errorPacket(text: string): string | null {
  const said = /^(?:fatal: )?remote error: ([^]*)/mu.exec(text)?.[1];
  if (said === undefined) return null;
  // A refusal may have several lines; git's own lines begin with a prefix of git.
  return shortened(said.split(/\n(?=fatal: |error: )/u)[0] ?? "");
}

/**
 * Lines that the server sent besides its answer, which git repeats with `remote: `; "" if there are
 * none.
 */
export function remoteWords(text: string): string {
  const lines = [...text.matchAll(/^remote: (.*)$/gmu)].map(([, line = ""]) => line.trim());
  return shortened(lines.filter((line) => /\p{L}/u.test(line) && !/^Total \d+ \(/u.test(line)).join(" "));
}

/**
 * Text from neither git nor `remote: `: from a login shell on the server, or from ssh here.
 */
export function otherWords(text: string): string {
  const lines = text
    .split("\n")
    .filter(
      (line) => !/^(?:fatal|error|warning|hint|remote): |^Please make sure|^and the repository exists/u.test(line),
    );
  return shortened(lines.join(" "));
}

/**
 * The meaning of a server's message.
 * @returns null if it has no specific meaning.
 */
export function diagnoseWords(words: string, remote: string): Diagnosis | null {
  const message = `${remote} says: ${words}`;
  if (/not our ref|unadvertised object/u.test(words)) return lostCommit(remote, words);
  if (/git-upload-pack: (?:command )?not found|not recognized as/u.test(words))
    return { code: "FETCH_NETWORK", message, hint: "There is no git at the other end, or not on its PATH." };
  if (/too many|rate.?limit|throttl|slow down|abuse detection/iu.test(words))
    return { code: "FETCH_THROTTLED", message };
  if (/not (?:be )?(?:found|exported)|no such|does(?: not|n't) exist|could not find|is absent/iu.test(words))
    return { code: "FETCH_NOT_FOUND", message, hint: ABSENT_OR_PRIVATE };
  if (
    /denied|not allowed|forbidden|not authori[sz]ed|unauthori[sz]ed|permission|credential|authenticat|sign.?in|log.?in|suspended|sso\b/iu.test(
      words,
    )
  )
    return { code: "FETCH_AUTH", message, hint: CHECK_ACCESS };
  return null;
}

/** A message that matches no rule: it is shown, and the attempt may be repeated. */
export function unknownWords(words: string, remote: string): Diagnosis {
  const hint = "The server says why: ask its owner if that is not clear.";
  return { code: "FETCH_NETWORK", message: `${remote} says: ${words}`, hint };
}

function shortened(text: string): string {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS)}…` : line;
}
