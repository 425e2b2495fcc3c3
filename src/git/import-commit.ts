import { Buffer } from "node:buffer";
import type { ChildInput } from "../system/processes.js";
import type { Git } from "./git.js";
import { adoptIncoming, type Mirror } from "./mirror.js";
import { runGit } from "./run-git.js";

/** A file for a commit; its path was checked. */
export interface ImportedFile {
  path: string;
  mode: "100644" | "100755" | "120000";
  /** For a link, its text. */
  content: Buffer;
}

/** What a commit is made from: the same files and message always give the same commit. */
export interface Imported {
  files: AsyncIterable<ImportedFile>;
  /** Called after the last file: the directory that becomes the root; null for the root itself. */
  root: () => string | null;
  message: string;
}

/**
 * Writes files into an open mirror as a commit without parents, and with the date 0, through one
 * process.
 * @returns its id.
 * @throws EdenError as `runGit`; errors of the files.
 */
export async function importCommit(
  git: Git,
  mirror: Mirror,
  { files, root, message }: Imported,
  signal: AbortSignal,
): Promise<string> {
  const end = new AbortController();
  let started: (stdin: ChildInput) => void;
  const input = new Promise<ChildInput>((resolve) => (started = resolve));
  const exit = runGit(git, {
    directory: mirror.directory,
    args: ["fast-import", "--quiet", "--done", "--force"],
    isSilent: true,
    signal: AbortSignal.any([signal, end.signal]),
    onStart: (stdin) => started(stdin),
  });
  exit.catch(() => {});
  try {
    const stdin = await Promise.race([input, exit.then(async () => await input)]);
    const write = async (...parts: (string | Buffer)[]) => {
      const data = Buffer.concat(parts.map((part) => Buffer.from(part)));
      const written = new Promise<void>((resolve, reject) => {
        stdin.write(data, (error: Error | null | undefined) => (error ? reject(error) : resolve()));
      });
      await Promise.race([written, exit]);
    };
    await write(`commit ${INCOMING}\ncommitter eden-skills <eden-skills@localhost> 0 +0000\n`, ...dataOf(message));
    for await (const { path, mode, content } of files)
      await write(`M ${mode} inline ${quoted(path)}\n`, ...dataOf(content));
    const top = root();
    await write(top === null ? "" : `R ${quoted(top)} ""\n`, "\ndone\n");
    stdin.end();
    await exit;
  } catch (error) {
    end.abort(error);
    await exit.catch(() => {});
    throw error;
  }
  const commit = adoptIncoming(mirror, INCOMING);
  if (commit === null) throw new Error("git has made no commit");
  return commit;
}

const INCOMING = "refs/incoming/archive";

function dataOf(content: string | Buffer): (string | Buffer)[] {
  const bytes = Buffer.from(content);
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
