import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

/**
 * Caches the compiled code of the files of this program that are loaded from now on. If the
 * directory is not writable, nothing is cached.
 * @param directory trusted as much as the code itself, so never one that others can write.
 */
export function keepCompiledCode(directory: string): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  if (enableCompileCache !== undefined) enableCompileCache(directory);
  else cacheChunks(join(directory, `${process.version}-${process.arch}`));
}

/** The same for Node 20, and for chunks only: their names contain a hash of the content. */
function cacheChunks(directory: string): void {
  if (require.extensions[".cjs"] !== undefined || !isMade(directory)) return;
  const load = require.extensions[".js"];
  const compiled = new Map<string, Script>();
  require.extensions[".cjs"] = (chunk, filename) => {
    if (basename(dirname(filename)) !== "chunks") return load(chunk, filename);
    const cache = join(directory, basename(filename));
    const cachedData = readIfAny(cache);
    const script = new Script(module.wrap(readFileSync(filename, "utf8")), { filename, cachedData });
    if (script.cachedDataRejected !== false) compiled.set(cache, script);
    const { exports } = chunk;
    script.runInThisContext().call(exports, exports, createRequire(filename), chunk, filename, dirname(filename));
  };
  // Only then it contains the functions that were used.
  process.once("exit", () => {
    for (const [cache, script] of compiled) if (!isWritten(cache, script)) return;
  });
}

function isMade(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

function readIfAny(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Synced, because V8 does not detect each damaged cache. */
function isWritten(path: string, script: Script): boolean {
  const temporary = `${path}.${process.pid}`;
  try {
    const descriptor = openSync(temporary, "w");
    try {
      writeFileSync(descriptor, script.createCachedData());
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    return true;
  } catch {
    return false;
  }
}
