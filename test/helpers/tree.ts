import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { git } from "./git-command.js";

/** One file of a tree, on disk or in git; a link is described by its text, never by what it points to. */
export type TreeEntry =
  | { path: string; mode: "100644" | "100755"; sha256: string }
  | { path: string; mode: "120000"; link: string };

/**
 * Every file beneath `dir`, sorted by the bytes of its path, in git's modes. Symlinks beneath `dir` are entries and are not
 * followed; `dir` itself may be one. Empty directories do not show, as in git.
 * @throws Error for anything that is neither file, directory nor symlink.
 */
export async function readTree(dir: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const walk = async (absolute: string, prefix: string): Promise<void> => {
    for (const name of await readdir(absolute)) {
      const path = prefix + name;
      const file = join(absolute, name);
      const stat = await lstat(file);
      if (stat.isDirectory()) await walk(file, `${path}/`);
      else if (stat.isSymbolicLink()) entries.push({ path, mode: "120000", link: await readlink(file) });
      else if (stat.isFile()) {
        const mode = (stat.mode & 0o100) === 0 ? "100644" : "100755";
        entries.push({ path, mode, sha256: sha256(await readFile(file)) });
      } else throw new Error(`neither file, directory nor symlink: ${file}`);
    }
  };
  await walk(await realpath(dir), "");
  return sorted(entries);
}

/**
 * The same list, out of git: the files of `subpath` at `commit`, read as raw blobs. What {@link readTree} finds in an
 * installed skill must equal it. Submodules are left out.
 */
export async function gitTree(repositoryDir: string, commit: string, subpath = "."): Promise<TreeEntry[]> {
  const treeish = subpath === "." ? commit : `${commit}:${subpath}`;
  const listing = await git(["-C", repositoryDir, "ls-tree", "-r", "-z", "--full-tree", treeish]);
  const rows = listing
    .toString("utf8")
    .split("\0")
    .map((row) => /^(\d{6}) blob ([0-9a-f]+)\t([^]*)$/u.exec(row))
    .filter((match) => match !== null)
    .map(([, mode = "", id = "", path = ""]) => ({ mode, id, path }));
  const blobs = await readBlobs(
    repositoryDir,
    rows.map((row) => row.id),
  );
  return sorted(
    rows.map(({ mode, path }, index): TreeEntry => {
      const content = blobs[index] ?? Buffer.alloc(0);
      if (mode === "120000") return { path, mode, link: content.toString("utf8") };
      return { path, mode: mode === "100755" ? "100755" : "100644", sha256: sha256(content) };
    }),
  );
}

/** The names of everything directly in `dir`, sorted; an absent directory is empty. */
export async function namesIn(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(() => [])).toSorted();
}

async function readBlobs(repositoryDir: string, ids: readonly string[]): Promise<Buffer[]> {
  if (ids.length === 0) return [];
  const output = await git(["-C", repositoryDir, "cat-file", "--batch"], {
    input: `${ids.join("\n")}\n`,
  });
  const blobs: Buffer[] = [];
  let at = 0;
  while (at < output.length) {
    const lineEnd = output.indexOf(10, at);
    const size = Number(output.subarray(at, lineEnd).toString().split(" ")[2]);
    blobs.push(output.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 1;
  }
  return blobs;
}

function sorted(entries: TreeEntry[]): TreeEntry[] {
  return entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
