/** A text in which paths below the home directory begin with `~`; addresses stay as they are. */
export function withTilde(text: string, home: string): string {
  if (home.length < 2 || !text.includes(home)) return text;
  return text.replaceAll(home, (found, at: number) => {
    const [before = " ", after = "/"] = [text[at - 1], text[at + found.length]];
    return /[\s"'(=,;]/u.test(before) && /[\s"'),:;/]/u.test(after) ? "~" : found;
  });
}
