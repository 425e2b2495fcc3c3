/** Why a text cannot be the path of a directory, or null if it can. */
export function pathTextProblem(path: string): string | null {
  if (path.trim() === "") return "the path is empty";
  return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(path)
    ? "the path holds a control character"
    : null;
}
