import { sanitize } from "../errors.js";
import type { Attempt } from "../git/repositories.js";
import type { SkillSource } from "../manifest/document/manifest.js";
import type { RunContext } from "./run-context.js";

/** One attempt of a task at a repository, whose waits and bytes are events of the run. */
export function attemptOf({ clock, emit }: RunContext, task: string, signal: AbortSignal): Attempt {
  return {
    signal,
    onWait: (what, pid) => emit({ type: "waiting", at: clock.now(), for: what, pid, task }),
    onWaited: (what, waitedMs) => emit({ type: "waited", at: clock.now(), for: what, waitedMs, task }),
    onBytes: (bytes) => emit({ type: "bytes-received", at: clock.now(), task, bytes }),
  };
}

/** The name and host of a source for people: `acme/skills` for a URL; the last directories of a path. */
export function placeOf(source: SkillSource): { name: string; host: string } {
  if (source.kind === "registry") return { name: sanitize(source.name), host: "" };
  const words = source.repo
    .replace(/\/+$/u, "")
    .replace(/\.git$/u, "")
    .split(/[/:]+/u);
  return { name: sanitize(words.slice(-2).join("/")), host: source.kind === "repository" ? source.host : "" };
}
