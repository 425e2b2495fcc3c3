import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import xterm from "@xterm/headless";

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
  const send = (text: string) => void child.stdin.write(`${text}\n`);
  return {
    shown,
    finished,
    resize(newColumns, newRows) {
      send(`resize ${newColumns} ${newRows}`);
    },
    type: (text) => send(`type ${JSON.stringify(text)}`),
    signal: (name) => send(`signal ${name}`),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!shown.at(-1)?.screen.some((row) => pattern.test(row))) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        const ended = () => reject(new Error(`ended before ${String(pattern)}\n${shown.at(-1)?.screen.join("\n")}`));
        void finished.then(ended, ended);
      }),
  };
}
