/** True when input and output are a terminal, so that the user can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks for one line; null at the end of input. The question goes to standard error. An interrupt
 * ends the program as usual: readline reports it as an event instead of a signal.
 */
export async function askLine(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      lines.once("close", () => resolve(null));
      lines.once("SIGINT", () => {
        lines.close();
        process.kill(process.pid, "SIGINT");
      });
      lines.question(question).then(resolve, () => resolve(null));
    });
  } finally {
    lines.close();
  }
}
