import type { Readable, Writable } from "node:stream";
import type { Host } from "./host.js";

/**
 * True if the user can be asked: input and standard error are a terminal that can move its cursor,
 * and this is no build server.
 */
export function canAsk({ env }: Pick<Host, "env">): boolean {
  const { CI: ci = "", TERM: kind } = env;
  const isServer = ci !== "" && ci !== "false" && ci !== "0";
  return !isServer && kind !== "dumb" && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The terminal of the user; standard output is for results. */
export function terminal(): { input: Readable; output: Writable } {
  return { input: process.stdin, output: process.stderr };
}
