import picomatch from "picomatch";
import { literalGlob } from "./glob-text.js";

/** The name of a skill in its source, and its directory there. */
export interface NamedSkill {
  name: string;
  path: string;
}

/** One glob as a test. A glob with a slash matches paths, any other one names. */
export interface Glob {
  text: string;
  matches(skill: NamedSkill): boolean;
  /** True for a glob without wildcards: it names one skill. */
  isLiteral: boolean;
}

/** Compiles a glob. `*` stops at a slash, `**` does not. */
export function compileGlob(text: string): Glob {
  const pattern = text.replace(/^\.\//u, "");
  const isMatch = picomatch(pattern, { dot: true, nonegate: true, noextglob: true });
  const ofPath = text.includes("/");
  return { text, isLiteral: literalGlob(text), matches: ({ name, path }) => isMatch(ofPath ? path : name) };
}
