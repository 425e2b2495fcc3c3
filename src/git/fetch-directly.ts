import { Buffer } from "node:buffer";
import { join } from "node:path";
import { EdenError } from "../errors.js";
import { formatOf } from "../manifest/names/object-id.js";
import { renameInBackground } from "../system/change-trees.js";
import { writeNewFile } from "../system/create-files.js";
import { NoAnswer } from "../system/http-message.js";
import { bufferPassed } from "../system/release-memory.js";
import type { AnnouncedSize } from "./announced-size.js";
import { classifyFailure } from "./failure.js";
import { keepingRef, type Mirror } from "./mirror.js";
import { PackAnswer, RefusedByServer } from "./pack-answer.js";
import { PackWriter, UnusablePack } from "./pack-writer.js";
import { DELIMITER, FLUSH, MalformedAnswer, packetLine } from "./pkt-line.js";
import type { Remote } from "./remote.js";
import { isAnswer, isPassing, postPlainly } from "./smart-http.js";
import { sweepRepository } from "./sweep-repository.js";

/** Maximum bytes of an answer that is not a pack. */
const MOST_BYTES = 64 * 1024;

/** Commits to fetch. */
interface WantedCommits {
  oids: readonly string[];
  withoutContents: boolean;
  /** Ends the fetch of a large repository. */
  size?: AnnouncedSize;
}

/**
 * Fetches commits at depth 1 into a mirror that has none: one request without git. Only git parses,
 * checks and stores the answer (decision 0059).
 * @returns false if git must fetch them, as after every unexpected answer: git explains failures
 *   better.
 * @throws EdenError if the server is under load or silent; `tooLarge` of the size; the signal's
 *   reason when aborted.
 */
export async function fetchCommitsDirectly(
  remote: Remote,
  mirror: Mirror,
  { oids, withoutContents, size }: WantedCommits,
): Promise<boolean> {
  const filter = withoutContents ? [NO_CONTENTS] : [];
  const request = { oids, lines: ["deepen 1", ...filter], required: oids, isPartial: withoutContents };
  if (!(await fetchPack(remote, mirror, { ...request, ...(size !== undefined && { size }) }))) return false;
  // git, too, writes them last: they say that the commits are complete.
  for (const oid of oids) await writeRef(join(mirror.directory, keepingRef(oid)), oid);
  return true;
}

/** Fetches file contents by object id. @returns and throws as `fetchCommitsDirectly`. */
export async function fetchBlobsDirectly(
  remote: Remote,
  mirror: Pick<Mirror, "directory">,
  oids: readonly string[],
): Promise<boolean> {
  return await fetchPack(remote, mirror, { oids, lines: [NO_CONTENTS], required: [], isPartial: true });
}

const NO_CONTENTS = "filter blob:none";

async function writeRef(path: string, oid: string): Promise<void> {
  await writeNewFile(`${path}.lock`, Buffer.from(`${oid}\n`), 0o666);
  await renameInBackground(`${path}.lock`, path);
}

interface PackRequest {
  oids: readonly string[];
  /** What is requested beside the objects. */
  lines: readonly string[];
  /** Objects that must arrive. */
  required: readonly string[];
  isPartial: boolean;
  size?: AnnouncedSize;
}

async function fetchPack(
  remote: Remote,
  { directory }: Pick<Mirror, "directory">,
  request: PackRequest,
): Promise<boolean> {
  const { git, source, signal, gitOnly } = remote;
  if (source.transport !== "https" && source.transport !== "http") return false;
  const { origin } = new URL(source.url);
  if (gitOnly?.has(origin) === true || git.owner.hasCheckRules) return false;
  try {
    return await receivePack(remote, directory, request);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EdenError || error === request.size?.tooLarge) throw error;
    if (error instanceof NoAnswer) throw silent(error, remote);
    sweepRepository(directory);
    const isOfRepository = error instanceof RefusedByServer || error instanceof UnusablePack;
    if (!isOfRepository && !isPassing(error)) gitOnly?.add(origin);
    return false;
  }
}

async function receivePack(
  remote: Remote,
  directory: string,
  { oids, lines, required, isPartial, size }: PackRequest,
): Promise<boolean> {
  const answer = new PackAnswer(oids.length, (text) => size?.read(text));
  const hashBytes = formatOf(oids[0] ?? "") === "sha256" ? 32 : 20;
  let writer: PackWriter | undefined;
  const take = async (chunk: Buffer) => {
    const parts = answer.read(chunk);
    const [first] = parts;
    if (first === undefined) return;
    const data = parts.length === 1 ? first : Buffer.concat(parts);
    size?.receive(data);
    const { shallow } = answer;
    writer ??= await PackWriter.start(remote, { directory, hashBytes, shallow, isPartial });
    await writer.write(data);
    // The chunk was copied when it was split.
    bufferPassed(data.length);
  };
  try {
    const message = { body: requestFor(oids, lines), maxBytes: MOST_BYTES, receiver: { accepts: isAnswer, take } };
    const head = await postPlainly(remote, message);
    if (head === null) return false;
    if (!isAnswer(head)) throw unexpected(head.status);
    answer.end();
    await writer?.finish(required);
    return true;
  } catch (error) {
    await writer?.cancel(error);
    throw error;
  }
}

function requestFor(oids: readonly string[], lines: readonly string[]): string {
  // Older servers do not know the capability.
  const isWide = oids.some((oid) => formatOf(oid) === "sha256");
  const command = ["command=fetch", ...(isWide ? ["object-format=sha256"] : [])];
  const wanted = ["ofs-delta", ...lines, ...oids.map((oid) => `want ${oid}`), "done"];
  return `${command.map(packetLine).join("")}${DELIMITER}${wanted.map(packetLine).join("")}${FLUSH}`;
}

/** Of other repositories of the host only a refusal of the method says something. */
function unexpected(status: number): Error {
  const message = `the server answers ${status}`;
  return [405, 501].includes(status) ? new MalformedAnswer(message) : new RefusedByServer(message);
}

function silent({ stallMs }: NoAnswer, { source }: Remote): EdenError {
  return classifyFailure(new EdenError("PROCESS_STALLED", `no progress for ${stallMs / 1000} s`), source);
}
