import { EdenError, errorCode, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { isExhausted } from "../system/exhausted.js";
import { spanOf } from "../system/time-span.js";
import type { ProcessResult } from "../system/processes.js";
import { ACCESS_RULES } from "./failures/access-rules.js";
import { CONNECTION_RULES } from "./failures/connection-rules.js";
import { diagnosisIn, withoutNames, withoutServerWords } from "./failures/failure-text.js";
import { statusText, diagnoseDocument, HTTP_RULES } from "./failures/http-rules.js";
import { MACHINE_RULES } from "./failures/machine-rules.js";
import { OBJECT_RULES } from "./failures/object-rules.js";
import type { Diagnosis, Rule } from "./failures/rule.js";
import { diagnoseWords, errorPacket, otherWords, remoteWords, unknownWords } from "./failures/server-words.js";
import { NO_HTTP, type HttpFacts } from "./http-trace.js";

/**
 * Classifies the end of a git process. git exits with 128 for nearly everything, so its text under
 * LC_ALL=C decides. The rules were derived from real runs (in fixtures/git-stderr), and the first
 * match wins: this machine, then the server's message, then git's message.
 * @param http facts about the exchange with an HTTP server.
 */
export function classifyFailure(
  failure: EdenError | Pick<ProcessResult, "stderr" | "exitCode" | "signal">,
  remote: RepositorySource | undefined,
  http: HttpFacts = NO_HTTP,
): EdenError {
  const name = remote === undefined ? "the mirror" : sanitize(remote.repo);
  const stage = remote === undefined ? "materialise" : "fetch";
  if (failure instanceof EdenError) return spawnFailure(failure, name, stage);
  const { retryAfterSeconds } = http;
  const asked = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  const diagnosis = diagnosisIn(failure.stderr);
  const isUnconnected = /[Cc]ould(?:n't| not) connect|certificate verification failed/u.test(diagnosis);
  const said = isUnconnected && http.cause !== null ? `${diagnosis}\n${http.cause}` : diagnosis;
  const found = throttled(said, name, http) ?? diagnose(said, remote, name, http);
  if (found !== null) {
    const { code, message, hint, isFinal } = found;
    const facts = { stage, ...asked, ...(hint !== undefined && { hint }), ...(isFinal && { isFinal }) };
    const wait = retryAfterSeconds === null ? "" : `; it asks for a wait of ${spanOf(retryAfterSeconds)}`;
    return new EdenError(code, sanitize(`${message}${wait}`), facts);
  }
  const end = failure.signal === null ? `git ended with ${failure.exitCode}` : `git was ended by ${failure.signal}`;
  const last = sanitize(said.trim().split("\n").slice(-3).join(" | "));
  return new EdenError("INTERNAL", `${end}${last === "" ? "" : `: ${last}`}`, { stage });
}

/**
 * The failure of a call that git ended successfully although the answer was not from a git server.
 */
export function noRepository(remote: RepositorySource, { document }: HttpFacts): EdenError | null {
  const found = diagnoseDocument(null, document, sanitize(remote.repo));
  if (found === null) return null;
  return new EdenError(found.code, sanitize(found.message), { stage: "fetch", hint: found.hint ?? "" });
}

/** A server that sends a time to retry is under load, not broken or closed. */
function throttled(said: string, remote: string, { retryAfterSeconds }: HttpFacts): Diagnosis | null {
  const status = /returned error: (403|503)/u.exec(said)?.[1];
  if (retryAfterSeconds === null || status === undefined) return null;
  return { code: "FETCH_THROTTLED", message: `${remote} ${statusText(Number(status))}` };
}

function diagnose(
  said: string,
  source: RepositorySource | undefined,
  remote: string,
  http: HttpFacts,
): Diagnosis | null {
  const text = withoutNames(said, source);
  const own = withoutServerWords(text);
  const local = firstOf(MACHINE_RULES, own, said, remote);
  if (local !== null) return local;
  const refusal = errorPacket(said);
  if (refusal !== null) return diagnoseWords(refusal, remote) ?? unknownWords(refusal, remote);
  const words = remoteWords(said);
  const known =
    diagnoseDocument(own, http.document, remote) ??
    firstOf([...HTTP_RULES, ...ACCESS_RULES, ...OBJECT_RULES], own, said, remote);
  if (known !== null) return withWords(known, words);
  // If git gives no reason, the server or ssh wrote it.
  const isCut = /^fatal: Could not read from remote repository/mu.test(own);
  const heard = isCut ? [words, otherWords(said)].join(" ").trim() : words;
  const isMute = !/^(?:fatal|error): (?!Could not read from remote|[Tt]he remote end hung up)/mu.test(own);
  const meant = isMute && heard !== "" ? diagnoseWords(heard, remote) : null;
  const cut = firstOf(CONNECTION_RULES, own, said, remote);
  if (cut !== null) return meant ?? withWords(cut, words);
  if (isMute && heard !== "") return meant ?? unknownWords(heard, remote);
  return isCut ? closedWithoutWord(remote) : null;
}

function firstOf(rules: readonly Rule[], text: string, said: string, remote: string): Diagnosis | null {
  for (const { pattern, diagnose: toDiagnosis } of rules) {
    const match = pattern.exec(text);
    if (match === null) continue;
    // The message contains the text that was blanked out for the decision.
    const here = new RegExp(pattern, `${pattern.flags}y`);
    here.lastIndex = match.index;
    return toDiagnosis(here.exec(said) ?? match, remote);
  }
  return null;
}

function withWords(found: Diagnosis, words: string): Diagnosis {
  const isSaid = words === "" || found.message.includes(words);
  return isSaid ? found : { ...found, message: `${found.message} (it says: ${words})` };
}

function closedWithoutWord(remote: string): Diagnosis {
  const message = `${remote}: the connection was closed without an answer`;
  return { code: "FETCH_NETWORK", message, hint: "Check the address, and that you may read it." };
}

function spawnFailure(failure: EdenError, name: string, stage: string): EdenError {
  if (failure.code === "PROCESS_STALLED")
    return new EdenError("FETCH_STALLED", `${name}: ${failure.message}`, { stage }, failure);
  // Only listings of the mirror are read like this: content of the repository, not damage that a
  // new mirror would repair.
  if (failure.code === "PROCESS_OUTPUT" && stage === "materialise")
    return new EdenError(
      "SKILL_UNSAFE",
      `the repository is too large to be listed: ${failure.message}`,
      { stage },
      failure,
    );
  if (failure.code === "PROCESS_OUTPUT")
    return new EdenError("FETCH_CORRUPT", `${name} sent ${failure.message}`, { stage }, failure);
  if (failure.code !== "SPAWN_FAILED") return failure;
  const cause = errorCode(failure.cause);
  if (isExhausted(failure.cause)) {
    const hint = "Raise the limit with `ulimit -n` (or `ulimit -u`), or lower --concurrency.";
    return new EdenError("DESCRIPTORS_EXHAUSTED", `git could not be started: ${cause ?? ""}`, { stage, hint }, failure);
  }
  return new EdenError("GIT_MISSING", `git could not be started: ${cause ?? failure.message}`, { stage }, failure);
}
