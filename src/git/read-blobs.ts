import { EdenError } from "../errors.js";
import type { ObjectSource } from "./object-reader.js";

/** Receives blobs as they arrive. */
export interface BlobReceiver {
  /**
   * Gets the size in bytes before the content arrives. false: the content is skipped, and never
   * held in memory.
   */
  accepts(oid: string, size: number): boolean;
  /** A returned promise pauses the stream. */
  take(oid: string, content: Buffer): void | Promise<void>;
}

/**
 * Streams blobs in the order of `oids`.
 * @returns the ids of those that the repository does not have.
 * @throws EdenError `FETCH_CORRUPT` if one of them is not a blob; errors of the receiver.
 */
export async function readBlobs(
  reader: ObjectSource,
  oids: readonly string[],
  receiver: BlobReceiver,
): Promise<string[]> {
  const missing: string[] = [];
  await reader.read(oids, {
    missing: (oid) => void missing.push(oid),
    accepts: ({ oid, type, size }) => {
      if (type === "blob") return receiver.accepts(oid, size);
      throw new EdenError("FETCH_CORRUPT", `object ${oid} is a ${type}, not a file`, { stage: "materialise" });
    },
    take: ({ oid }, content) => receiver.take(oid, content),
  });
  return missing;
}
