/**
 * True for a file that programs leave behind when a skill is run or looked at, and that nobody wrote: Python's compiled files, what a Finder or
 * an Explorer keeps, the caches of build tools. Ask it about regular files only: a link or a directory of such a name is no litter.
 * @param path within the skill, with `/`.
 * @param isBeside whether the file's own directory has an entry of that name.
 */
export function isLitter(path: string, isBeside: (name: string) => boolean): boolean {
  const directories = path.split("/");
  const name = directories.pop() ?? "";
  if (name === ".DS_Store" || name === "Thumbs.db" || name.startsWith("._")) return true;
  if (directories.some((part, index) => part === "node_modules" && directories[index + 1] === ".cache")) return true;
  // Python writes `x.pyc.<number>` first; numba keeps .nbi and .nbc there.
  if (directories.at(-1) === "__pycache__") return /\.(?:pyc|pyo|nbi|nbc)(?:\.\d+)?$/u.test(name);
  return /\.py[co]$/u.test(name) && isBeside(name.slice(0, -1));
}
