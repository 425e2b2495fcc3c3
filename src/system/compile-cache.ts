import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import module from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

const USAGE_ERROR = 2;

/** One chunk of the program: its text and V8's code for it. */
interface Chunk {
  source: Buffer;
  code: Buffer;
}

/**
 * Returns a `require` for the files of this program. It keeps the chunks that were loaded, as text
 * and as compiled code, in one file: to open dozens takes longer than to read them. The names of
 * chunks contain a hash of their content. If the file cannot be written, nothing is cached. Files
 * load each other without Node's search, which takes longer still.
 * @param pack path of that file. Its directory is trusted as much as the code itself, so it is never
 *   one that others can write.
 */
export function cachingRequire(pack: string): (file: string) => unknown {
  const kept = readPack(pack);
  const scripts = new Map<string, { source: string; script: Script }>();
  let isComplete = true;
  const compile = (file: string): Script => {
    const name = basename(file);
    const known = kept.get(name);
    const source = known?.source.toString() ?? module.wrap(readFileSync(file, "utf8"));
    const script = new Script(source, { filename: file, cachedData: known?.code });
    if (basename(dirname(file)) !== "chunks") return script;
    scripts.set(name, { source, script });
    if (isComplete && script.cachedDataRejected !== false) {
      isComplete = false;
      // Only at the end V8's code contains the functions that were used. After a usage error there
      // may be no such command.
      process.once("exit", (code) => {
        if (code !== USAGE_ERROR) writePack(pack, chunksOf(kept, scripts));
      });
    }
    return script;
  };
  const load = (file: string): unknown => {
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const loaded = { exports: {} } as NodeJS.Module;
    require.cache[file] = loaded;
    try {
      const place = dirname(file);
      const run = compile(file).runInThisContext();
      run.call(loaded.exports, loaded.exports, requireFrom(place), loaded, file, place);
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

/** The chunks that were read, and those that were loaded, with the functions used so far. */
function chunksOf(
  kept: ReadonlyMap<string, Chunk>,
  scripts: ReadonlyMap<string, { source: string; script: Script }>,
): Map<string, Chunk> {
  const loaded = [...scripts].map(([name, { source, script }]): [string, Chunk] => [
    name,
    { source: Buffer.from(source), code: script.createCachedData() },
  ]);
  return new Map([...kept, ...loaded]);
}

/** A line of JSON, `[name, bytes of text, bytes of code]` for each chunk, and then these bytes. */
function readPack(path: string): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  try {
    const bytes = readFileSync(path);
    let at = bytes.indexOf("\n") + 1;
    const index = JSON.parse(bytes.toString("utf8", 0, at)) as [string, number, number][];
    for (const [name, text, code] of index) {
      chunks.set(name, { source: bytes.subarray(at, at + text), code: bytes.subarray(at + text, at + text + code) });
      at += text + code;
    }
    return at === bytes.length ? chunks : new Map();
  } catch {
    return new Map();
  }
}

/** Synced, because V8 does not detect each damage. A failure is ignored: it is a cache. */
function writePack(path: string, chunks: ReadonlyMap<string, Chunk>): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(temporary, "w");
    try {
      const index = [...chunks].map(([name, { source, code }]) => [name, source.length, code.length]);
      const parts = [...chunks.values()].flatMap(({ source, code }) => [source, code]);
      writeFileSync(descriptor, Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...parts]));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch {
    // The next run compiles again.
  }
}
