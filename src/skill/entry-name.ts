/**
 * Whether a file or directory with a name from outside may be created. The result is the same on
 * every platform, since lockfiles and stores are shared: no separator, no control or invisible
 * character, no name that git, Windows or macOS treats as another name.
 * @returns why not, or null.
 */
export function entryNameProblem(name: string): string | null {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "is a relative directory";
  if (Buffer.byteLength(name) > 255) return "is longer than 255 bytes";
  if (name !== name.normalize("NFC")) return "is not in Unicode normal form C";
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(name)) return "has an invisible or control character";
  if (/[/\\:*?"<>|]/u.test(name)) return "has a character that is special on some system";
  if (/[. ]$/u.test(name)) return "ends with a dot or a space";
  const folded = name.toLowerCase();
  if (folded === ".git" || /^git~\d+$/u.test(folded)) return "is reserved by git";
  if (/^(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$)(?:\.|$)/u.test(folded))
    return "is a device name on Windows";
  return null;
}

/** Two names with the same key collide on some file systems. */
export function collisionKey(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
