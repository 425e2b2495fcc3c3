import { relative, sep } from "node:path";

/** Where a reader stands. */
export interface Standpoint {
  home: string;
  cwd: string;
}

/** A path as a person writes it: relative below the working directory, else with `~` for home. */
export function shortPath(path: string, { home, cwd }: Standpoint): string {
  const inside = relative(cwd, path);
  if (cwd !== home && inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`)) return `./${inside}`;
  return path === home || path.startsWith(`${home}${sep}`) ? `~${path.slice(home.length)}` : path;
}
