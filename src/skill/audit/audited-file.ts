import { isScript } from "../script.js";
import type { SkillFile } from "../skill-tree.js";
import { isBinary } from "./skill-text.js";

/** One file of a skill with its content; for a link, its text. */
export interface AuditedFile extends Pick<SkillFile, "path" | "mode"> {
  content: Buffer;
}

/** True for a script, and for an executable file. */
export function isRunnable({ path, mode, content }: AuditedFile): boolean {
  return mode === "100755" || isScript(path, content);
}

/**
 * False for binary content. What agents and interpreters read as text counts as text, whatever its
 * bytes are: a NUL byte must not hide the rest.
 */
export function isRead({ path, content }: AuditedFile): boolean {
  const isNamedAsText = /\.(?:md|mdx|markdown|txt|json|ya?ml|toml|html?)$/iu.test(path);
  return isNamedAsText || isScript(path, content) || !isBinary(content);
}
