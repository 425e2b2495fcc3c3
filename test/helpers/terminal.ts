import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "./sandbox.js";

const PROGRAM = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** What is typed once the output since the last answer matches. */
export type Answer = readonly [RegExp, string];

/**
 * Runs the built program in a pseudo terminal of 100 columns and types the answers.
 * @returns the exit code, and all output without control sequences.
 */
export async function runInTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  answers: readonly Answer[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(" ");
  const line = `stty cols 100 rows 30; exec ${words}`;
  const script = process.platform === "darwin" ? ["-q", "/dev/null", "sh", "-c", line] : ["-qec", line, "/dev/null"];
  const child = spawn("script", script, {
    cwd: sandbox.project,
    env: sandbox.environment({ TERM: "xterm", SHELL: "/bin/sh", ...env }),
  });
  const left = [...answers];
  let output = "";
  let since = "";
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`still waiting for ${String(left[0]?.[0])}\n${output}`));
    }, 30_000);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      // eslint-disable-next-line no-control-regex
      const text = chunk.replace(/\u001b\[[0-9;?]*[A-Za-z]/gu, "").replaceAll("\r", "");
      output += text;
      since += text;
      const [question, typed] = left[0] ?? [];
      if (question === undefined || typed === undefined || !question.test(since)) return;
      left.shift();
      since = "";
      child.stdin.write(typed);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

export const KEY = { enter: "\r", tab: "\t", down: "\u001b[B", escape: "\u001b", interrupt: "\u0003" } as const;
