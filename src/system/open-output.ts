import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { fileFailure } from "./file-failure.js";

/**
 * Opens a file for output that is written piece by piece, on another thread; its content is removed.
 * A named pipe is opened when it has a reader.
 * @throws EdenError.
 */
export async function openOutput(path: string): Promise<{ sink: WriteStream; close(): Promise<void> }> {
  const sink = createWriteStream(path);
  try {
    await once(sink, "open");
  } catch (error) {
    throw fileFailure(error, path);
  }
  return {
    sink,
    async close() {
      if (sink.closed) return;
      const closed = new Promise<void>((resolve) => sink.once("close", () => resolve()));
      sink.end();
      await closed;
    },
  };
}
