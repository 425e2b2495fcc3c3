import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import module from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

/**
 * Returns a `require` for the files of this program that caches the compiled code of chunks, whose
 * names contain a hash of their content. If the directory is not writable, nothing is cached. Files
 * load each other without Node's search, which takes longer than reading them.
 * @param directory trusted as much as the code itself, so never one that others can write.
 */
export function cachingRequire(directory: string): (file: string) => unknown {
  const ofThisNode = join(directory, `${process.version}-${process.arch}`);
  const cache = isMade(ofThisNode) ? ofThisNode : null;
  const compiled = new Map<string, Script>();
  // Only at the end it contains the functions that were used.
  const keep = () => void [...compiled].every(([path, script]) => isWritten(path, script));
  const evaluate = (loaded: NodeJS.Module, file: string): void => {
    const place = dirname(file);
    const path = cache !== null && basename(place) === "chunks" ? join(cache, basename(file)) : null;
    const cachedData = path === null ? undefined : readIfAny(path);
    const script = new Script(module.wrap(readFileSync(file, "utf8")), { filename: file, cachedData });
    if (path !== null && script.cachedDataRejected !== false) {
      if (compiled.size === 0) process.once("exit", keep);
      compiled.set(path, script);
    }
    script.runInThisContext().call(loaded.exports, loaded.exports, requireFrom(place), loaded, file, place);
  };
  const load = (file: string): unknown => {
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const loaded = { exports: {} } as NodeJS.Module;
    require.cache[file] = loaded;
    try {
      evaluate(loaded, file);
    } catch (error) {
      delete require.cache[file];
      throw error;
    }
    return loaded.exports;
  };
  const requireFrom = (place: string) => (name: string) =>
    name.startsWith(".") ? load(join(place, name)) : require(name);
  return requireFrom(__dirname);
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
