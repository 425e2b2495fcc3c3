import { relative, sep } from "node:path";
import { withTilde } from "./tilde.js";

/** Where a reader stands. */
export interface Standpoint {
  home: string;
  cwd: string;
}

/** A path as a person writes it: relative below the working directory, else with `~` for home. */
export function shortPath(path: string, { home, cwd }: Standpoint): string {
  const inside = relative(cwd, path);
  if (cwd !== home && inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`)) return `./${inside}`;
  return withTilde(path, home);
}
