import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import module from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

const USAGE_ERROR = 2;

/** The function that Node makes of a CommonJS file; it gets exports, require, module and both paths. */
type Chunk = (...given: unknown[]) => void;

/** The chunks of a pack: their names, and their functions as one script. */
interface Pack {
  names: string[];
  text: string;
  /** V8's code for the script; empty for none. */
  code: Buffer;
}

/**
 * Returns a `require` for the files of this program. It keeps the chunks that were loaded in one
 * file, as one script with its compiled code: to open, compile or deserialize dozens takes longer
 * than one that is as large. The first run writes the script, the second one its code, and so after
 * a run that has loaded another chunk. The names of chunks contain a hash of their content. If the
 * file cannot be written, nothing is cached. Files load each other without Node's search, which
 * takes longer still.
 * @param path of that file. Its directory is trusted as much as the code itself, so it is never one
 *   that others can write.
 */
export function cachingRequire(path: string): (file: string) => unknown {
  const { chunks, pack, script } = openPack(path);
  const added = new Map<string, string>();
  // Only at the end V8's code contains the functions that were used. After a usage error there may
  // be no such command.
  process.once("exit", (exitCode) => {
    if (exitCode === USAGE_ERROR) return;
    if (added.size > 0) writePack(path, extended(pack, added));
    else if (script !== null && script.cachedDataRejected !== false)
      writePack(path, { ...pack, code: script.createCachedData() });
  });
  const read = (file: string): Chunk => {
    const source = module.wrap(readFileSync(file, "utf8")).replace(/;$/u, "");
    if (basename(dirname(file)) === "chunks") added.set(basename(file), source);
    return new Script(source, { filename: file }).runInThisContext() as Chunk;
  };
  const load = (file: string): unknown => {
    const known = require.cache[file];
    if (known !== undefined) return known.exports;
    const loaded = { exports: {} } as NodeJS.Module;
    require.cache[file] = loaded;
    try {
      const place = dirname(file);
      const run = chunks.get(basename(file)) ?? read(file);
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

/** The chunks of a pack, compiled; none if it cannot be used. */
function openPack(path: string): { chunks: Map<string, Chunk>; pack: Pack; script: Script | null } {
  try {
    const pack = readPack(path);
    const { names, text, code } = pack;
    const script = new Script(text, { filename: path, ...(code.length > 0 && { cachedData: code }) });
    const functions = script.runInThisContext() as Chunk[];
    const chunks = new Map(functions.map((run, at) => [names[at] ?? "", run]));
    // The bytes that were read are not kept.
    return { chunks, pack: { names, text, code: NO_CODE }, script };
  } catch {
    return { chunks: new Map(), pack: { names: [], text: "[]", code: NO_CODE }, script: null };
  }
}

const NO_CODE = Buffer.alloc(0);

/** A pack with more chunks. V8's code is that of one text, so it has none. */
function extended({ names, text }: Pack, added: ReadonlyMap<string, string>): Pack {
  const functions = [...(names.length === 0 ? [] : [text.slice(1, -1)]), ...added.values()];
  return { names: [...names, ...added.keys()], text: `[${functions.join(",")}]`, code: NO_CODE };
}

/** A line of JSON, `[names, bytes of text, bytes of code]`, and then these bytes. @throws Error. */
function readPack(path: string): Pack {
  const bytes = readFileSync(path);
  const at = bytes.indexOf("\n") + 1;
  const [names, text, code] = JSON.parse(bytes.toString("utf8", 0, at)) as [string[], number, number];
  if (bytes.length !== at + text + code) throw new Error("not complete");
  return { names, text: bytes.toString("utf8", at, at + text), code: bytes.subarray(at + text) };
}

/** Synced, because V8 does not detect each damage. A failure is ignored: it is a cache. */
function writePack(path: string, { names, text, code }: Pack): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    sweep(dirname(path));
    const descriptor = openSync(temporary, "w");
    try {
      const script = Buffer.from(text);
      const head = `${JSON.stringify([names, script.length, code.length])}\n`;
      writeFileSync(descriptor, Buffer.concat([Buffer.from(head), script, code]));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch {
    // The next run compiles again.
  }
}

/** Removes the temporary files of processes that have ended. */
function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = /\.pack\.(\d+)$/u.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(`${directory}/${name}`, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
