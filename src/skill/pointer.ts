/**
 * What stands in a repository in place of a file whose content lies elsewhere, or is encrypted: the name of what made it so, or null.
 * @param content the file, or at least its first 1024 bytes.
 */
export function pointerKind(content: Buffer): "a Git LFS pointer" | "encrypted with git-crypt" | null {
  const start = content.subarray(0, 32).toString("latin1");
  if (start.startsWith("\0GITCRYPT\0")) return "encrypted with git-crypt";
  return content.length < 1024 && start.startsWith("version https://git-lfs") ? "a Git LFS pointer" : null;
}
