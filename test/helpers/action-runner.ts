import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { parse } from "yaml";
import type { Sandbox } from "./sandbox.js";

const root = new URL("../../", import.meta.url);

/** One step of an action. */
export interface Step {
  name?: string;
  if?: string;
  run?: string;
  env?: Record<string, string>;
  uses?: string;
}

/** What a test reads of an action. */
export interface Action {
  inputs: Record<string, { default: string }>;
  runs: { using: string; steps: Step[] };
}

/** @param path in this project. */
export const actionAt = (path: string) => parse(readFileSync(new URL(path, root), "utf8")) as Action;

/** Runs the steps of an action; npx, which would fetch the published package, runs what was built. */
export function actionRunner(sandbox: Sandbox, action: Action, variables: Record<string, string> = {}) {
  const bin = join(sandbox.root, "bin");
  mkdirSync(bin, { recursive: true });
  const program = fileURLToPath(new URL("dist/main.cjs", root));
  const npx = `#!/bin/sh\n[ "$1" = --yes ] && [ "$2" = eden-skills@latest ] || exit 64\nshift 2\nexec "${process.execPath}" "${program}" "$@"\n`;
  writeFileSync(join(bin, "npx"), npx);
  chmodSync(join(bin, "npx"), 0o755);
  return async (step: Step | undefined, inputs: Record<string, string> = {}) => {
    const valueOf = (text: string) =>
      text.replaceAll(
        /\$\{\{ inputs\.(?<name>\w+) \}\}/gu,
        (_, name: string) => inputs[name] ?? action.inputs[name]?.default ?? "?",
      );
    const given = Object.entries(step?.env ?? {}).map(([name, value]) => [name, valueOf(value)]);
    const base = sandbox.environment();
    const env = { ...base, ...variables, ...Object.fromEntries(given), PATH: `${bin}:${base["PATH"]}` };
    return await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? "exit 64"], {
      cwd: sandbox.project,
      env,
      extendEnv: false,
      reject: false,
    });
  };
}
