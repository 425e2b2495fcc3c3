import type { IncomingMessage } from "node:http";
import { askBackend } from "../../scripts/smart-http.mjs";

/** An HTTP answer; `recorded` when no process was asked for it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Buffer>;
  recorded: boolean;
}

/** A request whose body has been read. */
export interface Question {
  request: IncomingMessage;
  path: string;
  query: string;
  body: Buffer;
  signal: AbortSignal;
}

/** Answers requests for the repositories beneath a directory. */
export interface Answerer {
  answer(question: Question): Promise<Answer>;
  forget(): void;
}

type Recording = Omit<Answer, "body"> & { content: Buffer };

/**
 * Answers with `git http-backend`; with `record`, a request that repeats one (method, URL, `Git-Protocol`, body bytes) is
 * answered with the same bytes from memory, also while the first one is still being worked on.
 */
export function createAnswerer(root: string, record: boolean): Answerer {
  const recordings = new Map<string, Promise<Recording>>();

  const live = async ({
    request,
    signal,
    ...rest
  }: Omit<Question, "signal"> & { signal?: AbortSignal }): Promise<Answer> => {
    const { headers, method = "GET" } = request;
    const answer = await askBackend({
      root,
      method,
      headers,
      ...rest,
      ...(signal === undefined ? {} : { signal }),
    });
    return { ...answer, recorded: false };
  };

  return {
    forget: () => recordings.clear(),
    async answer(question) {
      if (!record) return live(question);
      const { request, path, query, body } = question;
      const key = [request.method, path, query, request.headers["git-protocol"], body.toString("base64")].join("\n");
      const known = recordings.get(key);
      // The first asker may hang up while others wait for the same bytes: a recording is never aborted.
      const recording = known ?? live({ request, path, query, body }).then(whole);
      recordings.set(key, recording);
      const { content, ...head } = await recording;
      return { ...head, body: pieces(content), recorded: known !== undefined };
    },
  };
}

async function whole({ body, ...head }: Answer): Promise<Recording> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { ...head, content: Buffer.concat(chunks) };
}

async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  const size = 65_536;
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}
