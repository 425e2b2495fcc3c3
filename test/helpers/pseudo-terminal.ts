import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";
import type { Sandbox } from "./sandbox.js";

/** One piece of output, and the screen after it. */
export interface Shown {
  /** Milliseconds since the program began. */
  at: number;
  data: string;
  /** The rows of the screen, without blanks at their ends. */
  screen: string[];
  /** Rows that have left the screen at its top. */
  scrolled: number;
}

/** How a program on a terminal ended. */
export interface TerminalResult {
  code: number | null;
  /** The number of the signal. */
  signal: number | null;
  /** Of the program and its children, in seconds. */
  cpu: number;
  elapsedMs: number;
  shown: readonly Shown[];
  /** Everything on the terminal at the end, from its first row. */
  text: string[];
  isCursorVisible: boolean;
}

/** A program on a terminal. */
export interface OnTerminal {
  readonly shown: readonly Shown[];
  resize(columns: number, rows: number): void;
  /** As a user does; `\u0003` is Ctrl-C. */
  type(text: string): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves once the screen has a row that matches. */
  waitFor(pattern: RegExp): Promise<void>;
  /** Resolves once the output since the last `type` matches; see {@link plainOutput}. */
  waitForOutput(pattern: RegExp): Promise<void>;
  readonly finished: Promise<TerminalResult>;
}

const SCRIPT = fileURLToPath(new URL("pseudo-terminal.py", import.meta.url));

/** Starts a program on a pseudo terminal of that size, and emulates the screen. */
export function startOnTerminal(
  command: readonly string[],
  { columns, rows, cwd, env }: { columns: number; rows: number; cwd: string; env: Record<string, string> },
): OnTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const child = spawn("python3", [SCRIPT, String(columns), String(rows), ...command], {
    cwd,
    env: { TERM: "xterm-256color", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const shown: Shown[] = [];
  let typedAt = 0;
  const watchers = new Set<() => void>();
  const rowsFrom = (first: number): string[] => {
    const buffer = terminal.buffer.active;
    const lines: string[] = [];
    for (let row = first; row < buffer.length; row++) lines.push(buffer.getLine(row)?.translateToString(true) ?? "");
    return lines;
  };
  const read = async (): Promise<TerminalResult> => {
    for await (const line of createInterface({ input: child.stdout })) {
      const { at, data, size, ...end } = JSON.parse(line);
      if (size !== undefined) {
        terminal.resize(size[0], size[1]);
        continue;
      }
      if (data === undefined) {
        const text = rowsFrom(0);
        while (text.at(-1) === "") text.pop();
        const last = shown
          .map((one) => one.data)
          .join("")
          .match(/\u001b\[\?25[hl]/gu)
          ?.at(-1);
        return { ...end, elapsedMs: at, shown, text, isCursorVisible: last !== "\u001b[?25l" };
      }
      const bytes = Buffer.from(data, "base64");
      await new Promise<void>((resolve) => terminal.write(bytes, resolve));
      const { baseY } = terminal.buffer.active;
      shown.push({ at, data: bytes.toString("utf8"), screen: rowsFrom(baseY), scrolled: baseY });
      for (const watcher of watchers) watcher();
    }
    throw new Error("the terminal has ended without a result");
  };
  const finished = read();
  finished.catch(() => {});
  const until = async (what: RegExp, isThere: () => boolean): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!isThere()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      const ended = () => reject(new Error(`ended before ${String(what)}\n${shown.at(-1)?.screen.join("\n")}`));
      void finished.then(ended, ended);
    });
  };
  const send = (text: string) => void child.stdin.write(`${text}\n`);
  return {
    shown,
    finished,
    resize(newColumns, newRows) {
      send(`resize ${newColumns} ${newRows}`);
    },
    type(text) {
      typedAt = shown.length;
      send(`type ${JSON.stringify(text)}`);
    },
    signal: (name) => send(`signal ${name}`),
    waitFor: (pattern) => until(pattern, () => shown.at(-1)?.screen.some((row) => pattern.test(row)) === true),
    waitForOutput: (pattern) => until(pattern, () => pattern.test(plainOutput(shown.slice(typedAt)))),
  };
}

/** All output without control sequences. */
export function plainOutput(shown: readonly Shown[]): string {
  const output = shown.map(({ data }) => data).join("");
  // eslint-disable-next-line no-control-regex
  return output.replace(/\u001b\[[0-9;?]*[A-Za-z]/gu, "").replaceAll("\r", "");
}

const PROGRAM = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** What is typed once the output since the last answer matches. */
export type Answer = readonly [RegExp, string];

export const KEY = { enter: "\r", tab: "\t", down: "\u001b[B", escape: "\u001b", interrupt: "\u0003" } as const;

/** Runs the built program on a terminal of 100 columns and types the answers. */
export async function runInTerminal(
  sandbox: Sandbox,
  args: readonly string[],
  answers: readonly Answer[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const terminal = startOnTerminal([process.execPath, PROGRAM, ...args], {
    columns: 100,
    rows: 30,
    cwd: sandbox.project,
    env: sandbox.environment({ TERM: "xterm", ...env }),
  });
  for (const [question, typed] of answers) {
    await terminal.waitForOutput(question);
    terminal.type(typed);
  }
  const { code, shown } = await terminal.finished;
  return { code, output: plainOutput(shown) };
}
