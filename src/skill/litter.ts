/**
 * True for a file that programs leave behind when a skill is run or browsed: compiled Python files,
 * metadata of Finder and Explorer, caches of build tools. Only for regular files: a link or a
 * directory with such a name is not litter.
 * @param path relative to the skill, with `/`.
 * @param isBeside whether the file's own directory has an entry with that name.
 */
export function isLitter(path: string, isBeside: (name: string) => boolean): boolean {
  const directories = path.split("/");
  const name = directories.pop() ?? "";
  if (name === ".DS_Store" || name === "Thumbs.db" || name.startsWith("._")) return true;
  if (directories.some((part, index) => part === "node_modules" && directories[index + 1] === ".cache")) return true;
  // Python writes `x.pyc.<number>` first; numba stores .nbi and .nbc there.
  if (directories.at(-1) === "__pycache__") return /\.(?:pyc|pyo|nbi|nbc)(?:\.\d+)?$/u.test(name);
  return /\.py[co]$/u.test(name) && isBeside(name.slice(0, -1));
}
