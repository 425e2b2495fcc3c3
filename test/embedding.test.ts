import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createRepository } from "./helpers/git-repository.js";
import { manifestOf, skillText } from "./helpers/manifest-of.js";
import { useSandbox } from "./helpers/with-sandbox.js";

const use = useSandbox();
const LIBRARY = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** A program that embeds the library: it prints what is not as it was, and how its own children fared. */
const HOST = `
  import * as child from "node:child_process";
  import { channel } from "node:diagnostics_channel";
  import events, { EventEmitter, getEventListeners } from "node:events";
  import fs from "node:fs";
  import http from "node:http";
  import https from "node:https";
  import { syncBuiltinESMExports } from "node:module";
  import os from "node:os";
  import v8 from "node:v8";

  const calls = [];
  for (const [object, name] of [[process, "umask"], [process, "chdir"], [v8, "setFlagsFromString"], [os, "setPriority"]]) {
    const own = object[name];
    object[name] = (...args) => (calls.push(name), own.apply(object, args));
  }
  syncBuiltinESMExports();
  const controller = new AbortController();
  const snapshot = () => ({
    listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
    env: { ...process.env },
    cwd: process.cwd(),
    exitCode: process.exitCode ?? null,
    argv: [process.argv, process.execArgv, process.title],
    globals: Object.getOwnPropertyNames(globalThis).toSorted(),
    symbols: Object.getOwnPropertySymbols(globalThis).map(String).toSorted(),
    limits: [events.defaultMaxListeners, Error.stackTraceLimit, http.globalAgent.options, https.globalAgent.options],
    stackTraces: typeof Error.prepareStackTrace,
    isTraced: process.sourceMapsEnabled ?? false,
    isWatched: channel("child_process").hasSubscribers,
    signal: [getEventListeners(controller.signal, "abort").length, events.getMaxListeners(controller.signal)],
  });
  const functions = () => [
    ...["spawn", "spawnSync", "exec", "execFile", "fork"].map((name) => child.default[name]),
    ...["on", "emit", "addListener", "removeListener"].map((name) => EventEmitter.prototype[name]),
    ...Object.values(fs), child.ChildProcess.prototype.spawn, Promise.prototype.then,
    http.request, http.globalAgent, https.request, https.globalAgent,
    process.on, process.emit, process.exit, process.kill, process.reallyExit, process.stdout.write, process.stderr.write,
  ];
  // Streams of standard output add to what is watched; they are the host's own.
  const before = [snapshot(), functions()];
  const { SkillReactor } = await import(${JSON.stringify(LIBRARY)});
  const ends = [];
  const own = (file) => {
    const started = child.spawn(file, [], { stdio: "ignore" });
    const watched = started.listenerCount("error");
    ends.push(new Promise((resolve) => started.on("exit", (code) => resolve(code)).on("error", (error) => resolve(error.code))));
    return watched;
  };
  const during = [own("/bin/true")];
  const reactor = new SkillReactor({ config: process.argv[2], signal: controller.signal });
  reactor.on(() => void during.push(own(during.length % 2 ? "/absent" : "/bin/true")));
  const report = await reactor.apply();
  const after = [snapshot(), functions()];
  console.log(JSON.stringify({
    outcome: report.outcome,
    calls,
    before: before[0],
    after: after[0],
    replaced: before[1].filter((one, at) => one !== after[1][at]).length,
    errorListeners: [...new Set(during)],
    ends: [...new Set(await Promise.all(ends))].toSorted(),
    started: during.length,
  }));
`;

it("a program that embeds the library finds nothing changed, and ends by itself [R-SYSTEM-15]", async () => {
  const sandbox = use.sandbox();
  const files = Object.fromEntries([1, 2, 3].map((n) => [`data-${n}.bin`, randomBytes(4 * 1024 * 1024)]));
  await createRepository(join(sandbox.root, "served/r.git"), { files: { "SKILL.md": skillText("notes"), ...files } });
  const remote = await use.remote(sandbox);
  const config = sandbox.writeManifest(manifestOf([{ id: "notes", repo: `${remote.url}/r.git` }]));
  const host = join(sandbox.project, "host.mjs");
  writeFileSync(host, HOST);
  const options = { cwd: sandbox.project, env: sandbox.environment({ DEBUG: "*" }), timeout: 30_000 };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [host, config], options);
  const seen = JSON.parse(stdout);
  expect(seen).toMatchObject({ outcome: "ok", calls: [], after: seen.before, replaced: 0, errorListeners: [0] });
  expect(seen.ends).toEqual([0, "ENOENT"]);
  expect(seen.started).toBeGreaterThan(3);
  expect(stderr).toBe("");
});
