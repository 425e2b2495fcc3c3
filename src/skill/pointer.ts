/**
 * Detects a file whose real content is not in the repository or is encrypted; null for other files.
 * @param content the file, or at least its first 1024 bytes.
 */
export function pointerKind(content: Buffer): "a Git LFS pointer" | "encrypted with git-crypt" | null {
  const start = content.subarray(0, 32).toString("latin1");
  if (start.startsWith("\0GITCRYPT\0")) return "encrypted with git-crypt";
  return content.length < 1024 && start.startsWith("version https://git-lfs") ? "a Git LFS pointer" : null;
}
