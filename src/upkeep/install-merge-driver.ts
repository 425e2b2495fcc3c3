import { gitFinder } from "../run/git-finder.js";
import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import { usualStorage } from "../manifest/names/product-home.js";
import { configure, workTreeOf } from "../git/work-tree.js";
import { lockfilePathFor } from "../manifest/document/find-manifest.js";
import { systemClock } from "../system/clock.js";
import { currentHost, findProgram, type Host } from "../system/host.js";
import { lstatIfExists, readBytesIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";
import type { RunOptions } from "../run/options.js";
import { requireKnown } from "../system/known-directory.js";
import { openStore } from "../store/store.js";

/** The document of `lock merge --install --json`. */
export interface InstalledDriver {
  schema_version: 1;
  command: "lock merge";
  /** Absolute path of the file that names the driver for lockfile and manifest. */
  attributes: string;
  /** The line of the lockfile. */
  line: string;
  lines: string[];
  /** False if all lines existed already. */
  added: boolean;
  /** The values that were set in the repository's configuration. */
  config: Record<string, string>;
}

/** The name of the driver in git's configuration and attributes. */
const DRIVER = "eden-skills";

/**
 * git must find the program when it merges: by its name if that is on PATH, else by its current
 * path.
 */
function settings(host: Host): (readonly [string, string])[] {
  const quoted = (path: string) => `'${path.replaceAll("'", String.raw`'\''`)}'`;
  const name =
    findProgram(DRIVER, host.env) === null ? `${quoted(process.execPath)} ${quoted(process.argv[1] ?? "")}` : DRIVER;
  return [
    [`merge.${DRIVER}.name`, "skills.toml and skills.lock, entry by entry"],
    [`merge.${DRIVER}.driver`, `${name} lock merge %O %A %B %P`],
  ];
}

/**
 * Configures git to merge the manifest and lockfile of these names with this program, in the
 * repository of the working directory. Idempotent.
 * @throws EdenError `USAGE` outside of a repository, `GIT_MISSING`, `INVALID_FILE`.
 */
export async function installMergeDriver(
  options: Pick<RunOptions, "manifest" | "host" | "signal">,
): Promise<InstalledDriver> {
  const host = options.host ?? currentHost();
  const signal = options.signal ?? new AbortController().signal;
  const staging = openStore(requireKnown(usualStorage(host))).openStaging();
  try {
    const git = await gitFinder({ host, clock: systemClock, emit: () => {} }, staging, signal)(signal);
    const workTree = await workTreeOf(git, requireKnown(host.cwd), signal);
    const attributes = join(workTree, ".gitattributes");
    const manifest = basename(options.manifest ?? "skills.toml");
    const line = lineFor(lockfilePathFor(manifest));
    // The driver recognises a manifest by its name.
    const lines = [line, ...(manifest.endsWith(".toml") ? [lineFor(manifest)] : [])];
    const added = addLines(attributes, lines);
    const config = settings(host);
    await configure(git, workTree, config, signal);
    return {
      schema_version: 1,
      command: "lock merge",
      attributes,
      line,
      lines,
      added,
      config: Object.fromEntries(config),
    };
  } finally {
    staging.dispose();
  }
}

function lineFor(name: string): string {
  return `${patternOf(name)} merge=${DRIVER}`;
}

/** A file's name as a pattern that matches only this name. */
function patternOf(name: string): string {
  const escaped = name.replaceAll(/[*?[\\]/gu, "\\$&");
  return /^[\w.-]+$/u.test(escaped) ? escaped : JSON.stringify(escaped);
}

/** @returns false if all lines exist already. */
function addLines(path: string, lines: readonly string[]): boolean {
  const stats = lstatIfExists(path);
  if (stats?.isSymbolicLink() === true)
    throw new EdenError("INVALID_FILE", `${path} is a link, which git does not follow`, { path });
  const before = readBytesIfExists(path) ?? Buffer.alloc(0);
  const text = before.toString("utf8");
  const known = new Set(text.split(/\r?\n/u).map((one) => one.trim()));
  const added = lines.filter((line) => !known.has(line));
  if (added.length === 0) return false;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  const more = Buffer.from(`${gap}${added.map((line) => `${line}\n`).join("")}`);
  writeByRename(path, Buffer.concat([before, more]), (stats?.mode ?? 0o666) & 0o777);
  return true;
}
