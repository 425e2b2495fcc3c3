/** One file of a commit: a regular file, a symlink (its text), or a gitlink (a submodule's commit). */
export interface RepositoryFile {
  content?: string | Buffer;
  executable?: boolean;
  symlink?: string;
  gitlink?: string;
}

/** Path in the repository (with `/`) → what is there; plain text or bytes stand for a regular file. */
export type Files = Record<string, string | Buffer | RepositoryFile>;

/** One commit, as `git fast-import` is to write it. */
export interface CommitRequest {
  branch: string;
  message: string;
  /** Seconds since the epoch. */
  time: number;
  /** The commit to continue from; none makes a root commit. */
  parent?: string;
  /** Start from an empty tree instead of the parent's. */
  replace?: boolean;
  files: Files;
  /** Paths to delete; a directory goes with all it holds. */
  remove?: readonly string[];
}

/** The input of `git fast-import` for one commit, ending in a question for its id on standard output. */
export function fastImportStream(request: CommitRequest): Buffer {
  const parts: Buffer[] = [];
  const line = (text: string): void => void parts.push(Buffer.from(`${text}\n`));
  const data = (bytes: Buffer): void => {
    line(`data ${bytes.length}`);
    parts.push(bytes, Buffer.from("\n"));
  };
  if (request.parent === undefined) line(`reset refs/heads/${request.branch}`);
  line(`commit refs/heads/${request.branch}`);
  line("mark :1");
  line(`author Ada Author <ada@example.com> ${request.time} +0000`);
  line(`committer Ada Author <ada@example.com> ${request.time} +0000`);
  data(Buffer.from(`${request.message}\n`));
  if (request.parent !== undefined) line(`from ${request.parent}`);
  if (request.replace === true) line("deleteall");
  for (const path of request.remove ?? []) line(`D ${quoted(path)}`);
  for (const [path, value] of Object.entries(request.files)) {
    const file = typeof value === "string" || Buffer.isBuffer(value) ? { content: value } : value;
    if (file.gitlink !== undefined) {
      line(`M 160000 ${file.gitlink} ${quoted(path)}`);
      continue;
    }
    line(`M ${modeOf(file)} inline ${quoted(path)}`);
    data(Buffer.from(file.symlink ?? file.content ?? ""));
  }
  line("");
  line("get-mark :1");
  return Buffer.concat(parts);
}

function modeOf(file: RepositoryFile): string {
  if (file.symlink !== undefined) return "120000";
  return file.executable === true ? "100755" : "100644";
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
