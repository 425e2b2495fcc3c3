import { isAbsolute, relative, sep } from "node:path";
import { entryLines, type EntrySkill } from "../../manifest/edit/entry-lines.js";
import type { Host } from "../../system/host.js";
import { readTextIfExists } from "../../system/read-files.js";

/** Where a build server finds a manifest and its entries. */
export interface ManifestPlace {
  /** Relative to the checkout, with `/`; absolute if it is outside. */
  file: string;
  /** The line of the entry of a skill, from 1, or null. */
  lineOf(skill: EntrySkill): number | null;
}

/** Looks a manifest up. @param path absolute. */
export async function manifestPlace(path: string, host: Pick<Host, "env" | "cwd">): Promise<ManifestPlace> {
  return { file: inCheckout(path, host), lineOf: await entryLines(textOf(path)) };
}

/** A path as a build server shows it: relative to the checkout, or absolute if it is outside. */
export function inCheckout(path: string, { env, cwd }: Pick<Host, "env" | "cwd">): string {
  const below = relative(env["GITHUB_WORKSPACE"] ?? env["CI_PROJECT_DIR"] ?? cwd, path);
  return below.startsWith("..") || isAbsolute(below) ? path : below.split(sep).join("/");
}

function textOf(path: string): string {
  try {
    return readTextIfExists(path) ?? "";
  } catch {
    return "";
  }
}
